"""What statistics of a session consist of."""

from __future__ import annotations

from dataclasses import dataclass

from harlake.analysis.accumulator import Times


@dataclass(frozen=True, slots=True)
class Totals:
    """Entries and bytes of all that have ``name`` in common; bytes of responses' bodies, and as transferred."""

    name: str | None
    count: int
    errors: int
    content_bytes: int
    transfer_bytes: int


@dataclass(frozen=True, slots=True)
class Groups:
    """The largest of the groups that entries fall into, by count, and how many groups there are."""

    listed: list[Totals]
    of: int


@dataclass(frozen=True, slots=True)
class HostTotals:
    """A host's totals and times."""

    totals: Totals
    times: Times


@dataclass(frozen=True, slots=True)
class Bucket:
    """Entries that started within one interval of a histogram, from ``start`` on."""

    start: str
    count: int
    errors: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """Entries over time: one bucket for each interval from the first to the last entry."""

    interval_ms: int
    buckets: list[Bucket]


@dataclass(frozen=True, slots=True)
class EntrySummary:
    """A single entry of some interest; the URL as it is indexed, up to 1,024 bytes."""

    id: str
    method: str | None
    url: str
    status: int | None
    time: float | None
    content_size: int | None
    type: str
    error: str | None


@dataclass(frozen=True, slots=True)
class PageTimes:
    """A page of a capture: when it began to load, when it had loaded in milliseconds, and how many entries it has."""

    id: str | None
    title: str | None
    started_date_time: str | None
    on_content_load: float | None
    on_load: float | None
    entries: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Totals over entries; ``groups`` by ``types``, ``statuses``, ``methods`` and ``mime_types``.

    ``hosts`` are the largest of ``host_count``, ``pages`` the first of ``page_count``.
    """

    totals: Totals
    request_bytes: int
    first_started: str | None
    last_started: str | None
    times: Times
    hosts: list[HostTotals]
    host_count: int
    groups: dict[str, Groups]
    histogram: Histogram
    slowest: list[EntrySummary]
    largest: list[EntrySummary]
    failures: list[EntrySummary]
    pages: list[PageTimes]
    page_count: int

    def limited(self) -> dict[str, tuple[int, int]]:
        """Return the names of the lists that are cut: how many are listed, of how many."""
        lists = {
            "hosts": (len(self.hosts), self.host_count),
            **{name: (len(groups.listed), groups.of) for name, groups in self.groups.items()},
            "pages": (len(self.pages), self.page_count),
        }
        return {name: (listed, of) for name, (listed, of) in lists.items() if listed < of}
