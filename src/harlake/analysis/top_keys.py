"""The rows with the greatest numbers, of rows that come a few at a time, in memory that does not depend on how many."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from harlake.query.pagination import RowKey


class TopKeys:
    """The rows with the greatest numbers; of equal ones the first. Negative numbers are passed over."""

    def __init__(self, length: int) -> None:
        self._length = length
        self.keys: list[RowKey] = []

    def add(self, values: npt.NDArray[np.float64], positions: npt.NDArray[Any], ordinals: npt.NDArray[Any]) -> None:
        """Add rows, in stored order: each of the capture at a position."""
        least = self.keys[-1].value if len(self.keys) == self._length else -1.0
        rows = np.flatnonzero((values > least) & (values >= 0) & np.isfinite(values))
        if len(rows) > self._length:
            least = np.partition(values[rows], -self._length)[-self._length]
            rows = rows[values[rows] >= least]
        rows = rows[np.argsort(-values[rows], kind="stable")[: self._length]]
        keys = [RowKey(float(values[row]), int(positions[row]), int(ordinals[row])) for row in rows]
        keys = sorted([*self.keys, *keys], key=lambda key: (-key.value, key.position, key.ordinal))
        self.keys = keys[: self._length]
