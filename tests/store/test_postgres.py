"""The catalog in PostgreSQL: several nodes at once, lost connections, and what a client learns of them."""

from __future__ import annotations

import contextvars
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest

from harlake.errors import (
    CatalogUnavailableError,
    DataDirError,
    HarlakeError,
    InsufficientStorageError,
    SessionNotFoundError,
)
from harlake.pipeline.interruption import Interrupted, interruptible
from harlake.store import node_lock
from harlake.store import postgres as module
from harlake.store.catalog import Catalog
from harlake.store.catalog_database import ConflictError
from harlake.store.database import BusyError
from harlake.store.ids import new_id
from harlake.store.postgres import PostgresDatabase
from tests.support.capture_records import capture_record
from tests.support.hars import wait_for
from tests.support.postgres import PostgresServer
from tests.support.server import PATIENCE

_SESSION = uuid.UUID(int=10)

#: The key of an advisory lock, in PostgreSQL's view of them.
_LOCK_OF_NODE = "locktype = 'advisory' AND (classid::bigint << 32) | objid::bigint"


@pytest.fixture
def database(url: str) -> Iterator[PostgresDatabase]:
    """An empty database."""
    with closing(PostgresDatabase(url, grace=0)) as opened:
        yield opened


def _import(catalog: Catalog, session: uuid.UUID, name: str | None = None) -> uuid.UUID:
    capture = new_id()
    catalog.announce(capture)
    catalog.complete(capture_record(capture), session, name)
    return capture


def _fail(database: PostgresDatabase, *statements: str) -> None:
    with database.writing() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _selected(database: PostgresDatabase) -> object:
    with database.reading() as cursor:
        return cursor.execute("SELECT ?", [1]).fetchall()[0][0]


def test_nodes_may_start_at_once(url: str) -> None:
    """The tables are created once, with their keys; whoever comes later finds them."""
    count = 6
    start = threading.Barrier(count)

    def open_catalog(_: int) -> Catalog:
        database = PostgresDatabase(url, connections=2)
        start.wait(PATIENCE)
        return Catalog(database)

    with ThreadPoolExecutor(count) as pool:
        catalogs = list(pool.map(open_catalog, range(count)))
    capture = _import(catalogs[0], _SESSION, "Mine")
    assert [[one.id for one in catalog.captures(_SESSION)] for catalog in catalogs] == [[capture]] * count
    for catalog in catalogs:
        catalog.close()


def test_a_node_sees_what_another_has_answered(nodes: tuple[Catalog, Catalog]) -> None:
    """A capture, its rows, a new name, and that a session has gone."""
    one, two = nodes
    capture = _import(one, _SESSION, "Mine")
    assert dict(two.kept_rows(two.captures(_SESSION), "entry_rows")) == {capture: b"rows of " + capture.bytes}
    two.rename_session(_SESSION, "Yours")
    assert [(session.name, session.entry_count) for session in one.sessions()] == [("Yours", 3)]
    assert one.remove_session(_SESSION) == [capture]
    assert (two.sessions(), two.all_captures(), two.unfinished()) == ([], [], [capture])
    with pytest.raises(SessionNotFoundError):
        two.rename_session(_SESSION, "Ours")


def test_a_name_may_have_any_character(nodes: tuple[Catalog, Catalog]) -> None:
    """Of those that PostgreSQL does not know, something is shown."""
    nodes[0].create_session(_SESSION, "a\0b\u2028\N{PILE OF POO}?%s")
    assert [session.name for session in nodes[1].sessions()] == ["a\ufffdb\u2028\N{PILE OF POO}?%s"]


def test_what_a_living_node_writes_is_not_abandoned(nodes: tuple[Catalog, Catalog]) -> None:
    """When it has ended, any other gives it up; what is complete stays."""
    one, two = nodes
    complete = _import(one, _SESSION, "Mine")
    capture = new_id()
    one.announce(capture)
    assert two.abandoned() == two.abandoned(lambda _: False) == []
    one.close()
    assert two.abandoned() == [capture]
    assert [found.id for found in two.all_captures()] == [complete]
    two.forget(capture)
    assert two.abandoned() == []


def test_a_server_that_was_just_started_takes_nobody_for_dead(url: str) -> None:
    """All nodes have lost their locks then, and need a while to take them again."""
    one, two = (Catalog(PostgresDatabase(url, grace=1_000_000)) for _ in range(2))
    capture = new_id()
    one.announce(capture)
    one.close()
    assert two.abandoned() == []
    assert two.unfinished() == [capture]
    two.close()


@pytest.mark.slow
def test_nothing_is_announced_by_a_node_that_would_be_taken_for_dead(
    database: PostgresDatabase, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lost the connection that holds its lock; as soon as it has the lock again, imports go on."""
    monkeypatch.setattr(node_lock, "_PATIENCE", 0.01)
    catalog = Catalog(database)
    wait_for(lambda: database._lock.is_held)
    ((process,),) = postgres.execute(f"SELECT pid FROM pg_locks WHERE {_LOCK_OF_NODE} = {database.node}")
    with psycopg.connect(postgres.url(), autocommit=True) as other:
        postgres.execute(f"SELECT pg_terminate_backend({process})")
        other.execute("SELECT pg_advisory_lock(%s::bigint)", [database.node])
        wait_for(lambda: not database._lock.is_held)
        with pytest.raises(CatalogUnavailableError, match="not back yet"):
            catalog.announce(_SESSION)
    assert catalog.unfinished() == []
    wait_for(lambda: database._lock.is_held)
    catalog.announce(_SESSION)
    assert catalog.unfinished() == [_SESSION]


def test_lost_connections_are_replaced(database: PostgresDatabase, postgres: PostgresServer) -> None:
    """What is under way fails, and leaves nothing; what comes next works."""
    _fail(database, "CREATE TABLE numbers (number BIGINT)")

    def lose() -> None:
        with database.writing() as cursor:
            cursor.execute("INSERT INTO numbers VALUES (?)", [1])
            ((process,),) = cursor.execute("SELECT pg_backend_pid()").fetchall()
            postgres.execute(f"SELECT pg_terminate_backend({process})")
            cursor.execute("INSERT INTO numbers VALUES (?)", [2])

    with pytest.raises(CatalogUnavailableError, match="cannot be reached"):
        lose()
    with database.reading() as cursor:
        assert cursor.execute("SELECT number FROM numbers").fetchall() == []
        ((process,),) = cursor.execute("SELECT pg_backend_pid()").fetchall()
    postgres.execute(f"SELECT pg_terminate_backend({process})")  # while nobody uses it
    assert _selected(database) == 1


def test_statements_may_not_take_for_ever(url: str) -> None:
    """Nor may they wait for ever for what another transaction has locked."""
    with closing(PostgresDatabase(url, statement_timeout=1)) as database:
        with pytest.raises(CatalogUnavailableError, match="in time"):
            _fail(database, "SELECT pg_sleep(300)")
        _fail(database, "CREATE TABLE numbers AS SELECT 1 AS number")
        with psycopg.connect(url) as connection:
            connection.execute("LOCK TABLE numbers")
            with pytest.raises(CatalogUnavailableError, match="in time"):
                _fail(database, "INSERT INTO numbers VALUES (2)")
        assert _selected(database) == 1


def test_what_nobody_waits_for_ends_in_the_server(database: PostgresDatabase, postgres: PostgresServer) -> None:
    """Its connection is not used again: what cancels may arrive late."""
    processes: list[int] = []
    known = threading.Event()

    def sleep() -> None:
        with database.reading() as cursor:
            processes.append(cursor.execute("SELECT pg_backend_pid()").fetchall()[0][0])
            known.set()
            cursor.execute("SELECT pg_sleep(?)", [PATIENCE])

    with interruptible() as interruption, ThreadPoolExecutor(1) as pool:
        sleeping = pool.submit(contextvars.copy_context().run, sleep)
        assert known.wait(PATIENCE)
        state = f"SELECT 1 FROM pg_stat_activity WHERE pid = {processes[0]} AND wait_event = 'PgSleep'"
        wait_for(lambda: postgres.execute(state))
        interruption.happen()
        with pytest.raises(Interrupted):
            sleeping.result(PATIENCE)
    wait_for(lambda: not postgres.execute(f"SELECT 1 FROM pg_stat_activity WHERE pid = {processes[0]}"))
    assert _selected(database) == 1


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("foreign_key_violation", ConflictError),
        ("disk_full", InsufficientStorageError),
        ("too_many_connections", CatalogUnavailableError),
        ("deadlock_detected", CatalogUnavailableError),
        ("admin_shutdown", CatalogUnavailableError),
        ("read_only_sql_transaction", CatalogUnavailableError),
        ("undefined_table", DataDirError),
        ("insufficient_privilege", DataDirError),
    ],
)
def test_errors_are_told_apart_by_their_class(
    database: PostgresDatabase, caplog: pytest.LogCaptureFixture, code: str, expected: type[Exception]
) -> None:
    """Not by words, which a client may have written; texts are logged, and not answered with."""
    with pytest.raises(expected) as caught:
        _fail(
            database,
            f"DO $$ BEGIN RAISE '{code}' USING ERRCODE = '{code}'; END $$".replace(f"'{code}'", "'No space left'", 1),
        )
    if isinstance(caught.value, HarlakeError):
        assert "No space" not in str(caught.value)
        assert any("No space" in message for message in caplog.messages)
    assert _selected(database) == 1


def test_a_url_that_cannot_be_read_is_not_shown() -> None:
    """There may be a password in it."""
    with pytest.raises(DataDirError, match="not one that PostgreSQL takes") as caught:
        PostgresDatabase("postgresql://harlake:secret@[::1/catalog")
    assert "secret" not in repr(caught.value)


@pytest.mark.slow
def test_a_busy_catalog_is_well_and_one_that_has_gone_is_not(
    own_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks whether it is does not wait for long; when the server is back, so is the catalog."""
    monkeypatch.setattr(module, "_CHECK_PATIENCE", 0.05)
    monkeypatch.setattr(module, "_POOL_PATIENCE", 0.05)
    database = PostgresDatabase(own_postgres.url(), connections=1)
    with closing(Catalog(database)) as catalog:
        with database.reading(), pytest.raises(BusyError), database.try_reading():
            pass
        with database.reading():
            catalog.check()
        own_postgres.kill()
        wait_for(lambda: not database._lock.is_held)
        with pytest.raises(CatalogUnavailableError):
            catalog.check()
        for operation in (catalog.sessions, lambda: catalog.create_session(_SESSION, "Mine")):
            with pytest.raises(CatalogUnavailableError, match="cannot be reached"):
                operation()
        with pytest.raises(CatalogUnavailableError, match="cannot connect"):
            PostgresDatabase(own_postgres.url())
        own_postgres.start()
        monkeypatch.undo()
        _import(catalog, _SESSION, "Mine")
        catalog.check()
