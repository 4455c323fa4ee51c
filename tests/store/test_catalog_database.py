"""What both databases have in common, whichever the catalog is in."""

from __future__ import annotations

import contextvars
import sys
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from harlake.errors import DataDirError
from harlake.pipeline.interruption import Interrupted, interruptible
from harlake.store.capture_object import Frame
from harlake.store.catalog import Capture, Catalog
from harlake.store.catalog_database import CatalogDatabase
from harlake.store.database import Database
from harlake.store.timestamps import to_microseconds
from tests.support.capture_records import CREATED, capture_record
from tests.support.server import PATIENCE

_SCHEMA = files("harlake.store").joinpath("schema.sql").read_text("utf-8")


def _numbers(database: CatalogDatabase) -> list[int]:
    with database.reading() as cursor:
        return [number for (number,) in cursor.execute("SELECT number FROM numbers ORDER BY number").fetchall()]


def _create_numbers(database: CatalogDatabase) -> None:
    with database.writing() as cursor:
        cursor.execute("CREATE TABLE numbers (number BIGINT NOT NULL)")
        cursor.execute("INSERT INTO numbers VALUES (?)", [7])


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uuid", uuid.UUID(int=(1 << 128) - 2)),
        ("bytea", b"\0\xff'?%\\" * 1_000),
        ("bigint", (1 << 63) - 1),
        ("bigint", -1),
        ("varchar", "?%s 'naïve' \N{PILE OF POO}\n"),
        ("bytea", None),
    ],
)
def test_values_come_back(catalog_database: CatalogDatabase, kind: str, value: object) -> None:
    """They are of the same type as before."""
    with catalog_database.writing() as cursor:
        cursor.execute(f"CREATE TABLE one (v {kind})")
        cursor.execute("INSERT INTO one VALUES (?)", [value])
    with catalog_database.reading() as cursor:
        ((found,),) = cursor.execute("SELECT v FROM one").fetchall()
        ((again,),) = cursor.execute("SELECT v FROM one WHERE ? = 1", [1]).fetchall()
    assert (type(found), found) == (type(again), again) == (type(value), value)


def test_tables_are_created_once(catalog_database: CatalogDatabase) -> None:
    """What is in them stays."""
    for _ in range(2):
        with catalog_database.writing() as cursor:
            catalog_database.create_tables(cursor, _SCHEMA)
            cursor.execute("INSERT INTO store VALUES (?, ?)", [1, uuid.uuid4()])
    with catalog_database.try_reading() as cursor:
        assert cursor.execute("SELECT version FROM store").fetchall() == [(1,), (1,)]


def test_a_transaction_that_fails_leaves_nothing(catalog_database: CatalogDatabase) -> None:
    """Whatever it fails of; what was there before stays, and the next one succeeds."""
    _create_numbers(catalog_database)

    def fail(statement: str) -> None:
        with catalog_database.writing() as cursor:
            cursor.execute("INSERT INTO numbers VALUES (?)", [8])
            cursor.execute(statement).fetchall()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail("SELECT 1")
    with pytest.raises((duckdb.Error, DataDirError)):
        fail("SELECT 1 FROM nowhere")
    with catalog_database.writing() as cursor:
        cursor.execute("INSERT INTO numbers VALUES (?)", [10])
    assert _numbers(catalog_database) == [7, 10]


def test_what_has_been_closed_says_so(catalog_database: CatalogDatabase) -> None:
    """It is not opened again for those who come late."""
    catalog_database.close()
    with pytest.raises(DataDirError, match="closed"), catalog_database.reading():
        pass
    with pytest.raises(DataDirError, match="closed"), catalog_database.writing():
        pass


def test_a_process_knows_itself(catalog_database: CatalogDatabase) -> None:
    """It lives, as long as it can ask."""
    catalog_database.ensure_alive()
    with catalog_database.writing() as cursor:
        assert not catalog_database.has_ended(cursor, catalog_database.node)


def test_work_that_nobody_waits_for_ends(catalog_database: CatalogDatabase) -> None:
    """A transaction leaves nothing then, and the database goes on."""
    _create_numbers(catalog_database)
    begun = threading.Event()

    def work() -> None:
        with catalog_database.writing() as cursor:
            cursor.execute("INSERT INTO numbers VALUES (?)", [8])
            begun.set()
            # Thousands of millions of rows, in a form that both databases have.
            many = " UNION ALL ".join(["SELECT 1 AS n"] * 40)
            joined = ", ".join(f"({many}) t{i}" for i in range(8))
            cursor.execute(f"SELECT count(*) FROM {joined} WHERE t0.n + t7.n < ?", [0]).fetchall()

    with interruptible() as interruption, ThreadPoolExecutor(1) as pool:
        running = pool.submit(contextvars.copy_context().run, work)
        assert begun.wait(PATIENCE)
        while not running.done():  # what comes between two statements may interrupt neither
            interruption.happen()
            wait([running], 0.2)
        with pytest.raises(Interrupted):
            running.result()
        with pytest.raises(Interrupted), catalog_database.reading():
            raise AssertionError("it has begun though nobody waits")
    assert _numbers(catalog_database) == [7]


def test_the_catalog_is_the_same_in_both(catalog_database: CatalogDatabase) -> None:
    """Every statement of it is one that both take, and answers with values of the same types."""
    catalog = Catalog(catalog_database)
    old, new = (catalog.create_session(uuid.UUID(int=number), f"{number}", CREATED) for number in (10, 11))
    captures = [uuid.UUID(int=number) for number in range(1, 5)]
    for capture, session in zip(captures, (old, new, old, new), strict=True):
        catalog.announce(capture)
        catalog.complete(capture_record(capture), session.id, None)
    catalog.backdate_session(new.id, CREATED - timedelta(days=1))
    catalog.renumber(0)
    catalog.remove(captures[0])
    catalog.check()
    two, three, four = captures[1:]
    assert [(one.name, one.entry_count, one.capture_count) for one in catalog.sessions()] == [
        ("10", 3, 1),
        ("11", 6, 2),
    ]
    assert catalog.session(new.id) == catalog.sessions()[1]
    assert [one.id for one in catalog.all_captures()] == [two, four, three]
    assert catalog.captures(new.id) == catalog.captures_by_id([four, captures[0], two]) == catalog.all_captures()[:2]
    assert catalog.captures_by_id([three] * 501) == [catalog.capture_between(three, three)] == catalog.captures(old.id)
    assert catalog.captures(old.id) == [Capture(three, 3, Frame(4, 2, 8), 1, keeps_entries=True, keeps_pages=False)]
    assert catalog.capture_between(uuid.UUID(int=5), uuid.UUID(int=6)) is None
    kept = {one: b"rows of " + one.bytes for one in captures[1:]}
    assert dict(catalog.kept_rows(catalog.all_captures(), "entry_rows")) == kept
    assert list(catalog.kept_rows(catalog.all_captures(), "page_rows")) == []
    assert catalog.complete_ids() == {two, three, four}
    assert pa.concat_tables(catalog.table("sessions")).sort_by("created_us").to_pylist() == [
        {"id": new.id, "name": "11", "created_us": to_microseconds(CREATED - timedelta(days=1))},
        {"id": old.id, "name": "10", "created_us": to_microseconds(CREATED)},
    ]
    assert pa.concat_tables(catalog.table("captures")).column("total").to_pylist() == [3, 3, 3]


class _Recorder:
    """Keeps the names of modules that are looked for in vain."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def find_spec(self, name: str, *_: object) -> None:
        self.names.append(name)


def test_values_do_not_make_duckdb_look_for_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would look through all folders, for each value anew."""
    recorder = _Recorder()
    with closing(Database(tmp_path / "catalog.duckdb")) as database, database.reading() as cursor:
        cursor.execute("SELECT ?, ?", [1, uuid.UUID(int=1)])
        monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, recorder])
        cursor.execute("SELECT ?, ?", [1, uuid.UUID(int=1)])
    assert recorder.names == []
