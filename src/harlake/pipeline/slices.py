"""Work that runs in threads a slice at a time, and holds none while it waits for somebody else.

However many clients have stopped sending or reading, their work costs no thread; and however long some work takes, its
turn is short.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

import anyio
from anyio import CapacityLimiter, to_thread

_Result = TypeVar("_Result")

#: Seconds after which work gives up its thread to whatever else waits for one.
_SLICE: Final = 0.1


class Wait(Protocol):
    """What some work cannot go on without."""

    def poll(self, seconds: float) -> bool:
        """Wait in a thread for so many seconds at most, and return whether it has come."""

    async def wait(self) -> None:
        """Wait on the event loop."""


@dataclass(frozen=True, slots=True)
class WaitAtMost:
    """A wait that ends after so many seconds, whether it has come or not."""

    signal: Wait
    seconds: float

    def poll(self, seconds: float) -> bool:
        """Wait in a thread for so many seconds at most, and return whether it has come."""
        return self.signal.poll(seconds)

    async def wait(self) -> None:
        """Wait on the event loop."""
        with anyio.move_on_after(self.seconds):
            await self.signal.wait()


#: Blocking work as a generator: it yields what it waits for, or None where it may be interrupted.
Work = Generator[Wait | None, None, _Result]


@dataclass(frozen=True, slots=True)
class _Ended(Generic[_Result]):
    result: _Result


async def run_in_slices(work: Work[_Result], limiter: CapacityLimiter, patience: float = 0) -> _Result:
    """Run some work in threads of the limiter, and return what it returns; when it is cancelled, the work is closed.

    It keeps its thread for ``patience`` seconds while it waits: to get one again takes longer than most waits do.
    """
    slices = _Slices(work, patience)
    try:
        while True:
            outcome = await to_thread.run_sync(slices.run_next, limiter=limiter)
            if isinstance(outcome, _Ended):
                return outcome.result
            if outcome is not None:
                await outcome.wait()
    except anyio.get_cancelled_exc_class():
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(slices.close, limiter=limiter)
        raise


class _Slices(Generic[_Result]):
    """Some work, cut into slices, of which one runs at a time."""

    def __init__(self, work: Work[_Result], patience: float) -> None:
        self._work = work
        self._patience = patience
        # An event loop that shuts down cancels what waits for a thread, whatever this one is doing.
        self._running = threading.Lock()

    def run_next(self) -> Wait | _Ended[_Result] | None:
        """Go on until the work ends, has to wait, or has had its time."""
        end = time.monotonic() + _SLICE
        with self._running:
            while True:
                try:
                    wait = next(self._work)
                except StopIteration as stop:
                    return _Ended(stop.value)
                if wait is not None and not wait.poll(self._patience):
                    return wait
                if time.monotonic() >= end:
                    return None

    def close(self) -> None:
        """End the work where it is."""
        with self._running:
            self._work.close()
