"""Work that runs in threads a slice at a time, and holds none while it waits for somebody else.

However many clients have stopped sending or reading, their work costs no thread; and however long some work takes, its
turn is short.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar

import anyio
from anyio import CapacityLimiter, to_thread

Result = TypeVar("Result")

#: Seconds after which work gives up its thread to whatever else waits for one.
_SLICE: Final = 0.1


class Wait(Protocol):
    """What some work cannot go on without."""

    def poll(self, seconds: float) -> bool:
        """Wait in a thread for so many seconds at most, and return whether it has come."""

    async def wait(self) -> None:
        """Wait on the event loop."""


#: Blocking work as a generator: it yields what it waits for, or None where it may be interrupted.
Work = Generator[Wait | None, None, Result]


@dataclass(frozen=True, slots=True)
class _Ended(Generic[Result]):
    result: Result


async def run_in_slices(work: Work[Result], limiter: CapacityLimiter, patience: float = 0) -> Result:
    """Run some work in threads of the limiter, and return what it returns; when it is cancelled, the work is closed.

    It keeps its thread for ``patience`` seconds while it waits: to get one again takes longer than most waits do.
    """
    try:
        while True:
            outcome = await to_thread.run_sync(_run_slice, work, patience, limiter=limiter)
            if isinstance(outcome, _Ended):
                return outcome.result  # type: ignore[no-any-return]  # it is what this work has returned
            if outcome is not None:
                await outcome.wait()
    except anyio.get_cancelled_exc_class():
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(work.close, limiter=limiter)
        raise


def _run_slice(work: Work[Any], patience: float) -> Wait | _Ended[Any] | None:
    """Go on with some work until it ends, has to wait, or has had its time."""
    end = time.monotonic() + _SLICE
    while True:
        try:
            wait = next(work)
        except StopIteration as stop:
            return _Ended(stop.value)
        if wait is not None and not wait.poll(patience):
            return wait
        if time.monotonic() >= end:
            return None
