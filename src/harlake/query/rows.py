"""Rows of the index by their places: one question for each file, and one for all small captures together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import pyarrow as pa

from harlake.errors import SessionNotFoundError
from harlake.query.conditions import has_ordinal
from harlake.store.catalog import Capture
from harlake.store.index import Index

#: The position of an entry's capture among some, and its ordinal.
Place = tuple[int, int]


def rows_at(index: Index, captures: Sequence[Capture], places: Sequence[Place], selected: str) -> pa.Table:
    """Return the rows at places of captures, in that order: what an SQL list selects of them.

    Raises SessionNotFoundError where one of the captures has been removed.
    """
    ordinals: dict[int, list[int]] = defaultdict(list)
    for position, ordinal in places:
        ordinals[position].append(ordinal)
    numbers: dict[Place, int] = {}
    tables: list[pa.Table] = []
    for positions, table in _tables(index, captures, ordinals, selected):
        first = len(numbers)
        at = zip(table["place_position"].to_pylist(), table["place_ordinal"].to_pylist(), strict=True)
        numbers |= {(positions[position], ordinal): first + number for number, (position, ordinal) in enumerate(at)}
        tables.append(table.drop_columns(["place_position", "place_ordinal"]))
    if not tables:
        return _ask(index, [], "false", selected).drop_columns(["place_position", "place_ordinal"])
    try:
        return pa.concat_tables(tables).take([numbers[place] for place in places])
    except KeyError:
        raise SessionNotFoundError("entries were removed while they were being read") from None


def _tables(
    index: Index, captures: Sequence[Capture], ordinals: dict[int, list[int]], selected: str
) -> Iterator[tuple[list[int], pa.Table]]:
    """Yield rows at the places, and maybe others between them, and the positions of the captures that they are of."""
    kept = [position for position in ordinals if captures[position].keeps_entries]
    for position in ordinals.keys() - set(kept):
        yield [position], _ask(index, [captures[position]], has_ordinal(ordinals[position]), selected)
    if kept:
        wanted = sorted({ordinal for position in kept for ordinal in ordinals[position]})
        yield kept, _ask(index, [captures[position] for position in kept], has_ordinal(wanted), selected)


def _ask(index: Index, captures: Sequence[Capture], where: str, selected: str) -> pa.Table:
    sql = f"SELECT position AS place_position, ordinal AS place_ordinal, {selected} FROM entries WHERE {where}"
    return index.table(captures, sql)
