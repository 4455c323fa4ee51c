"""Ends waiting for a server that does not answer.

PostgreSQL ends statements that take too long, and the system's network finds out that a machine is gone. Neither helps
where the server's machine is there and its processes stand still: with a disk that hangs, or because they were stopped.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import psycopg

#: Seconds between two looks at what is waited for.
_INTERVAL: Final = 1


class Deadlines:
    """Cuts connections off that are waited for longer than so many seconds; :meth:`close` it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends: dict[psycopg.Connection, float] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        threading.Thread(target=self._watch, name="deadlines", daemon=True).start()

    @contextmanager
    def over(self, connection: psycopg.Connection) -> Iterator[None]:
        """Let what is done with a connection fail with ``psycopg.OperationalError`` when it takes too long."""
        with self._lock:
            self._ends[connection] = time.monotonic() + self._seconds
        try:
            yield
        finally:
            with self._lock:
                del self._ends[connection]

    def close(self) -> None:
        """Watch no more."""
        self._closing.set()

    def _watch(self) -> None:
        while not self._closing.wait(_INTERVAL):
            now = time.monotonic()
            with self._lock:  # so that nobody else has got the connection since
                for connection in [one for one, end in self._ends.items() if end < now]:
                    _cut(connection)


def _cut(connection: psycopg.Connection) -> None:
    """Let whoever waits for a connection see that it has ended; closing it here would take it away under his hands."""
    with suppress(psycopg.Error, OSError), socket.socket(fileno=os.dup(connection.fileno())) as duplicate:
        duplicate.shutdown(socket.SHUT_RDWR)
