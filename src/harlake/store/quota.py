"""How much the capture objects of a store may take.

The catalog is not counted: its file keeps the room of rows that are removed, for those that come.

A process that has its store for itself sees all that comes and goes. Of nodes that share one, each asks the catalog now
and then what there is: as an import begins, and before anything is refused.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from typing import Final

from harlake.errors import InsufficientStorageError

#: Seconds for which nobody asks again what other nodes have imported and removed.
_INTERVAL: Final = 10


class Quota:
    """Counts what is stored, without looking at it again, or by asking ``count`` where others write and remove, too."""

    def __init__(self, limit: int | None, count: Callable[[], int] | None = None) -> None:
        """``limit`` is in bytes, None for any number."""
        self._limit = limit
        self._count = count
        self._counted_at = -float(_INTERVAL)
        self._complete = 0
        self._writing: dict[uuid.UUID, int] = {}
        self._lock = threading.Lock()

    @property
    def needs_lengths(self) -> bool:
        """Whether there is a limit, and it is to be told of all objects that are there already."""
        return self._limit is not None and self._count is None

    def add(self, length: int) -> None:
        """Count an object that is there already, or, with a negative length, one no more."""
        with self._lock:
            self._complete += length

    def write(self, capture: uuid.UUID, length: int) -> None:
        """Count an object that is being written, as long as it is by now. Raises InsufficientStorageError."""
        with self._lock:
            self._writing[capture] = length
        self.check()

    def complete(self, capture: uuid.UUID) -> None:
        """Count an object as one that stays; one that is not being written was removed."""
        with self._lock:
            self._complete += self._writing.pop(capture, 0)

    def discard(self, capture: uuid.UUID) -> bool:
        """Count an object that is being written no more; return whether it was one."""
        with self._lock:
            return self._writing.pop(capture, None) is not None

    def check_anew(self) -> None:
        """Raise InsufficientStorageError when there is more than there may be, by a count that is not old."""
        if self._limit is not None and time.monotonic() - self._counted_at >= _INTERVAL:
            self._recount()
        self.check()

    def check(self) -> None:
        """Raise InsufficientStorageError when there is more than there may be."""
        if self._limit is None or self._used() <= self._limit:
            return
        self._recount()
        if (used := self._used()) > self._limit:
            raise InsufficientStorageError(f"captures would take {used} bytes, and may take {self._limit}")

    def _used(self) -> int:
        with self._lock:
            return self._complete + sum(self._writing.values())

    def _recount(self) -> None:
        if self._count is None:
            return
        counted_at, count = time.monotonic(), self._count()
        with self._lock:
            self._counted_at, self._complete = counted_at, count
