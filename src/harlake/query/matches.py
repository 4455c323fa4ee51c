"""Which rows of captures pass a filter: a bit for each row, found once, and kept as long as there is room.

Rows are numbered through all captures, in stored order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

import numpy as np
import numpy.typing as npt

from harlake.query.filters import Filter
from harlake.store.catalog import Capture
from harlake.store.index import Index
from harlake.store.number_files import Numbers

#: Bytes of bits that are looked through at a time.
_STEP: Final = 4_096


class Matches:
    """The rows of captures that pass a filter."""

    def __init__(self, captures: Sequence[Capture], bits: npt.NDArray[np.uint8]) -> None:
        #: The number of each capture's first row, and the number of all rows.
        self._first = [0, *accumulate(capture.imported for capture in captures)]
        self._bits = bits
        self.total = int(np.bitwise_count(bits).sum())

    def after(self, position: int, ordinal: int, limit: int) -> Iterator[tuple[int, int]]:
        """Yield positions of captures and ordinals, of up to ``limit`` rows after the given one."""
        row = min(self._first[position] + ordinal + 1, self._first[position + 1])
        while row < self._first[-1] and limit > 0:
            start = row // 8
            bits = np.unpackbits(self._bits[start : start + _STEP], bitorder="little")
            rows = np.flatnonzero(bits[row % 8 :])[:limit] + row
            limit -= len(rows)
            for number in rows.tolist():
                while number >= self._first[position + 1]:
                    position += 1
                yield position, number - self._first[position]
            row = 8 * (start + _STEP)

    def numbers(self, start: int, limit: int) -> Numbers:
        """Return the numbers of up to ``limit`` rows, from the one on before which there are ``start``."""
        counts = np.bitwise_count(self._bits)
        ends = np.cumsum([part.sum(dtype=np.int64) for part in np.split(counts, range(_STEP, len(counts), _STEP))])
        step = int(np.searchsorted(ends, start, "right"))
        skipped = start - (int(ends[step - 1]) if step else 0)
        found: list[Numbers] = []
        while limit > 0 and step < len(ends):
            bits = np.unpackbits(self._bits[step * _STEP : (step + 1) * _STEP], bitorder="little")
            rows = np.flatnonzero(bits)[skipped : skipped + limit] + 8 * step * _STEP
            found.append(rows.astype(np.uint64))
            limit -= len(rows)
            step, skipped = step + 1, 0
        return np.concatenate(found) if found else np.array([], np.uint64)

    def include(self, rows: Numbers) -> npt.NDArray[np.bool_]:
        """Return of rows whether each passes the filter."""
        passes: npt.NDArray[np.bool_] = (self._bits[rows >> 3] >> (rows & 7).astype(np.uint8) & 1).astype(np.bool_)
        return passes


def find_matches(index: Index, captures: Sequence[Capture], entry_filter: Filter) -> Matches:
    """Return which rows of captures pass a filter."""
    bits = index.cached(captures, f"matches {entry_filter.digest()}", lambda: _find(index, captures, entry_filter))
    return Matches(captures, bits)


def _find(index: Index, captures: Sequence[Capture], entry_filter: Filter) -> npt.NDArray[np.uint8]:
    where = entry_filter.where()
    bits = np.zeros(-(-sum(capture.imported for capture in captures) // 8), np.uint8)
    with index.question(captures) as question:
        for batch in question.batches(f"SELECT row FROM entries WHERE {where.sql}", where.parameters):
            rows = batch["row"].to_numpy()
            np.bitwise_or.at(bits, rows >> 3, np.left_shift(1, rows & 7).astype(np.uint8))
    bits.flags.writeable = False
    return bits
