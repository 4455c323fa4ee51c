"""Turns for threads that need the interpreter.

More of them at a time would only make each other wait, and the event loop as well, which then answers nobody.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class FairSemaphore:
    """Lets so many threads at a time into a ``with`` statement; first come, first served."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: deque[threading.Lock] = deque()
        self._changing = threading.Lock()

    def __enter__(self) -> None:
        """Wait for a place."""
        with self._changing:
            if self._free:
                self._free -= 1
                return
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        gate.acquire()

    def __exit__(self, *_: object) -> None:
        """Hand the place to whoever has waited longest: without that, the same thread would take it again."""
        with self._changing:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1

    @contextmanager
    def left(self) -> Iterator[None]:
        """Leave the place to others for as long as this takes: inside of a turn, for what may wait."""
        self.__exit__()
        try:
            yield
        finally:
            self.__enter__()
