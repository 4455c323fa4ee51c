"""The bars of a histogram of entries over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: About as many bars as a histogram has.
_BARS: Final = 60

_SECOND: Final = 1_000
_MINUTE: Final = 60 * _SECOND
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR

#: Milliseconds that a bar can stand for; beyond, days.
_WIDTHS: Final = (
    *(1, 2, 5, 10, 20, 50, 100, 200, 500),
    *(seconds * _SECOND for seconds in (1, 2, 5, 10, 15, 30)),
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 3, 6, 12)),
)


@dataclass(frozen=True, slots=True)
class Buckets:
    """A histogram's bars: each of ``width`` microseconds, from the ``first``-th since 1970 on."""

    width: int
    first: int
    count: int

    @classmethod
    def over(cls, first_us: int, last_us: int, width: int) -> Buckets:
        """Return the bars that hold everything between two times, in microseconds since 1970."""
        first = first_us // width
        return cls(width, first, last_us // width - first + 1)


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """The first and the last time at which an entry started, as texts and in microseconds since 1970."""

    first: str | None
    last: str | None
    first_us: int | None
    last_us: int | None

    def bars(self) -> Buckets:
        """Return the bars of a histogram."""
        if self.first_us is None or self.last_us is None:
            return Buckets(width=1, first=0, count=0)
        return Buckets.over(self.first_us, self.last_us, 1_000 * bucket_width((self.last_us - self.first_us) // 1_000))


def bucket_width(span_ms: int) -> int:
    """Return how many milliseconds each bar of a histogram stands for: a round number that makes about 60 of them."""
    wanted = span_ms / _BARS
    found = next((width for width in _WIDTHS if width >= wanted), None)
    return found or _DAY * max(1, -(-span_ms // (_BARS * _DAY)))
