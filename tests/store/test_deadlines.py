"""A server that stands still is not waited for."""

from __future__ import annotations

from contextlib import closing

import psycopg
import pytest

from harlake.errors import CatalogUnavailableError
from harlake.store import postgres as module
from harlake.store.deadlines import Deadlines
from harlake.store.postgres import PostgresDatabase
from tests.support.postgres import PostgresServer


def test_what_takes_too_long_is_cut_off(postgres: PostgresServer) -> None:
    """What does not goes on, also with a connection that was watched before."""
    with closing(Deadlines(0.5)) as deadlines:
        with psycopg.connect(postgres.url()) as one, psycopg.connect(postgres.url()) as other:
            with deadlines.over(other):
                other.execute("SELECT 1")
            with pytest.raises(psycopg.OperationalError), deadlines.over(one):
                one.execute("SELECT pg_sleep(300)")
            with deadlines.over(other):
                assert other.execute("SELECT 1").fetchone() == (1,)
        assert one.closed


@pytest.mark.slow
def test_a_server_that_stands_still_is_an_error(own_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """And none any more as soon as it goes on."""
    monkeypatch.setattr(module, "_POOL_PATIENCE", 1)
    database = PostgresDatabase(own_postgres.url(), connections=1, statement_timeout=1)
    with closing(database):
        with database.reading() as cursor:
            assert cursor.execute("SELECT 1").fetchall() == [(1,)]
        own_postgres.pause()
        with pytest.raises(CatalogUnavailableError), database.reading() as cursor:
            cursor.execute("SELECT 1")
        own_postgres.resume()
        monkeypatch.undo()
        with database.reading() as cursor:
            assert cursor.execute("SELECT 1").fetchall() == [(1,)]
        own_postgres.pause()  # closing it does not wait either
    own_postgres.resume()
