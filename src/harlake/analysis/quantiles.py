"""Percentiles of numbers that come a few at a time, in memory that does not depend on how many.

Strategy: up to 100,000 numbers are kept, and percentiles of them are exact. Of more, each is counted in a bin, which is
found by the leading bits of its floating-point form: exponent, and six bits of the mantissa. So a bin is at most 1/64
wide, and its middle less than 1 % from any number in it. Numbers below 2**-20 count as 0, those from 2**33 on as one.

Rules:

* A percentile is a number of those that came, or near it: the least that so many of them do not exceed, as SQL's
  ``quantile_disc`` has it. It is never beyond the greatest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

#: Numbers that are kept, all groups together: of so many, percentiles are exact.
EXACT: Final = 100_000

#: Bits of a 32-bit number that do not matter.
_DROPPED: Final = 17
_LEAST: Final = int(np.float32(2**-20).view(np.int32)) >> _DROPPED
_BINS: Final = (int(np.float32(2**33).view(np.int32)) >> _DROPPED) - _LEAST + 1
_EDGES: Final = ((np.arange(_BINS + 1, dtype=np.int32) + _LEAST) << _DROPPED).view(np.float32).astype(np.float64)
_MIDDLES: Final = np.concatenate([[0.0], (_EDGES[1:-1] + _EDGES[2:]) / 2])

_PERCENTS: Final = (50, 90, 99)


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Milliseconds, None where no entry has the measure: exact up to 100,000 entries, else within 1 %; ``max`` always.

    Each is the least number that so many do not exceed.
    """

    p50: float | None = None
    p90: float | None = None
    p99: float | None = None
    max: float | None = None


class QuantileBins:
    """Numbers by group, kept or counted; negative ones are passed over."""

    def __init__(self, groups: int) -> None:
        self._groups = groups
        self._count = 0
        self._kept: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]] = []
        self._counts: npt.NDArray[np.uint32] | None = None
        self._max = np.full(groups, -1.0)

    def add(self, groups: npt.NDArray[np.int64], values: npt.NDArray[np.float64]) -> None:
        """Add numbers, each to its group."""
        known = (values >= 0) & np.isfinite(values)
        if not known.all():
            groups, values = groups[known], values[known]
        np.maximum.at(self._max, groups, values)
        self._count += len(values)
        if self._counts is None:
            self._kept.append((groups.astype(np.int64), values.astype(np.float64)))
            if self._count > EXACT:
                self._counts = np.zeros((self._groups, _BINS), np.uint32)
                for kept in self._kept:
                    self._count_in_bins(*kept)
                self._kept = []
        else:
            self._count_in_bins(groups, values)

    def percentiles(self, group: int | None = None) -> Percentiles:
        """Return what half, 90 % and 99 % of a group's numbers, or of all, do not exceed, and the greatest."""
        if self._counts is None:
            numbers = [values if group is None else values[groups == group] for groups, values in self._kept]
            found = np.sort(np.concatenate(numbers)) if numbers else np.zeros(0)
            if not len(found):
                return Percentiles()
            p50, p90, p99 = (float(found[rank - 1]) for rank in _ranks(len(found)))
            return Percentiles(p50, p90, p99, float(found[-1]))
        counts = self._counts.sum(0, np.int64) if group is None else self._counts[group].astype(np.int64)
        ranks = counts.cumsum()
        if not ranks[-1]:
            return Percentiles()
        greatest = float(self._max.max() if group is None else self._max[group])
        middles = _MIDDLES[np.searchsorted(ranks, _ranks(int(ranks[-1])))]
        p50, p90, p99 = np.minimum(middles, greatest).tolist()
        return Percentiles(p50, p90, p99, greatest)

    def _count_in_bins(self, groups: npt.NDArray[np.int64], values: npt.NDArray[np.float64]) -> None:
        assert self._counts is not None
        bits = np.minimum(values, 2.0**33).astype(np.float32).view(np.int32) >> _DROPPED
        cells = groups * _BINS + np.maximum(bits - _LEAST, 0)
        counted = np.bincount(cells, minlength=self._counts.size)
        self._counts += counted.reshape(self._counts.shape).astype(np.uint32)


def _ranks(count: int) -> list[int]:
    """Return which of so many numbers, in order and from 1, the percentiles are: in integers, for they are exact."""
    return [-(-count * percent // 100) for percent in _PERCENTS]
