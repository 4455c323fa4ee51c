"""Entries of captures, a batch at a time: as many small captures as fit into it, or a part of a large one.

So memory does not depend on how many there are, and a thousand captures of ten entries are one query.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harlake.query.conditions import Condition, in_range
from harlake.store.capture_groups import GROUP_ROWS, capture_groups
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
    # Small captures are kept in such groups: those of a smaller one would be merged anew.
    is_kept = all(capture.keeps_entries for capture in captures)
    first = 0
    for group in capture_groups(captures, GROUP_ROWS if is_kept else size):
        position = f"position + {first}"
        entries = sum(capture.imported for capture in group)
        if entries <= size:
            yield Batch(group, Condition("true"), position, "ORDER BY row" if group[1:] else "")
        elif group[1:] or is_kept:
            for start in range(0, entries, size):
                yield Batch(group, in_range("row", start, start + size), position, "ORDER BY row")
        else:
            for number, rows in enumerate(file_ranges(entries)):
                for start in range(rows.start, rows.stop, size):
                    where = in_range("ordinal", start, min(start + size, rows.stop))
                    yield Batch(group, where, position, "", number)
        first += len(group)
