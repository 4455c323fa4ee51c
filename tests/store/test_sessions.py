"""Sessions: as old as they were made, with the entries of their complete captures, the newest first."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harlake.store.database import Cursor, Database
from harlake.store.schema import make_tables
from harlake.store.sessions import Session, insert_session, select_session, select_sessions

_CREATED = datetime(2024, 2, 28, 16, tzinfo=UTC)
_UNKNOWN = uuid.UUID(int=99)

_CAPTURE = """
    INSERT INTO captures
    SELECT uuid(), ?, 1, 0, NULL, 1, 1, 1, ? AS imported, imported, '', 0, 1, 1, 0, false, false, NULL, NULL
"""

#: Sessions as hours after the first, and the numbers of entries of their captures.
_sessions = st.lists(st.tuples(st.integers(0, 3), st.lists(st.integers(0, 2**40), max_size=4)), max_size=5)


@pytest.fixture(scope="module")
def cursor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cursor]:
    """A database with the catalog's tables."""
    database = Database(tmp_path_factory.mktemp("catalog") / "catalog.duckdb")
    with database.reading() as opened:
        make_tables(opened, database)
        yield opened
    database.close()


def _ids(sessions: list[Session]) -> list[int]:
    return [session.id.int for session in sessions]


@pytest.mark.slow
@settings(max_examples=20)
@given(sessions=_sessions)
def test_sessions_count_their_captures(cursor: Cursor, sessions: list[tuple[int, list[int]]]) -> None:
    """However many captures there are; of the same age, ids decide."""
    cursor.execute("TRUNCATE sessions; TRUNCATE captures")
    expected: dict[int, tuple[int, int]] = {}
    for number, (hours, captures) in enumerate(sessions):
        session = insert_session(cursor, uuid.UUID(int=number), f"S{number}", _CREATED + timedelta(hours=hours))
        assert (session.entry_count, session.capture_count) == (0, 0)
        for imported in captures:
            cursor.execute(_CAPTURE, [session.id, imported])
        expected[number] = sum(captures), len(captures)
    listed = select_sessions(cursor)
    assert _ids(listed) == sorted(expected, key=lambda number: (-sessions[number][0], number))
    assert {one.id.int: (one.entry_count, one.capture_count) for one in listed} == expected
    assert [select_session(cursor, one.id) for one in listed] == listed
    assert select_session(cursor, _UNKNOWN) is None


def test_a_session_is_returned_as_it_is_stored(cursor: Cursor) -> None:
    """With its name to the letter, and its time in UTC."""
    cursor.execute("TRUNCATE sessions; TRUNCATE captures")
    created_at = datetime(2024, 1, 1, 0, 30, 0, 5_999, tzinfo=timezone(timedelta(hours=1)))
    name = "';--\u2028 😀\n"
    session = insert_session(cursor, uuid.UUID(int=7), name, created_at)
    assert session == Session(uuid.UUID(int=7), name, "2023-12-31T23:30:00.005Z", 0, 0)
    assert select_sessions(cursor) == [session]
