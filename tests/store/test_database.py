"""The database in little memory: what a query lacks, it gets, and its answer is the same."""

from __future__ import annotations

import contextvars
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import cast

import duckdb
import pytest

from harlake.errors import DataDirError, InsufficientStorageError
from harlake.pipeline.interruption import Interrupted, interruptible
from harlake.store.database import BusyError, Cursor, Database, without_paths
from tests.support.server import PATIENCE

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


def test_a_busy_database_can_be_passed_over(tmp_path: Path) -> None:
    """Who does not want to wait is told so, as long as another operation holds it."""
    database = Database(tmp_path / "catalog.duckdb", "16MB")
    with database.reading(), pytest.raises(BusyError), database.try_reading():
        pass
    with database.try_reading() as cursor:
        assert cursor.execute("SELECT 1").fetchall() == [(1,)]
    database.close()


class _FailingCommit:
    """A cursor whose commit fails with a message."""

    def __init__(self, message: str) -> None:
        self._message = message

    def commit(self) -> None:
        raise duckdb.IOException(self._message)


def test_a_commit_that_succeeded_is_none_that_failed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Where only moving the rows to the file has failed, the database is opened again, and all rows are there."""
    database = Database(tmp_path / "catalog.duckdb", "16MB")
    with database.writing() as cursor:
        cursor.execute("CREATE TABLE numbers AS SELECT 7 AS number")
    succeeded, failed = (
        cast("Cursor", _FailingCommit(text)) for text in ("COMMIT succeeded, checkpoint failed", "failed")
    )
    database._commit(succeeded)
    with pytest.raises(duckdb.IOException, match="failed"):
        database._commit(failed)
    with database.reading() as cursor:
        assert cursor.execute("FROM numbers").fetchall() == [(7,)]
    assert caplog.messages == [
        "DuckDB cannot write to catalog.duckdb: COMMIT succeeded, checkpoint failed",
        "opened catalog.duckdb again",
    ]
    database.close()


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Whatever it fails of; what was there before stays, and the next one succeeds."""
    database = Database(tmp_path / "catalog.duckdb", "16MB")
    with database.writing() as cursor:
        cursor.execute("CREATE TABLE numbers AS SELECT 7 AS number")

    def divide(cursor: Cursor) -> float:
        cursor.execute("INSERT INTO numbers VALUES (8)")
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        database.write(divide)
    with pytest.raises(duckdb.CatalogException):
        database.write(lambda cursor: cursor.execute("INSERT INTO numbers VALUES (9); INSERT INTO nowhere VALUES (9)"))
    database.write(lambda cursor: cursor.execute("INSERT INTO numbers VALUES (10)"))
    assert database.read(lambda cursor: cursor.execute("FROM numbers").fetchall()) == [(7,), (10,)]
    database.close()


def test_a_full_disk_at_the_start_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no damage of the file, and passes when there is room."""

    def fail(**_: object) -> None:
        raise duckdb.IOException("Could not write file: No space left on device")

    monkeypatch.setattr(duckdb, "connect", fail)
    with pytest.raises(InsufficientStorageError, match="cannot open"):
        Database(tmp_path / "catalog.duckdb", "16MB")


def _interrupted(database: Database, begin: str) -> None:
    """Check that a query which runs for hours ends when it is interrupted."""
    begun = threading.Event()

    def run(interruption_context: contextvars.Context) -> None:
        def query() -> None:
            with getattr(database, begin)() as cursor:
                begun.set()
                cursor.execute("FROM range(1000000) a, range(1000000) b WHERE a.range + b.range < 0").fetchall()

        interruption_context.run(query)

    with interruptible() as interruption, ThreadPoolExecutor(1) as pool:
        running = pool.submit(run, contextvars.copy_context())
        assert begun.wait(PATIENCE)
        while not running.done():  # what comes between two statements interrupts neither
            interruption.happen()
            wait([running], 0.05)
        with pytest.raises(Interrupted):
            running.result()
        with pytest.raises(Interrupted), database.reading():
            raise AssertionError("it has begun though nobody waits")


@pytest.mark.parametrize("begin", ["reading", "client_query"])
def test_a_query_of_somebody_who_has_left_ends(
    database: Database, caplog: pytest.LogCaptureFixture, begin: str
) -> None:
    """The database is free for others, and is not opened again: nothing has failed."""
    _interrupted(database, begin)
    assert database.read(lambda cursor: cursor.execute("SELECT count(*) FROM hosts").fetchall()) == [(_MANY,)]
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ('Cannot open file "/a b/catalog.duckdb.tmp/x.tmp": no', "Cannot open file the catalog: no"),
        ("at /data/catalog.duckdb.wal now", "at the catalog now"),
        ('in "C" and "D"', 'in "C" and "D"'),
    ],
)
def test_texts_without_paths(message: str, shown: str) -> None:
    """Paths are of no use to clients, and none of their business."""
    assert without_paths(message) == shown


def test_a_catalog_that_cannot_be_opened_again_tells_no_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Clients learn that it cannot; the log says why."""
    database = Database(tmp_path / "catalog.duckdb", "16MB")
    with pytest.raises(duckdb.Error), database.reading() as cursor:
        cursor.execute("SELECT error('x')")

    def fail(**_: object) -> None:
        raise duckdb.IOException("Cannot open")

    with monkeypatch.context() as context:
        context.setattr(duckdb, "connect", fail)
        with pytest.raises(DataDirError, match="cannot be opened again") as caught, database.reading():
            pass
    assert str(tmp_path) not in str(caught.value)
    assert any(str(tmp_path) in message for message in caplog.messages)
    database.close()
