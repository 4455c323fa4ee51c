"""Entries of captures, a batch at a time: as many small captures as fit into it, or a part of a large one.

So other requests reach the catalog between two batches, and a thousand captures of ten entries are one query.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harlake.query.conditions import Condition, capture_position, in_captures, in_ordinal_range
from harlake.store.catalog import Capture


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries that meet a condition; ``position`` is SQL for the position of an entry's capture among all of them.

    ``order`` is what a query ends with to have them in stored order. Those of one capture are in it anyway.
    """

    where: Condition
    position: Condition
    order: str


def batches(captures: Sequence[Capture], size: int) -> Iterator[Batch]:
    """Yield batches of up to ``size`` entries, in stored order."""
    first = 0
    while first < len(captures):
        last, entries = first, 0
        while last < len(captures) and (entries := entries + captures[last].imported) <= size:
            last += 1
        if last > first:
            ids = [capture.id for capture in captures[first:last]]
            yield Batch(in_captures(ids), capture_position(ids, first), "ORDER BY position, ordinal" if ids[1:] else "")
        else:
            capture = captures[first]
            for start in range(0, capture.imported, size):
                condition = in_ordinal_range(capture.id, start, start + size)
                yield Batch(condition, capture_position([capture.id], first), "")
            last = first + 1
        first = last
