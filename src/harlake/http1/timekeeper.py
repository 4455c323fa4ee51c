"""Ends connections that take too long for what they are doing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Final, Protocol

#: Seconds between two looks at all connections.
_INTERVAL: Final = 1.0


class Connection(Protocol):
    """What can be overdue."""

    def end_if_overdue(self, now: float) -> None:
        """End it, if it is, at a time of the event loop's clock."""


class Timekeeper:
    """Looks at all connections of a server now and then, and ends those that are overdue."""

    def __init__(self, connections: Collection[Connection]) -> None:
        self._connections = connections
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, on the event loop."""
        self._task = asyncio.create_task(self._run(asyncio.get_running_loop().time))

    async def _run(self, clock: Callable[[], float]) -> None:
        while True:
            await asyncio.sleep(_INTERVAL)
            now = clock()
            for connection in list(self._connections):
                connection.end_if_overdue(now)
