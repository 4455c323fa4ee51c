"""Batches of captures: together they are all entries, in stored order, and none is larger than asked for."""

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
def test_batches_are_all_entries_in_stored_order(sizes: list[int], size: int, data: st.DataObject) -> None:
    """However many entries the captures have, and whichever was imported first."""
    captures = [Capture(uuid.UUID(int=number), entries, _FRAME) for number, entries in enumerate(sizes)]
    with duckdb.connect() as database:
        database.execute("CREATE TABLE entries (capture UUID, ordinal BIGINT)")
        for capture in data.draw(st.permutations(captures)):
            database.execute("INSERT INTO entries SELECT ?, unnest(range(?))", [capture.id, capture.imported])
        entries = []
        for batch in batches(captures, size):
            columns = f"{batch.position.sql} AS position, ordinal"
            query = f"SELECT {columns} FROM entries WHERE {batch.where.sql} {batch.order}"
            rows = database.execute(query, [*batch.position.parameters, *batch.where.parameters]).fetchall()
            assert len(rows) <= size
            entries += rows
    assert entries == [(number, ordinal) for number, entries in enumerate(sizes) for ordinal in range(entries)]
