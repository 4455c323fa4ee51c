"""How much of the disk the capture objects of a data folder may take.

The catalog is not counted: its file keeps the room of rows that are removed, for those that come.
"""

from __future__ import annotations

import threading
import uuid

from harlake.errors import InsufficientStorageError


class Quota:
    """Counts what is in the folder of captures, without looking at it again."""

    def __init__(self, limit: int | None) -> None:
        """``limit`` is in bytes, None for any number."""
        self._limit = limit
        self._complete = 0
        self._writing: dict[uuid.UUID, int] = {}
        self._lock = threading.Lock()

    @property
    def is_limited(self) -> bool:
        """Whether there is a limit, without which nothing needs to be counted."""
        return self._limit is not None

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

    def check(self) -> None:
        """Raise InsufficientStorageError when there is more than there may be."""
        if self._limit is None:
            return
        with self._lock:
            used = self._complete + sum(self._writing.values())
        if used > self._limit:
            raise InsufficientStorageError(f"captures would take {used} bytes, and may take {self._limit}")
