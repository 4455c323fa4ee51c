"""The catalog's tables: made once, and never changed where another version made them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harlake.errors import DataDirError
from harlake.store.database import Cursor, Database
from harlake.store.schema import (
    VERSION,
    begin_filling,
    begin_migration,
    columns_of,
    end_filling,
    end_migration,
    make_tables,
    version_of,
)
from tests.support.old_catalogs import EARLIER_TABLES

_TABLES = {"store", "sessions", "captures", "unfinished"}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty database."""
    opened = Database(tmp_path / "catalog.duckdb")
    yield opened
    opened.close()


@pytest.fixture
def cursor(database: Database) -> Iterator[Cursor]:
    """An operation of it."""
    with database.reading() as opened:
        yield opened


def test_tables_are_made_once(database: Database, cursor: Cursor) -> None:
    """With their version; a second time changes nothing."""
    assert (columns_of(cursor), version_of(cursor)) == ({}, None)
    for _ in range(2):
        make_tables(cursor, database)
        columns = columns_of(cursor)
        assert set(columns) == _TABLES
        assert {"id", "number", "entry_rows"} < columns["captures"]
        cursor.execute("SELECT version FROM store")
        assert cursor.fetchall() == [(VERSION,)]


@pytest.mark.parametrize(
    ("version", "which", "command"), [(VERSION + 1, "a newer", "reindex"), (VERSION - 1, "an earlier", "migrate")]
)
def test_another_version_is_refused(database: Database, cursor: Cursor, version: int, which: str, command: str) -> None:
    """In words that say what to do."""
    make_tables(cursor, database)
    cursor.execute("UPDATE store SET version = ?", [version])
    with pytest.raises(DataDirError, match=f"by {which} version of harlake.*`harlake {command}`"):
        make_tables(cursor, database)
    assert version_of(cursor) == version


def test_tables_without_a_version_are_an_earlier_harlakes(database: Database, cursor: Cursor) -> None:
    """They had other columns, and nothing is added to them."""
    cursor.execute(EARLIER_TABLES)
    before = columns_of(cursor)
    with pytest.raises(DataDirError, match="by an earlier version of harlake; `harlake migrate`"):
        make_tables(cursor, database)
    assert columns_of(cursor) == before


def test_tables_of_others_are_not_looked_at(database: Database, cursor: Cursor) -> None:
    """Neither those of another schema, nor of another database."""
    cursor.execute("CREATE TABLE memory.captures (x INT)")
    cursor.execute("CREATE SCHEMA mine; CREATE TABLE mine.captures (x INT)")
    make_tables(cursor, database)
    assert set(columns_of(cursor)) == _TABLES


def test_other_columns_are_refused(database: Database, cursor: Cursor) -> None:
    """What a version adds without saying so would make every import fail."""
    make_tables(cursor, database)
    cursor.execute("ALTER TABLE sessions ADD COLUMN owner VARCHAR")
    with pytest.raises(DataDirError, match="table sessions has other columns than this version"):
        make_tables(cursor, database)


def test_tables_that_are_filled_are_used_when_they_are_full(database: Database, cursor: Cursor) -> None:
    """Until then nobody opens them, and whoever fills them begins anew; what holds something is not filled."""
    assert not begin_filling(cursor, database)
    with pytest.raises(DataDirError, match="holds a part of a copy"):
        make_tables(cursor, database)
    cursor.execute("INSERT INTO sessions VALUES (uuid(), 'half', 0)")
    assert begin_filling(cursor, database)
    assert cursor.execute("SELECT * FROM sessions").fetchall() == []
    cursor.execute("INSERT INTO sessions VALUES (uuid(), 'whole', 0)")
    end_filling(cursor)
    make_tables(cursor, database)
    with pytest.raises(DataDirError, match="holds captures or sessions already"):
        begin_filling(cursor, database)
    assert cursor.execute("SELECT name FROM sessions").fetchall() == [("whole",)]


def test_tables_that_are_migrated_are_used_when_all_is_done(database: Database, cursor: Cursor) -> None:
    """Until then nobody opens them; a migration that was interrupted is begun again."""
    make_tables(cursor, database)
    assert not begin_migration(cursor)
    cursor.execute("UPDATE store SET version = 1")
    for _ in range(2):
        assert begin_migration(cursor)
        with pytest.raises(DataDirError, match="`harlake migrate` has to be run again"):
            make_tables(cursor, database)
    end_migration(cursor)
    make_tables(cursor, database)
    assert not begin_migration(cursor)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (f"UPDATE store SET version = {VERSION + 1}", "by a newer version"),
        ("UPDATE store SET version = -1", "holds a part of a copy"),
        ("UPDATE store SET version = 1; ALTER TABLE sessions ADD COLUMN owner VARCHAR", "has other columns"),
        ("DROP TABLE store", "no catalog of an earlier version"),
    ],
)
def test_what_cannot_be_migrated_is_left_alone(database: Database, cursor: Cursor, change: str, problem: str) -> None:
    """In words that say why."""
    make_tables(cursor, database)
    cursor.execute(change)
    before = version_of(cursor)
    with pytest.raises(DataDirError, match=problem):
        begin_migration(cursor)
    assert version_of(cursor) == before
