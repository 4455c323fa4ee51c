"""Rows of the index by their places, in any order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import pyarrow as pa

from harlake.errors import SessionNotFoundError
from harlake.query.lookups import Lookup, lookups
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
    for lookup in lookups(captures, ordinals) if places else [Lookup([], [], "false")]:
        sql = f"SELECT position AS place_at, ordinal AS place_ordinal, {selected} FROM entries WHERE {lookup.where}"
        table = index.table(lookup.captures, sql, file=lookup.file)
        found = zip(table["place_at"].to_pylist(), table["place_ordinal"].to_pylist(), strict=True)
        numbers |= {(lookup.positions[at], one): number for number, (at, one) in enumerate(found, len(numbers))}
        tables.append(table.drop_columns(["place_at", "place_ordinal"]))
    try:
        return pa.concat_tables(tables).take(pa.array([numbers[place] for place in places], pa.int64()))
    except KeyError:
        raise SessionNotFoundError("entries were removed while they were being read") from None
