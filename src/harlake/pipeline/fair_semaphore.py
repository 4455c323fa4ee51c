"""A semaphore for threads that need the interpreter: first come, first served.

More of them at a time would only make each other wait, and the event loop as well, which then answers nobody.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class FairSemaphore:
    """Lets up to ``permits`` threads at a time into a ``with`` statement; first come, first served."""

    def __init__(self, permits: int) -> None:
        self._free = permits
        self._waiting: deque[threading.Lock] = deque()
        self._changing = threading.Lock()

    def __enter__(self) -> None:
        """Wait for a permit."""
        with self._changing:
            if self._free:
                self._free -= 1
                return
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        gate.acquire()

    def __exit__(self, *_: object) -> None:
        """Hand the permit to the thread that has waited longest: without that, the same one would take it again."""
        with self._changing:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1

    @contextmanager
    def released(self) -> Iterator[None]:
        """Give the permit up for as long as this takes: by a thread that has one, for what may wait."""
        self.__exit__()
        try:
            yield
        finally:
            self.__enter__()
