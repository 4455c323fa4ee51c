"""Entries of captures, a batch at a time: as many small captures as fit into it, or a part of a large one.

So memory does not depend on how many there are, and a thousand captures of ten entries are one query.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harlake.query.conditions import Condition, in_ordinal_range
from harlake.store.catalog import Capture


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries of captures that meet a condition; ``position`` is SQL for the position of an entry's capture among all.

    ``order`` is what a query ends with to have them in stored order. Those of one capture are in it anyway.
    """

    captures: Sequence[Capture]
    where: Condition
    position: str
    order: str


def batches(captures: Sequence[Capture], size: int) -> Iterator[Batch]:
    """Yield batches of up to ``size`` entries, in stored order."""
    first = 0
    while first < len(captures):
        last, entries = first, 0
        while last < len(captures) and (entries := entries + captures[last].imported) <= size:
            last += 1
        if last > first:
            of_batch = captures[first:last]
            yield Batch(of_batch, Condition("true"), f"position + {first}", "ORDER BY row" if of_batch[1:] else "")
        else:
            capture = captures[first]
            for start in range(0, capture.imported, size):
                in_range = in_ordinal_range(start, start + size)
                yield Batch([capture], in_range, f"position + {first}", "")
            last = first + 1
        first = last
