"""The time axis of a histogram of entries: buckets of equal, round width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: About as many buckets as a histogram has.
_BUCKETS: Final = 60

_SECOND: Final = 1_000
_MINUTE: Final = 60 * _SECOND
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR

#: Milliseconds that a bucket can be wide; beyond, days.
_WIDTHS: Final = (
    *(1, 2, 5, 10, 20, 50, 100, 200, 500),
    *(seconds * _SECOND for seconds in (1, 2, 5, 10, 15, 30)),
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 3, 6, 12)),
)


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Consecutive buckets, each of ``width`` microseconds, from the ``first``-th since 1970 on."""

    width: int
    first: int
    count: int

    @classmethod
    def over(cls, first_us: int, last_us: int, width: int) -> TimeAxis:
        """Return the axis that holds everything between two times, in microseconds since 1970."""
        first = first_us // width
        return cls(width, first, last_us // width - first + 1)


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """The first and the last time at which an entry started, as texts and in microseconds since 1970."""

    first: str | None
    last: str | None
    first_us: int | None
    last_us: int | None

    def axis(self) -> TimeAxis:
        """Return the axis of a histogram, without buckets where no time is known."""
        if self.first_us is None or self.last_us is None:
            return TimeAxis(width=1, first=0, count=0)
        return TimeAxis.over(self.first_us, self.last_us, 1_000 * bucket_width((self.last_us - self.first_us) // 1_000))


def bucket_width(span_ms: int) -> int:
    """Return how many milliseconds each bucket of a histogram is wide: a round number that makes about 60 of them."""
    least = span_ms / _BUCKETS
    width = next((width for width in _WIDTHS if width >= least), None)
    return width or _DAY * max(1, -(-span_ms // (_BUCKETS * _DAY)))
