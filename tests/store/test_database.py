"""The database in little memory: what a query lacks, it gets, and its answer is the same."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from harlake.store.database import Cursor, Database

_MANY = 400_000


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database of the size that the catalog has, with a table."""
    opened = Database(tmp_path / "catalog.duckdb", "16MB")
    with opened.autocommit() as cursor:
        cursor.execute(f"CREATE TABLE hosts AS SELECT i, 'host-' || i || '.example' AS host FROM range({_MANY}) r(i)")
    yield opened
    opened.close()


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="with one core, queries have one thread from the start")
def test_memory_that_is_not_enough_for_two_threads(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """One thread is tried before more memory is given, and what has been found out is kept."""

    def count(cursor: Cursor) -> int:
        return int(cursor.execute("SELECT count(*) FROM (SELECT host, i FROM hosts GROUP BY host, i)").fetchall()[0][0])

    def threads(cursor: Cursor) -> int:
        return int(cursor.execute("SELECT current_setting('threads')").fetchall()[0][0])

    assert database.read(threads) == 2
    assert caplog.messages == []
    assert database.read(count) == _MANY
    assert caplog.messages[0] == "DuckDB reads with one thread until the next start"
    assert database.read(threads) == 1
    said = len(caplog.messages)
    assert database.read(count) == _MANY
    assert len(caplog.messages) == said
