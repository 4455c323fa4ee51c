"""Memory that requests hold beyond the little that each may hold anyway: counted, and bounded for all together.

What a request holds while its client neither sends nor reads is small, but for the largest entries, which have to be
held as a whole. One of them is always possible; as many as there are clients are not.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import anyio

from harlake.errors import TooBusyError
from harlake.limits import MIB

#: Bytes that each request may hold uncounted.
_FREE: Final = MIB

#: Seconds between two looks whether there is room.
_INTERVAL: Final = 0.1


class MemoryBudget:
    """``total`` bytes for what all requests hold beyond a MiB each; a request that is alone may exceed it."""

    def __init__(self, total: int = 512 * MIB) -> None:
        self.total = total
        #: Bytes that are counted now.
        self.used = 0
        #: Requests that wait for room.
        self.waiting = 0
        self._lock = threading.Lock()

    @contextmanager
    def account(self, measure: Callable[[], int]) -> Iterator[Account]:
        """Count what one request holds, as ``measure`` tells it, as long as the context lasts."""
        account = Account(self._settle, measure)
        try:
            yield account
        finally:
            self._close(account)

    def has_room_for(self, size: int) -> bool:
        """Return whether one more request may hold so many bytes now."""
        return size <= _FREE or not self.used or self.used + size - _FREE <= self.total

    @asynccontextmanager
    async def reserve(self, size: int, patience: float = 0) -> AsyncIterator[None]:
        """Hold so many bytes as long as the context lasts, having waited for them for so many seconds at most.

        Raises TooBusyError.
        """
        with self.account(lambda: size) as account:
            await self._wait_for_room(account, patience)
            yield

    async def _wait_for_room(self, account: Account, patience: float) -> None:
        self.waiting += 1
        try:
            with anyio.move_on_after(patience):
                while not self._settle(account):  # noqa: ASYNC110 - what gives room is measured, and says nothing
                    await anyio.sleep(_INTERVAL)
                return
        finally:
            self.waiting -= 1
        account.recount()

    def _settle(self, account: Account) -> bool:
        """Count what a request holds now; return whether there is room for it."""
        with self._lock:
            counted = max(0, account.measure() - _FREE)
            growth = counted - account.counted
            others = self.used - account.counted
            if growth > 0 and others and self.used + growth > self.total:
                return False
            self.used += growth
            account.counted = counted
            return True

    def _close(self, account: Account) -> None:
        with self._lock:
            self.used -= account.counted
            account.counted, account.measure = 0, lambda: 0


class Account:
    """What one request holds: how many bytes are counted of it, and how to measure them."""

    def __init__(self, settle: Callable[[Account], bool], measure: Callable[[], int]) -> None:
        self.measure = measure
        self.counted = 0
        self._settle = settle

    def recount(self) -> None:
        """Measure again, from any thread. Raises TooBusyError where all together would hold too much."""
        if not self._settle(self):
            raise TooBusyError("requests with large entries hold all the memory that they may")
