"""Batches of captures: together they are all entries, in stored order, and none is larger than asked for."""

from __future__ import annotations

import uuid
from itertools import accumulate

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from harlake.query.batches import batches
from harlake.store.capture_object import Frame
from harlake.store.catalog import Capture

_FRAME = Frame(0, 0, 0)


@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=8), st.integers(1, 10), st.data())
def test_batches_are_all_entries_in_stored_order(
    counts: list[tuple[int, bool]], size: int, data: st.DataObject
) -> None:
    """However many entries the captures have, wherever their rows are, and whichever was imported first."""
    sizes = [count for count, _ in counts]
    captures = [Capture(uuid.UUID(int=at), count, _FRAME, 0, keeps, True) for at, (count, keeps) in enumerate(counts)]
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


def test_small_captures_are_asked_about_together() -> None:
    """As many as their rows are kept together, whatever the size of a batch: they are merged once."""
    captures = [Capture(uuid.UUID(int=number), 20, _FRAME, 0, True, True) for number in range(3_000)]
    found = list(batches(captures, 4_096))
    assert [len(batch.captures) for batch in found] == [1_024] * 10 + [952] * 5
    assert len({batch.where for batch in found[:5]}) == 5
