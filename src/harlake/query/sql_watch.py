"""Stops a client's query: when its time is over, when the process takes too much memory, or when nobody waits for it.

DuckDB does not count all memory in its limit: ``median`` and ``mode`` keep the values of all rows, *1 GB in 3 s*.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import duckdb

from harlake.errors import ExpensiveQueryError
from harlake.limits import MIB
from harlake.memory import resident_bytes

#: Seconds between two looks; in one, a query takes some 10 MiB.
_PERIOD: Final = 0.01
#: What the process may grow by while a query runs: DuckDB's limit, and what it does not count.
_MAX_GROWTH: Final = 208 * MIB


class QueryWatch:
    """Watches one query from a thread of its own, and interrupts it until it ends."""

    def __init__(self, seconds: float | None) -> None:
        """``seconds`` is how long the query may take, None for any time."""
        self._seconds = seconds
        self._ended = threading.Event()
        #: Why the query was stopped, None where it was not.
        self.reason: str | None = None

    @contextmanager
    def over(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Watch what the cursor does. Raises ExpensiveQueryError where it was stopped before it began."""
        if self.reason is not None:
            raise ExpensiveQueryError("it was cancelled before it began")
        thread = threading.Thread(target=self._watch, args=[cursor], name="query watch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def stop(self, reason: str) -> None:
        """Stop the query, or never let it begin."""
        if self.reason is None:
            self.reason = reason

    def check(self) -> None:
        """Raise ExpensiveQueryError where the query was stopped."""
        if self.reason is not None:
            raise ExpensiveQueryError(self.reason)

    def _watch(self, cursor: duckdb.DuckDBPyConnection) -> None:
        give_up = None if self._seconds is None else time.monotonic() + self._seconds
        most = resident_bytes() + _MAX_GROWTH
        while not self._ended.wait(_PERIOD):
            if give_up is not None and time.monotonic() > give_up:
                self.stop(f"it was stopped after {self._seconds} seconds")
            elif resident_bytes() > most:
                self.stop(f"it took more than {_MAX_GROWTH // MIB} MiB of memory")
            if self.reason is not None:
                cursor.interrupt()  # again and again: what comes between two statements interrupts neither
