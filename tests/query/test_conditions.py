"""Conditions on rows: what DuckDB selects by them is what they say."""

from __future__ import annotations

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from harlake.query.conditions import BODY_SIZE, Condition, has_number, in_range

_DATABASE = duckdb.connect()
_DATABASE.execute("CREATE TABLE entries AS SELECT unnest(range(40)) AS ordinal")


def _selected(condition: Condition) -> set[int]:
    rows = _DATABASE.execute(f"SELECT ordinal FROM entries WHERE {condition.sql}", condition.parameters).fetchall()
    return {ordinal for (ordinal,) in rows}


@given(st.integers(0, 45), st.integers(0, 45))
def test_entries_of_a_range(start: int, end: int) -> None:
    """From the first ordinal on, up to the last, which is not included."""
    assert _selected(in_range("ordinal", start, end)) == {ordinal for ordinal in range(40) if start <= ordinal < end}


@given(st.sets(st.integers(0, 39), min_size=1))
def test_entries_by_ordinal(ordinals: set[int]) -> None:
    """All that are asked for come, and others only from between them, and fewer than twice as many."""
    selected = _selected(Condition(has_number("ordinal", sorted(ordinals))))
    assert ordinals <= selected
    assert selected == ordinals or selected == set(range(min(ordinals), max(ordinals) + 1))
    assert len(selected) <= 2 * len(ordinals)


def test_sizes_of_bodies() -> None:
    """A body's size is the decoded one where it is known, else the transferred one; negative ones are not known."""
    _DATABASE.execute("CREATE OR REPLACE TEMP TABLE sizes (content_size BIGINT, response_size BIGINT, expected BIGINT)")
    cases = [(5, 3, 5), (0, 3, 0), (-1, 3, 3), (None, 3, 3), (-1, -1, None), (None, None, None)]
    _DATABASE.executemany("INSERT INTO sizes VALUES (?, ?, ?)", cases)
    assert _DATABASE.execute(f"SELECT expected, {BODY_SIZE} FROM sizes").fetchall() == [
        (one[2], one[2]) for one in cases
    ]
