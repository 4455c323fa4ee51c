"""Looking up rows whose captures and ordinals are known: with as few queries as there is memory for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from harlake.query.conditions import has_number
from harlake.store.capture_groups import capture_groups
from harlake.store.catalog import Capture
from harlake.store.index_files import by_file

#: Entries of small captures that one query looks at.
_GROUP_ENTRIES: Final = 8_192

#: Rows of a file that one query looks for.
_MOST_ROWS: Final = 2_048


@dataclass(frozen=True, slots=True)
class Lookup:
    """Rows of some captures: those that meet a condition, and maybe others between them.

    ``positions`` are those of its captures among all; ``file`` is the number of the only file that the rows are in.
    """

    captures: Sequence[Capture]
    positions: Sequence[int]
    where: str
    file: int | None = None


def lookups(captures: Sequence[Capture], ordinals: Mapping[int, Collection[int]]) -> Iterator[Lookup]:
    """Yield what is to be asked for rows of captures, by the positions of these and the rows' ordinals.

    A file has answers of its own, which read no more of it than they must; small captures have one together.
    """
    kept = []
    for position, of_capture in ordinals.items():
        if captures[position].keeps_entries:
            kept.append(position)
            continue
        for number, rows in by_file(of_capture).items():
            for first in range(0, len(rows), _MOST_ROWS):
                where = has_number("file_row_number", rows[first : first + _MOST_ROWS])
                yield Lookup([captures[position]], [position], where, number)
    for group in capture_groups([captures[position] for position in kept], _GROUP_ENTRIES):
        positions, kept = kept[: len(group)], kept[len(group) :]
        firsts = [0, *accumulate(capture.imported for capture in group[:-1])]
        rows = [first + one for first, at in zip(firsts, positions, strict=True) for one in ordinals[at]]
        yield Lookup(group, positions, has_number("row", rows))
