"""Conditions on rows: what DuckDB selects by them is what they say."""

from __future__ import annotations

import uuid

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from harlake.query.conditions import BODY_SIZE, Condition, capture_position, has_ordinal, in_captures, in_ordinal_range

_IDS = [uuid.UUID(int=number) for number in range(4)]
_DATABASE = duckdb.connect()
_DATABASE.execute("CREATE TABLE grid AS SELECT c.capture, o.ordinal FROM (SELECT unnest(?::UUID[]) AS capture) c, "
                  "(SELECT unnest(range(40)) AS ordinal) o", [_IDS])  # fmt: skip


def _selected(condition: Condition, columns: str = "capture, ordinal") -> set[tuple[object, ...]]:
    return set(_DATABASE.execute(f"SELECT {columns} FROM grid WHERE {condition.sql}", condition.parameters).fetchall())


@given(st.lists(st.sampled_from(_IDS), unique=True))
def test_entries_of_captures(captures: list[uuid.UUID]) -> None:
    """However many captures are given, none included."""
    assert {capture for capture, _ in _selected(in_captures(captures))} == set(captures)


@given(st.sampled_from(_IDS), st.integers(0, 45), st.integers(0, 45))
def test_entries_of_a_range(capture: uuid.UUID, start: int, end: int) -> None:
    """From the first ordinal on, up to the last, which is not included."""
    expected = {(capture, ordinal) for ordinal in range(40) if start <= ordinal < end}
    assert _selected(in_ordinal_range(capture, start, end)) == expected


@given(st.sets(st.integers(0, 39), min_size=1))
def test_entries_by_ordinal(ordinals: set[int]) -> None:
    """All that are asked for come, and others only from between them, and fewer than twice as many."""
    selected = {ordinal for _, ordinal in _selected(Condition(has_ordinal(sorted(ordinals))))}
    assert ordinals <= selected
    assert selected == ordinals or selected == set(range(min(ordinals), max(ordinals) + 1))
    assert len(selected) <= 2 * len(ordinals)


@given(st.lists(st.sampled_from(_IDS), unique=True, min_size=1), st.integers(0, 9))
def test_positions_of_captures(captures: list[uuid.UUID], first: int) -> None:
    """A capture's position is that in the list, counted from a number."""
    position = capture_position(captures, first)
    where = in_captures(captures)
    rows = _DATABASE.execute(
        f"SELECT DISTINCT capture, {position.sql} FROM grid WHERE {where.sql}",
        [*position.parameters, *where.parameters],
    ).fetchall()
    assert dict(rows) == {capture: first + number for number, capture in enumerate(captures)}


def test_sizes_of_bodies() -> None:
    """A body's size is the decoded one where it is known, else the transferred one; negative ones are not known."""
    _DATABASE.execute("CREATE OR REPLACE TEMP TABLE sizes (content_size BIGINT, response_size BIGINT, expected BIGINT)")
    cases = [(5, 3, 5), (0, 3, 0), (-1, 3, 3), (None, 3, 3), (-1, -1, None), (None, None, None)]
    _DATABASE.executemany("INSERT INTO sizes VALUES (?, ?, ?)", cases)
    assert _DATABASE.execute(f"SELECT expected, {BODY_SIZE} FROM sizes").fetchall() == [
        (one[2], one[2]) for one in cases
    ]
