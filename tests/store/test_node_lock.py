"""The lock by which others know that a node lives."""

from __future__ import annotations

import psycopg
import pytest

from harlake.errors import CatalogUnavailableError
from harlake.store import node_lock
from harlake.store.node_lock import NodeLock
from tests.support.hars import wait_for
from tests.support.postgres import PostgresServer
from tests.support.server import PATIENCE


def _holders(server: PostgresServer, node: int) -> list[object]:
    sql = f"""
        SELECT pid FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32) | objid::bigint = {node}
    """
    return [pid for (pid,) in server.execute(sql)]


def _holder(server: PostgresServer, node: int, *, other_than: object = None) -> object:
    """Wait until the lock is held, by another connection than that, and return by which."""
    wait_for(lambda: _holders(server, node) not in ([], [other_than]))
    (holder,) = _holders(server, node)
    return holder


def test_a_node_holds_its_lock_until_it_is_closed(postgres: PostgresServer) -> None:
    """Each has a number of its own."""
    one, other = (NodeLock(lambda: psycopg.connect(postgres.url(), autocommit=True)) for _ in range(2))
    one.wait()
    other.wait()
    assert one.node != other.node
    assert len(_holders(postgres, one.node)) == len(_holders(postgres, other.node)) == 1
    one.close()
    assert (_holders(postgres, one.node), len(_holders(postgres, other.node))) == ([], 1)
    other.close()


def test_a_lock_that_was_lost_is_taken_again(postgres: PostgresServer, caplog: pytest.LogCaptureFixture) -> None:
    """By another connection; the log says so."""
    lock = NodeLock(lambda: psycopg.connect(postgres.url(), autocommit=True))
    lock.wait()
    before = _holder(postgres, lock.node)
    postgres.execute(f"SELECT pg_terminate_backend({before})")
    assert _holder(postgres, lock.node, other_than=before) != before
    lock.close()
    assert [message.split(":")[0] for message in caplog.messages] == ["the lock of this node was lost"]


def test_a_node_that_stands_still_loses_what_it_holds(postgres: PostgresServer) -> None:
    """Its lock, and all others that it has taken; then another node can clean up after it."""
    lock = NodeLock(lambda: psycopg.connect(postgres.url(), autocommit=True))
    lock.wait()
    other = lock.node ^ 1
    assert lock.try_lock(other)
    before = _holder(postgres, lock.node)
    assert _holders(postgres, other) == [before]
    assert lock._connection is not None
    with lock._connection.lock:  # so the thread that looks after it waits, as all of a process does that is stopped
        postgres.execute(f"SELECT pg_terminate_backend({before})")
        wait_for(lambda: _holders(postgres, lock.node) == _holders(postgres, other) == [])
    assert _holder(postgres, lock.node) != before
    assert _holders(postgres, other) == []
    lock.unlock(other)  # of which nothing is left
    wait_for(lambda: lock.is_held)
    assert lock.try_lock(other)
    lock.unlock(other)
    assert _holders(postgres, other) == []
    lock.close()


def test_a_server_that_stands_still_does_not_say_that_the_lock_is_held(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although nothing has ended its connection."""
    monkeypatch.setattr(node_lock, "_LATELY", 0.2)
    monkeypatch.setattr(node_lock, "_INTERVAL", 0.01)
    lock = NodeLock(lambda: psycopg.connect(postgres.url(), autocommit=True))
    lock.wait()
    assert lock._connection is not None
    with lock._connection.lock:  # an answer is waited for
        wait_for(lambda: not lock.is_held)
    wait_for(lambda: lock.is_held)
    lock.close()


def test_the_server_ends_the_connection_of_a_node_that_stands_still(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its machine may be well, and go on answering for it."""
    monkeypatch.setattr(node_lock, "_STANDSTILL", "100ms")
    monkeypatch.setattr(node_lock, "_INTERVAL", PATIENCE)
    lock = NodeLock(lambda: psycopg.connect(postgres.url(), autocommit=True))
    lock.wait()
    wait_for(lambda: _holders(postgres, lock.node) == [])
    lock.close()


def test_a_lock_that_another_node_has_for_a_moment_is_waited_for(postgres: PostgresServer) -> None:
    """As one has that looks whether this node lives."""
    other = psycopg.connect(postgres.url(), autocommit=True)
    connections = []

    def connect() -> psycopg.Connection:
        connections.append(psycopg.connect(postgres.url(), autocommit=True))
        return connections[-1]

    lock = NodeLock(connect)
    lock.wait()
    postgres.execute(f"SELECT pg_terminate_backend({_holder(postgres, lock.node)})")
    other.execute("SELECT pg_advisory_lock(%s::bigint)", [lock.node])
    mine = other.info.backend_pid
    assert _holders(postgres, lock.node) == [mine]
    other.close()
    assert _holder(postgres, lock.node, other_than=mine) != mine
    assert len(connections) == 2
    lock.close()


def test_a_lock_that_does_not_come_back_is_an_error(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """For whoever wants to begin an import; until it has come."""
    monkeypatch.setattr(node_lock, "_PATIENCE", 0.01)
    other = psycopg.connect(postgres.url(), autocommit=True)
    lock = NodeLock(lambda: psycopg.connect(postgres.url(), autocommit=True))
    assert lock._held.wait(PATIENCE)
    postgres.execute(f"SELECT pg_terminate_backend({_holder(postgres, lock.node)})")
    other.execute("SELECT pg_advisory_lock(%s::bigint)", [lock.node])
    wait_for(lambda: not lock.is_held)
    with pytest.raises(CatalogUnavailableError, match="not back yet"):
        lock.wait()
    other.close()
    assert lock._held.wait(PATIENCE)
    lock.wait()
    lock.close()
