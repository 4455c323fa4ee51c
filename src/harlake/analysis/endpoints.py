"""What a comparison consists of: each of two sides is one or several *runs*, of which numbers are compared.

An *endpoint* is all requests of one method, folded URL and operation. A *run* is a session, a capture or a file. Of a
side, the median over its runs is compared. What the baseline's own runs differ by is its *spread*, and no change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

#: What became of something since the baseline; ``sporadic`` is in some runs of a side only, and no difference.
Change = Literal["added", "removed", "changed", "same", "sporadic"]

#: Of what a measure is a number.
Unit = Literal["count", "ms", "bytes"]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on a number has changed: from a ratio on, of the larger to the smaller, and from a difference on."""

    size_ratio: float = 1.25
    time_ratio: float = 2.0
    count_ratio: float = 1.25
    min_ms: float = 50
    min_bytes: float = 1_024
    min_count: float = 1


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of both sides, the median over the runs of each; None where a side does not have it.

    ``spread_a`` and ``spread_b`` are the least and the greatest of the runs of a side.
    """

    name: str
    unit: Unit
    a: float | None
    b: float | None
    spread_a: tuple[float, float] | None
    spread_b: tuple[float, float] | None
    changed: bool

    @property
    def ratio(self) -> float | None:
        """Return the ratio of b to a, None where there is none."""
        return round(self.b / self.a, 3) if self.a and self.b is not None else None


@dataclass(frozen=True, slots=True)
class Detail:
    """What differs in bodies, headers or redirects of an endpoint.

    ``part`` is one of ``requestBody``, ``responseBody``, ``requestHeaders``, ``responseHeaders`` and ``redirects``,
    ``name`` a member of JSON, as ``items[].price``, or a header; ``a`` and ``b`` are its types, or whether it is there.
    """

    part: str
    change: Literal["added", "removed", "type"]
    name: str
    a: list[str]
    b: list[str]


@dataclass(frozen=True, slots=True)
class Side:
    """An endpoint on one side: over ``runs`` of its runs; ``size`` in bytes and ``time`` in milliseconds are medians.

    ``count`` is the median of the runs' counts, ``example`` an entry's id.
    """

    count: float
    statuses: list[int]
    size: float | None
    time: float | None
    mime_types: list[str | None]
    example: str
    types: list[str] = field(default_factory=list)
    runs: int = 1


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Requests of one method, folded URL and operation; ``a`` and ``b`` are None where the side has none.

    ``changes`` names what differs of ``count``, ``status``, ``size``, ``transfer``, ``time``, ``mime``, ``type``,
    ``body``, ``headers`` and ``redirect``. ``details`` are the first of ``detail_count``, ``names`` of ``name_count``
    URLs that were folded into one.
    """

    method: str
    url: str
    changes: list[str]
    a: Side | None
    b: Side | None
    operation: str | None = None
    measures: list[Measure] = field(default_factory=list)
    details: list[Detail] = field(default_factory=list)
    detail_count: int = 0
    names: list[str] = field(default_factory=list)
    name_count: int = 0


@dataclass(frozen=True, slots=True)
class Subject:
    """A page, host or third party: what became of it, and its numbers."""

    name: str
    change: Change
    measures: list[Measure]


@dataclass(slots=True)
class Subjects:
    """The first subjects that have changed, of all that are counted by what became of them."""

    listed: list[Subject] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("added", "removed", "changed", "same"), 0))


@dataclass(slots=True)
class EndpointCounts:
    """Endpoints by what became of them; one that has changed may have so in more than one way."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    same: int = 0
    sporadic: int = 0
    count: int = 0
    status: int = 0
    size: int = 0
    transfer: int = 0
    time: int = 0
    mime: int = 0
    type: int = 0
    body: int = 0
    headers: int = 0
    redirect: int = 0


@dataclass(slots=True)
class Differences:
    """The first endpoints, by URL and method, of all that ``counts`` counts; and what sides add up to."""

    counts: EndpointCounts = field(default_factory=EndpointCounts)
    added: list[Endpoint] = field(default_factory=list)
    removed: list[Endpoint] = field(default_factory=list)
    changed: list[Endpoint] = field(default_factory=list)
    #: Endpoints that several URLs were folded into, where these are asked for.
    folded: list[Endpoint] = field(default_factory=list)
    folded_count: int = 0
    totals: list[Measure] = field(default_factory=list)
    pages: Subjects = field(default_factory=Subjects)
    hosts: Subjects = field(default_factory=Subjects)
    third_parties: Subjects = field(default_factory=Subjects)
    #: What should be known of the comparison.
    warnings: list[str] = field(default_factory=list)

    def limited(self) -> dict[str, tuple[int, int]]:
        """Return the names of the lists that are cut: how many are listed, of how many."""
        lists = {
            "added": (len(self.added), self.counts.added),
            "removed": (len(self.removed), self.counts.removed),
            "changed": (len(self.changed), self.counts.changed),
            "folded": (len(self.folded), self.folded_count),
        }
        for name, subjects in (("pages", self.pages), ("hosts", self.hosts), ("third_parties", self.third_parties)):
            differing = sum(subjects.counts[change] for change in ("added", "removed", "changed"))
            lists[name] = len(subjects.listed), differing
        return {name: (listed, of) for name, (listed, of) in lists.items() if listed < of}
