"""What stops a query: time, memory, and whoever asked for it."""

from __future__ import annotations

import duckdb
import pytest

from harlake.errors import ExpensiveQueryError
from harlake.query import sql_watch
from harlake.query.sql_watch import QueryWatch

_ENDLESS = "select count(*) from range(100000000000)"


def _run(watch: QueryWatch) -> None:
    with duckdb.connect() as database, database.cursor() as cursor, watch.over(cursor):
        for _ in range(1_000):  # each of which one interrupt would end
            try:
                cursor.execute(_ENDLESS)
            except duckdb.InterruptException:
                watch.check()


def test_time() -> None:
    """It ends, though the time may be over between two statements."""
    with pytest.raises(ExpensiveQueryError, match=r"stopped after 0\.05 seconds"):
        _run(QueryWatch(0.05))


def test_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends when the process has grown."""
    monkeypatch.setattr(sql_watch, "_MAX_GROWTH", -1)
    with pytest.raises(ExpensiveQueryError, match="MiB of memory"):
        _run(QueryWatch(None))


def test_before_it_begins() -> None:
    """A query that was stopped never begins, and the first reason stays."""
    watch = QueryWatch(None)
    watch.check()
    watch.stop("no")
    watch.stop("other")
    assert watch.reason == "no"
    with pytest.raises(ExpensiveQueryError, match="cancelled before it began"):
        _run(watch)
    with pytest.raises(ExpensiveQueryError, match="no"):
        watch.check()


def test_what_ends_by_itself() -> None:
    """Nothing is left that would interrupt what comes later."""
    watch = QueryWatch(60)
    with duckdb.connect() as database, database.cursor() as cursor:
        with watch.over(cursor):
            assert cursor.execute("select 1").fetchall() == [(1,)]
        watch.stop("too late")
        assert cursor.execute("select 2").fetchall() == [(2,)]
