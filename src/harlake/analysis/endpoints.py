"""What a comparison consists of: an *endpoint* is all requests with the same method and folded URL."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which ratio on, of the larger median to the smaller, sizes and times count as changed."""

    size_ratio: float = 1.25
    time_ratio: float = 2.0


@dataclass(frozen=True, slots=True)
class Side:
    """An endpoint in one of the sessions; ``size`` in bytes and ``time`` in milliseconds are medians.

    ``example`` is an entry's id.
    """

    count: int
    statuses: list[int]
    size: float | None
    time: float | None
    mime_types: list[str | None]
    example: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Requests of one method and folded URL; ``a`` and ``b`` are None where the session has none.

    ``changes`` names what differs of ``status``, ``size``, ``time`` and ``mime``.
    """

    method: str
    url: str
    changes: list[str]
    a: Side | None
    b: Side | None


@dataclass(slots=True)
class EndpointCounts:
    """Endpoints by what became of them; one that has changed may have so in more than one way."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    same: int = 0
    status: int = 0
    size: int = 0
    time: int = 0
    mime: int = 0


@dataclass(slots=True)
class Differences:
    """The first endpoints, by URL and method, of all that ``counts`` counts."""

    counts: EndpointCounts = field(default_factory=EndpointCounts)
    added: list[Endpoint] = field(default_factory=list)
    removed: list[Endpoint] = field(default_factory=list)
    changed: list[Endpoint] = field(default_factory=list)

    def limited(self) -> dict[str, tuple[int, int]]:
        """Return the names of the lists that are cut: how many are listed, of how many."""
        lists = {
            "added": (len(self.added), self.counts.added),
            "removed": (len(self.removed), self.counts.removed),
            "changed": (len(self.changed), self.counts.changed),
        }
        return {name: (listed, of) for name, (listed, of) in lists.items() if listed < of}
