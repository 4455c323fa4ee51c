"""Memory that requests share: the more of them there are, the less each may take."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class FairShare:
    """``total`` bytes for all members together, of which each gets its share: ``least`` at least, ``most`` at most."""

    def __init__(self, total: int, least: int, most: int) -> None:
        self._total = total
        self._least = least
        self._most = most
        self._members = 0
        self._lock = threading.Lock()

    @contextmanager
    def member(self) -> Iterator[int]:
        """Return how many bytes a new member may take, as long as the context lasts.

        Those who came before it keep what they have: of 1,000 members, all together have about seven times the total.
        """
        with self._lock:
            self._members += 1
            share = max(self._least, min(self._most, self._total // self._members))
        try:
            yield share
        finally:
            with self._lock:
                self._members -= 1
