"""Batches of captures: together they are all entries, in stored order, and none is larger than asked for."""

from __future__ import annotations

import uuid
from itertools import accumulate

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from harlake.query.batches import batches, capture_groups
from harlake.store.capture_object import Frame
from harlake.store.catalog import Capture

_FRAME = Frame(0, 0, 0)


@given(st.lists(st.integers(0, 12), max_size=8), st.integers(1, 10), st.data())
def test_batches_are_all_entries_in_stored_order(sizes: list[int], size: int, data: st.DataObject) -> None:
    """However many entries the captures have, and whichever was imported first."""
    captures = [Capture(uuid.UUID(int=number), count, _FRAME, 0, True, True) for number, count in enumerate(sizes)]
    with duckdb.connect() as database:
        entries = []
        for batch in batches(captures, size):
            database.execute("CREATE OR REPLACE TABLE entries (position INTEGER, ordinal BIGINT, row BIGINT)")
            firsts = [0, *accumulate(capture.imported for capture in batch.captures)]
            for position in data.draw(st.permutations(range(len(batch.captures)))):
                database.execute(
                    "INSERT INTO entries SELECT $1, unnest(range($2)), $3 + unnest(range($2))",
                    [position, batch.captures[position].imported, firsts[position]],
                )
            query = f"SELECT {batch.position} AS at, ordinal FROM entries WHERE {batch.where.sql} {batch.order}"
            rows = database.execute(query, batch.where.parameters).fetchall()
            assert len(rows) <= size
            entries += rows
    assert entries == [(number, ordinal) for number, entries in enumerate(sizes) for ordinal in range(entries)]


@given(st.lists(st.integers(0, 12), max_size=20), st.integers(1, 10))
def test_groups_are_all_captures(sizes: list[int], size: int) -> None:
    """Each once, in order; no group is too large, unless it is one capture, and none could be joined with the next."""
    captures = [Capture(uuid.UUID(int=number), count, _FRAME, 0, True, True) for number, count in enumerate(sizes)]
    groups = list(capture_groups(captures, size))
    assert [capture for group in groups for capture in group] == captures
    assert all(groups)
    entries = [sum(capture.imported for capture in group) for group in groups]
    assert all(count <= size or len(group) == 1 for count, group in zip(entries, groups, strict=True))
    assert all(count + group[0].imported > size for count, group in zip(entries, groups[1:], strict=False))
