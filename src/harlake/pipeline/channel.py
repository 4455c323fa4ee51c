"""A bounded channel between the event loop and threads: flow control from each stage to the one before it.

Bounded in bytes, not in items. Either end may be a coroutine (``asend``, ``areceive``) or a thread (``send``,
``receive``). When one side gives up, the other side learns of it at its next step.

Waking a thread costs more than moving a chunk, so a thread that receives is woken for a batch of items, or when
what there is has waited for a moment.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from contextlib import suppress
from typing import Final, Generic, TypeVar

import anyio

Item = TypeVar("Item")

#: Seconds that a receiving thread waits for a full batch.
_PATIENCE: Final = 0.01


class ChannelClosed(Exception):  # noqa: N818 - no error
    """The sender has closed the channel, and everything has been received."""


class ChannelCancelled(Exception):  # noqa: N818 - no error
    """The other side has given up."""


class Channel(Generic[Item]):
    """A first-in first-out channel of items that may weigh up to ``capacity`` bytes, or one item if that is heavier.

    Made on the event loop; one sender, one receiver.
    """

    def __init__(self, capacity: int, batch: int = 0) -> None:
        """``batch`` is how many bytes :meth:`receive` waits for, if only for a moment."""
        self._capacity = capacity
        self._batch = batch
        self._items: deque[tuple[Item, int]] = deque()
        self._weight = 0
        self._closed = False
        self._cancelled = False
        self._changed = threading.Condition()
        self._waiting: anyio.Event | None = None
        self._loop = asyncio.get_running_loop()

    def send(self, item: Item, weight: int) -> None:
        """Put an item in from a thread, waiting for room. Raises ChannelCancelled."""
        with self._changed:
            while not self._put(item, weight):
                self._changed.wait()

    def check(self) -> None:
        """Raise ChannelCancelled when the other side has given up."""
        with self._changed:
            if self._cancelled:
                raise ChannelCancelled

    async def asend(self, item: Item, weight: int) -> None:
        """Put an item in from the event loop, waiting for room. Raises ChannelCancelled."""
        while True:
            with self._changed:
                if self._put(item, weight):
                    return
                waiting = self._waiting = anyio.Event()
            await waiting.wait()

    def receive(self) -> list[Item]:
        """Take all items out in a thread, waiting for some. Raises ChannelClosed or ChannelCancelled."""
        with self._changed:
            while not self._has_item():
                self._changed.wait()
            if self._weight < self._batch and not self._closed:
                self._changed.wait(_PATIENCE)
                self._has_item()  # raises if the channel has been cancelled
            items = [item for item, _ in self._items]
            self._items.clear()
            self._weight = 0
            self._wake()
            return items

    async def areceive(self) -> Item:
        """Take an item out on the event loop, waiting for one. Raises ChannelClosed or ChannelCancelled."""
        while True:
            with self._changed:
                if self._has_item():
                    return self._take()
                waiting = self._waiting = anyio.Event()
            await waiting.wait()

    def close(self) -> None:
        """End the channel, from the sender's side: what is in it will still be received."""
        with self._changed:
            self._closed = True
            self._wake()

    def cancel(self) -> None:
        """Give up, from either side: what is in it is dropped."""
        with self._changed:
            self._cancelled = True
            self._items.clear()
            self._wake()

    def _put(self, item: Item, weight: int) -> bool:
        if self._cancelled:
            raise ChannelCancelled
        if self._items and self._weight + weight > self._capacity:
            return False
        before = self._weight
        self._items.append((item, weight))
        self._weight += weight
        if before == 0 or before < self._batch <= self._weight or self._waiting is not None:
            self._wake()
        return True

    def _has_item(self) -> bool:
        if self._cancelled:
            raise ChannelCancelled
        if not self._items and self._closed:
            raise ChannelClosed
        return bool(self._items)

    def _take(self) -> Item:
        item, weight = self._items.popleft()
        self._weight -= weight
        # The event loop is woken when half of the room is free, not for each item: a wake-up costs more than one.
        if self._waiting is None or self._weight <= self._capacity // 2:
            self._wake()
        return item

    def _wake(self) -> None:
        """Wake whoever waits, from whichever thread this is."""
        self._changed.notify_all()
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
                # Not anyio.from_thread: that waits for the loop, which may be waiting for our lock.
                self._loop.call_soon_threadsafe(waiting.set)
