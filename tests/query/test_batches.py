"""Slices of captures: together they are all entries, in stored order, and none is larger than asked for."""

from __future__ import annotations

import uuid

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from harlake.query.batches import batches
from harlake.store.capture_object import Frame
from harlake.store.catalog import Capture

_FRAME = Frame(0, 0, 0)


@given(st.lists(st.integers(0, 12), max_size=8), st.integers(1, 10), st.data())
def test_slices_are_all_entries_in_stored_order(sizes: list[int], size: int, data: st.DataObject) -> None:
    """However many entries the captures have, and whichever was imported first."""
    captures = [Capture(uuid.UUID(int=number), entries, _FRAME) for number, entries in enumerate(sizes)]
    with duckdb.connect() as database:
        database.execute("CREATE TABLE entries (capture UUID, ordinal BIGINT)")
        for one in data.draw(st.permutations(captures)):
            database.execute("INSERT INTO entries SELECT ?, unnest(range(?))", [one.id, one.imported])
        found = []
        for some in batches(captures, size):
            query = f"SELECT {some.position.sql} AS position, ordinal FROM entries WHERE {some.where.sql} {some.order}"
            of_slice = database.execute(query, [*some.position.parameters, *some.where.parameters]).fetchall()
            assert len(of_slice) <= size
            found += of_slice
    assert found == [(number, ordinal) for number, entries in enumerate(sizes) for ordinal in range(entries)]
