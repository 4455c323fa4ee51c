"""The catalog's database: one operation at a time, and after an error it is opened again."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import cast

import duckdb
import pytest

from harlake.errors import DataDirError, DataDirInUseError, InsufficientStorageError
from harlake.pipeline.interruption import Interrupted, interruptible
from harlake.store.database import BusyError, Cursor, Database
from tests.support.server import PATIENCE


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database of one table, of one row."""
    opened = Database(tmp_path / "catalog.duckdb")
    with opened.writing() as cursor:
        cursor.execute("CREATE TABLE numbers AS SELECT 7 AS number")
    yield opened
    opened.close()


def _numbers(database: Database) -> list[int]:
    with database.reading() as cursor:
        return [number for (number,) in cursor.execute("FROM numbers ORDER BY ALL").fetchall()]


def test_a_busy_database_can_be_passed_over(database: Database) -> None:
    """Who does not want to wait is told so, as long as another operation holds it."""
    with database.reading(), pytest.raises(BusyError), database.try_reading():
        pass
    with database.try_reading() as cursor:
        assert cursor.execute("SELECT 1").fetchall() == [(1,)]


def test_operations_wait_for_each_other(database: Database) -> None:
    """However many threads write, each finds what the one before has left."""

    def add(_: int) -> None:
        with database.writing() as cursor:
            cursor.execute("UPDATE numbers SET number = number + 1")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    assert _numbers(database) == [47]


def _divide(database: Database) -> float:
    with database.writing() as cursor:
        cursor.execute("INSERT INTO numbers VALUES (8)")
        return 1 / 0


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    """Whatever it fails of; what was there before stays, and the next one succeeds."""
    with pytest.raises(ZeroDivisionError):
        _divide(database)
    with pytest.raises(duckdb.CatalogException), database.writing() as cursor:
        cursor.execute("INSERT INTO numbers VALUES (9); INSERT INTO nowhere VALUES (9)")
    with database.writing() as cursor:
        cursor.execute("INSERT INTO numbers VALUES (10)")
    assert _numbers(database) == [7, 10]


class _FailingCommit:
    """A cursor whose commit fails with a message."""

    def __init__(self, message: str) -> None:
        self._message = message

    def commit(self) -> None:
        raise duckdb.IOException(self._message)


def test_a_commit_that_succeeded_is_none_that_failed(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """Where only moving the rows to the file has failed, the database is opened again, and all rows are there."""
    succeeded, failed = (
        cast("Cursor", _FailingCommit(f"IO Error: {text}"))
        for text in ("Transaction COMMIT succeeded, but", 'failed: "Transaction COMMIT succeeded"')
    )
    database._commit(succeeded)
    with pytest.raises(duckdb.IOException, match="failed"):
        database._commit(failed)
    assert _numbers(database) == [7]
    assert caplog.messages == [
        "DuckDB cannot write to catalog.duckdb: IO Error: Transaction COMMIT succeeded, but",
        "opened catalog.duckdb again",
    ]


def test_a_query_of_somebody_who_has_left_ends(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """The database is free for others, and is not opened again: nothing has failed."""
    begun = threading.Event()

    def query() -> None:
        with database.reading() as cursor:
            begun.set()
            cursor.execute("FROM range(1000000) a, range(1000000) b WHERE a.range + b.range < 0").fetchall()

    with interruptible() as interruption, ThreadPoolExecutor(1) as pool:
        running = pool.submit(contextvars.copy_context().run, query)
        assert begun.wait(PATIENCE)
        while not running.done():  # what comes between two statements interrupts neither
            interruption.happen()
            wait([running], 0.05)
        with pytest.raises(Interrupted):
            running.result()
        with pytest.raises(Interrupted), database.reading():
            raise AssertionError("it has begun though nobody waits")
    assert _numbers(database) == [7]
    assert caplog.messages == []


@pytest.mark.parametrize(
    "statement", ["COPY numbers TO '{}'", "FROM read_csv('{}')", "ATTACH '{}' AS other", "INSTALL excel"]
)
def test_no_other_file_can_be_opened(tmp_path: Path, database: Database, statement: str) -> None:
    """Whatever the statement."""
    other = tmp_path / "other"
    with pytest.raises(duckdb.PermissionException), database.reading() as cursor:
        cursor.execute(statement.format(other))
    assert not other.exists()


def test_one_process_has_the_file(tmp_path: Path, database: Database) -> None:
    """Another one that opens it is told so, and the first goes on."""
    with ThreadPoolExecutor(1) as pool, pytest.raises(DataDirError):
        pool.submit(Database, tmp_path / "catalog.duckdb").result()
    assert _numbers(database) == [7]


def test_nearly_any_name_of_a_folder_does(tmp_path: Path) -> None:
    """Whatever SQL or a file system makes of its characters."""
    folder = tmp_path / 'it\'s [a] {b} * "c"; é=1 %20 #'
    folder.mkdir()
    for _ in range(2):
        database = Database(folder / "catalog.duckdb")
        with database.writing() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS numbers AS SELECT 7 AS number")
        assert _numbers(database) == [7]
        database.close()
    assert [path.name for path in folder.iterdir()] == ["catalog.duckdb"]


def test_a_question_mark_is_refused(tmp_path: Path) -> None:
    """Also behind a link: DuckDB takes what follows it for something else, and loses its log."""
    folder, link = tmp_path / "why?", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)
    for path in (folder, link):
        with pytest.raises(DataDirError, match="may have a question mark"):
            Database(path / "catalog.duckdb")
    assert list(folder.iterdir()) == []


def test_temporary_files_of_a_killed_process_are_removed(tmp_path: Path) -> None:
    """DuckDB would count them as its own, below zero in the end."""
    left = tmp_path / "catalog.duckdb.tmp"
    left.mkdir()
    (left / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(bytes(1_000))
    database = Database(tmp_path / "catalog.duckdb")
    assert not left.exists()
    database.close()


@pytest.mark.parametrize("content", [b"no database" * 2_000, b"lock block", b"Could not set lock on file"])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    """What DuckDB says of it is in the error, and how it is mended; it is not taken for one that is in use."""
    path = tmp_path / "catalog.duckdb"
    path.write_bytes(content)
    with pytest.raises(DataDirError, match=f"cannot open {path}, which `harlake reindex` can make again") as raised:
        Database(path)
    assert not isinstance(raised.value, DataDirInUseError)
    assert path.read_bytes() == content


def test_a_full_disk_at_the_start_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no damage of the file, and passes when there is room."""

    def fail(**_: object) -> None:
        raise duckdb.IOException('IO Error: Could not write file "x": No space left on device')

    monkeypatch.setattr(duckdb, "connect", fail)
    with pytest.raises(InsufficientStorageError, match="cannot open"):
        Database(tmp_path / "catalog.duckdb")


def test_a_catalog_that_cannot_be_opened_again_tells_no_path(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Clients learn that it cannot; the log says why."""
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
    assert _numbers(database) == [7]


def test_a_closed_database_says_so(database: Database) -> None:
    """However often it is closed."""
    database.close()
    database.close()
    with pytest.raises(DataDirError, match="the data folder is closed"), database.reading():
        pass
