"""Entries of captures, a batch at a time: as many small captures as fit into it, or a part of a large one.

So memory does not depend on how many there are, and a thousand captures of ten entries are one query.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harlake.query.conditions import Condition, in_ordinal_range
from harlake.store.catalog import Capture
from harlake.store.index_files import file_ranges


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries of captures that meet a condition; ``position`` is SQL for the position of an entry's capture among all.

    ``order`` is what a query ends with to have them in stored order. Those of one capture are in it anyway. ``file`` is
    the number of the only one of its files that they are in.
    """

    captures: Sequence[Capture]
    where: Condition
    position: str
    order: str
    file: int | None = None


def batches(captures: Sequence[Capture], size: int) -> Iterator[Batch]:
    """Yield batches of up to ``size`` entries, in stored order."""
    first = 0
    for group in capture_groups(captures, size):
        position = f"position + {first}"
        if group[0].imported <= size:
            yield Batch(group, Condition("true"), position, "ORDER BY row" if group[1:] else "")
        else:
            for number, rows in enumerate(file_ranges(group[0].imported)):
                for start in range(rows.start, rows.stop, size):
                    yield Batch(group, in_ordinal_range(start, min(start + size, rows.stop)), position, "", number)
        first += len(group)


def capture_groups(captures: Sequence[Capture], size: int) -> Iterator[Sequence[Capture]]:
    """Yield captures that follow each other: of up to ``size`` entries together, or one that has more."""
    first = entries = 0
    for number, capture in enumerate(captures):
        if number > first and entries + capture.imported > size:
            yield captures[first:number]
            first, entries = number, 0
        entries += capture.imported
    if captures[first:]:
        yield captures[first:]
