"""Where failures are among the rows of a session, in an order: what a strip beside a scroll bar shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from harlake.query.conditions import Condition
from harlake.query.filters import Filter
from harlake.query.matches import find_matches
from harlake.query.pagination import Order
from harlake.query.row_order import row_order, steps
from harlake.store.catalog import Capture
from harlake.store.index import Index

#: Of all entries: it is found once, whatever else is asked for.
_FAILED: Final = Filter((Condition("failed"),))


@dataclass(frozen=True, slots=True)
class FailureBlocks:
    """Rows in blocks of about the same length: how many each has, and how many of these have failed."""

    total: int
    rows: npt.NDArray[np.int64]
    failed: npt.NDArray[np.int64]

    @property
    def nbytes(self) -> int:
        """Return how many bytes they take."""
        return self.rows.nbytes + self.failed.nbytes


def failure_blocks(
    index: Index, captures: Sequence[Capture], entry_filter: Filter, order: Order, blocks: int
) -> FailureBlocks:
    """Return where those entries of captures have failed that pass a filter, in an order, in up to so many blocks."""
    question = f"failures {blocks} {entry_filter.digest()} {order}"
    return index.cached(captures, question, lambda: _failure_blocks(index, captures, entry_filter, order, blocks))


def _failure_blocks(
    index: Index, captures: Sequence[Capture], entry_filter: Filter, order: Order, blocks: int
) -> FailureBlocks:
    failures = find_matches(index, captures, _FAILED)
    with row_order(index, captures, entry_filter, order) as rows:
        total = rows.total
        blocks = max(1, min(blocks, total))
        # Where the blocks begin, and the last one ends.
        borders = np.arange(blocks + 1, dtype=np.int64) * total // blocks
        failed = np.zeros(blocks, np.int64)
        done = 0
        for numbers in steps(rows):
            at = done + np.flatnonzero(failures.include(numbers))
            failed += np.bincount(np.searchsorted(borders, at, "right") - 1, minlength=blocks)
            done += len(numbers)
    return FailureBlocks(total, np.diff(borders), failed)
