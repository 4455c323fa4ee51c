"""Percentiles of numbers that come a few at a time, in memory that does not depend on how many.

Strategy: a number is counted in a bin, which is found by the leading bits of its floating-point form: exponent, and
five bits of the mantissa. So a bin is at most 1/32 wide, and its middle at most 1.6 % from any number in it. Numbers
below 1/128 count as 0, those from 2**33 on as one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

#: Bits of a 32-bit number that do not matter.
_DROPPED: Final = 18
_LEAST: Final = int(np.float32(2**-7).view(np.int32)) >> _DROPPED
_BINS: Final = (int(np.float32(2**33).view(np.int32)) >> _DROPPED) - _LEAST + 1
_EDGES: Final = ((np.arange(_BINS + 1, dtype=np.int32) + _LEAST) << _DROPPED).view(np.float32).astype(np.float64)
_MIDDLES: Final = np.concatenate([[0.0], (_EDGES[1:-1] + _EDGES[2:]) / 2])

_SHARES: Final = np.array([0.5, 0.9, 0.99])


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Milliseconds, None where no entry has the measure: within 2 %, ``max`` is exact."""

    p50: float | None = None
    p90: float | None = None
    p99: float | None = None
    max: float | None = None


class QuantileBins:
    """Counts of numbers by group and bin; negative ones are passed over."""

    def __init__(self, groups: int) -> None:
        self._counts = np.zeros((groups, _BINS), np.int64)
        self._max = np.full(groups, -1.0)

    def add(self, groups: npt.NDArray[np.int64], values: npt.NDArray[np.float64]) -> None:
        """Add numbers, each to its group."""
        known = (values >= 0) & np.isfinite(values)
        if not known.all():
            groups, values = groups[known], values[known]
        bits = np.minimum(values, 2.0**33).astype(np.float32).view(np.int32) >> _DROPPED
        cells = groups * _BINS + np.maximum(bits - _LEAST, 0)
        self._counts += np.bincount(cells, minlength=self._counts.size).reshape(self._counts.shape)
        np.maximum.at(self._max, groups, values)

    def percentiles(self, group: int | None = None) -> Percentiles:
        """Return what half, 90 % and 99 % of a group's numbers, or of all, do not exceed, and the greatest."""
        counts = self._counts.sum(0) if group is None else self._counts[group]
        ranks = counts.cumsum()
        if not ranks[-1]:
            return Percentiles()
        greatest = float(self._max.max() if group is None else self._max[group])
        p50, p90, p99 = np.minimum(_MIDDLES[np.searchsorted(ranks, np.ceil(ranks[-1] * _SHARES))], greatest).tolist()
        return Percentiles(p50, p90, p99, greatest)
