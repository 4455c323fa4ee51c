"""Whether a node lives: a lock of PostgreSQL, which is free as soon as the session that took it has ended.

Strategy: the lock is held by a connection that is used for nothing else. A thread looks after it, and takes the lock
again where the connection was lost. Until then others may take the node for dead, and give up what it is writing; it
then fails to complete that, so nothing worse comes of it. A node that stands still loses the lock as well: else nobody
could ever clean up after it.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import psycopg

from harlake.errors import CatalogUnavailableError

#: Seconds between two looks at the connection, and between two attempts to get another.
_INTERVAL: Final = 1

#: Seconds for which what was seen is taken to hold.
_LATELY: Final = 4

#: Seconds for which an import that begins waits for the lock, where it was lost.
_PATIENCE: Final = 5

#: How long the server waits for the next look, until it takes the node to stand still.
_STANDSTILL: Final = "30s"

#: Seconds for which the lock is given back in good order.
_FAREWELL: Final = 2

_log = logging.getLogger(__name__)


class NodeLock:
    """The lock of this node, taken; :meth:`close` it.

    Its key is the node's number. Raises ``psycopg.Error`` where there is no connection to begin with.
    """

    def __init__(self, connect: Callable[[], psycopg.Connection]) -> None:
        self.node: Final = secrets.randbits(63)
        self._connect = connect
        self._held = threading.Event()
        self._closing = threading.Event()
        self._looked_at = 0.0
        self._connection: psycopg.Connection | None = self._new_connection()
        self._thread = threading.Thread(target=self._keep, name="node lock", daemon=True)
        self._thread.start()

    @property
    def is_held(self) -> bool:
        """Whether it was when it was looked at last, just now: a server that stands still does not answer."""
        return self._held.is_set() and time.monotonic() - self._looked_at < _LATELY

    def wait(self) -> None:
        """Wait until it is held. Raises CatalogUnavailableError."""
        if not self._held.wait(_PATIENCE):
            raise CatalogUnavailableError("the connection to the catalog was lost, and is not back yet")

    def try_lock(self, key: int) -> bool:
        """Return whether this node has got another lock, which it has as long as it is taken to live.

        Raises ``psycopg.Error``.
        """
        connection = self._connection
        if connection is None:
            raise psycopg.OperationalError("the connection of the node's lock was lost")
        return _take(connection, key)

    def unlock(self, key: int) -> None:
        """Let go of such a lock, unless it was lost with the connection."""
        connection = self._connection
        if connection is not None:
            with suppress(psycopg.Error):
                connection.execute("SELECT pg_advisory_unlock(%s::bigint)", [key])

    def close(self) -> None:
        """Let go of it, and so of the node."""
        self._closing.set()
        self._thread.join(_FAREWELL)  # no longer than that for a server that stands still

    def _keep(self) -> None:
        while not self._closing.is_set():
            try:
                if self._connection is None:
                    self._connection = self._new_connection()
                self._hold(self._connection)
            except psycopg.Error as error:
                if self._held.is_set():
                    _log.warning("the lock of this node was lost: %s", error)
                self._held.clear()
                if self._connection is not None:
                    self._connection.close()
                    self._connection = None
                self._closing.wait(_INTERVAL)
        self._held.clear()
        if self._connection is not None:
            with suppress(psycopg.Error), self._connection as connection:
                # Without this, others could see it for a moment after the connection has been closed.
                connection.execute("SELECT pg_advisory_unlock_all()")

    def _new_connection(self) -> psycopg.Connection:
        connection = self._connect()
        connection.execute(f"SET idle_session_timeout = '{_STANDSTILL}'".encode())
        return connection

    def _hold(self, connection: psycopg.Connection) -> None:
        """Take the lock, and look after it until it is to be closed or the connection fails."""
        # A node that looks whether this one lives has the lock for a moment.
        while not _take(connection, self.node):
            if self._closing.wait(_INTERVAL):
                return
        self._looked_at = time.monotonic()
        self._held.set()
        while not self._closing.wait(_INTERVAL):
            connection.execute("SELECT 1")
            self._looked_at = time.monotonic()


def _take(connection: psycopg.Connection, node: int) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s::bigint)", [node]).fetchone()
    return row == (True,)
