"""A bounded channel between the event loop and threads: flow control from each stage to the one before it.

Bounded in bytes, not in items. :meth:`Channel.put` and :meth:`Channel.take` return at once; where they had no success,
:attr:`Channel.drained` and :attr:`Channel.filled` are what to wait for (see :mod:`harlake.pipeline.slices`). When one
side gives up, the other side learns of it at its next step.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Generic, TypeVar

import anyio

Item = TypeVar("Item")

#: Seconds that a receiver waits for a full batch: to begin work costs more than to move a chunk.
_PATIENCE: Final = 0.01


class ChannelClosed(Exception):  # noqa: N818 - no error
    """The sender has closed the channel, and everything has been received."""


class ChannelCancelled(Exception):  # noqa: N818 - no error
    """The other side has given up."""


class Channel(Generic[Item]):
    """A first-in first-out channel of items that may weigh up to ``capacity`` bytes, or one item if that is heavier.

    Made on the event loop; one sender, one receiver, each of them a coroutine or a thread.
    """

    def __init__(self, capacity: int, batch: int = 1) -> None:
        """``batch`` is from how many bytes on it is :attr:`filled`, or else when they have waited for a moment."""
        self._capacity = capacity
        self._batch = batch
        self._items: deque[tuple[Item, int]] = deque()
        self._weight = 0
        self._refused = 0
        self._closed = False
        self._cancelled = False
        self._changed = _Condition()
        #: There is something to be taken, or the channel has ended.
        self.filled = Signal(self._changed, lambda: bool(self._items) or self._ended, self._has_batch)
        #: Half of the room is free, and enough for what had none; or the channel has been cancelled.
        self.drained = Signal(self._changed, self._has_room)

    def put(self, item: Item, weight: int) -> bool:
        """Put an item in, if there is room, and return whether there was. Raises ChannelCancelled."""
        with self._changed:
            if self._cancelled:
                raise ChannelCancelled
            if self._items and self._weight + weight > self._capacity:
                self._refused = weight
                return False
            self._refused = 0
            before = self._weight
            self._items.append((item, weight))
            self._weight += weight
            if len(self._items) == 1 or before < self._batch:
                self._changed.notify_all()
            return True

    async def send(self, item: Item, weight: int) -> None:
        """Put an item in from the event loop, waiting for room. Raises ChannelCancelled."""
        while not self.put(item, weight):
            await self.drained.wait()

    def take(self) -> list[Item]:
        """Take out all items there are. Raises ChannelClosed or ChannelCancelled."""
        with self._changed:
            self._check()
            items = [item for item, _ in self._items]
            self._items.clear()
            self._weight = 0
            self._changed.notify_all()
            return items

    async def receive(self) -> Item:
        """Take an item out on the event loop, waiting for one. Raises ChannelClosed or ChannelCancelled."""
        while True:
            with self._changed:
                self._check()
                if self._items:
                    had_room = self._has_room()
                    item, weight = self._items.popleft()
                    self._weight -= weight
                    if not had_room and self._has_room():
                        self._changed.notify_all()
                    return item
            await self.filled.wait()

    def check(self) -> None:
        """Raise ChannelCancelled when the other side has given up."""
        if self._cancelled:
            raise ChannelCancelled

    def close(self) -> None:
        """End the channel, from the sender's side: what is in it will still be received."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def cancel(self) -> None:
        """Give up, from either side: what is in it is dropped."""
        with self._changed:
            self._cancelled = True
            self._items.clear()
            self._weight = 0
            self._changed.notify_all()

    @property
    def _ended(self) -> bool:
        return self._closed or self._cancelled

    def _has_room(self) -> bool:
        if self._cancelled or not self._items:
            return True
        return self._weight + max(self._refused, self._capacity - self._capacity // 2) <= self._capacity

    def _has_batch(self) -> bool:
        return self._weight >= self._batch or self._ended

    def _check(self) -> None:
        if self._cancelled:
            raise ChannelCancelled
        if not self._items and self._closed:
            raise ChannelClosed


class _Condition:
    """A condition variable that threads and coroutines wait for."""

    def __init__(self) -> None:
        self._threads = threading.Condition()
        self._coroutines: list[anyio.Event] = []
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> None:
        self._threads.acquire()

    def __exit__(self, *_: object) -> None:
        self._threads.release()

    def notify_all(self) -> None:
        """Wake whoever waits, from whichever thread this is, which holds the lock."""
        self._threads.notify_all()
        coroutines, self._coroutines = self._coroutines, []
        for event in coroutines:
            with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
                # Not anyio.from_thread: that waits for the loop, which may be waiting for our lock.
                self._loop.call_soon_threadsafe(event.set)

    def wait_for(self, predicate: Callable[[], bool], seconds: float) -> bool:
        """Wait in a thread for so many seconds at most, and return whether the predicate is true."""
        with self:
            return self._threads.wait_for(predicate, seconds)

    async def until(self, predicate: Callable[[], bool]) -> None:
        """Wait on the event loop until the predicate is true."""
        while True:
            with self:
                if predicate():
                    return
                event = anyio.Event()
                self._coroutines.append(event)
            await event.wait()


class Signal:
    """Something that is waited for: by a thread for a moment, by a coroutine for as long as it takes."""

    def __init__(
        self, changed: _Condition, holds: Callable[[], bool], preferred: Callable[[], bool] | None = None
    ) -> None:
        """``preferred`` is what a coroutine waits for a moment longer."""
        self._changed = changed
        self._holds = holds
        self._preferred = preferred

    def poll(self, seconds: float) -> bool:
        """Wait in a thread for so many seconds at most, and return whether it has come."""
        return self._changed.wait_for(self._holds, seconds)

    async def wait(self) -> None:
        """Wait on the event loop."""
        await self._changed.until(self._holds)
        if self._preferred is not None and not self._preferred():
            with anyio.move_on_after(_PATIENCE):
                await self._changed.until(self._preferred)
