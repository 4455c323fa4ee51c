"""Stages that work at the same time, joined by channels: a coroutine that feeds the first, and a thread for each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from anyio import to_thread

from harlake import memory
from harlake.errors import HarlakeError, InvalidHarError
from harlake.pipeline.channel import Channel, ChannelCancelled


async def run_stages(
    receive: Callable[[], Awaitable[None]], threads: list[Callable[[], Any]], channels: list[Channel[Any]]
) -> list[Any]:
    """Run a coroutine that feeds the first channel, and a thread per stage; return what the threads return.

    The first error in any of them cancels all channels, and is raised when everything has stopped.
    """
    run = _Run(threads, channels)
    async with anyio.create_task_group() as group:
        for number in range(len(threads)):
            group.start_soon(run.run_thread, number)
        await run.run_receive(receive)
    await to_thread.run_sync(memory.release)
    if run.errors:
        raise _first(run.errors)
    return run.results


class _Run:
    """Stages that are running, what their threads have returned, and what has gone wrong."""

    def __init__(self, threads: list[Callable[[], Any]], channels: list[Channel[Any]]) -> None:
        self._threads = threads
        self._channels = channels
        # A limiter of its own: uploads that waited for each other's threads would wait forever.
        self._limiter = anyio.CapacityLimiter(len(threads))
        self.results: list[Any] = [None] * len(threads)
        self.errors: list[BaseException] = []

    async def run_thread(self, number: int) -> None:
        try:
            # Not abandoned on cancellation: a channel that is cancelled ends the thread at once.
            self.results[number] = await to_thread.run_sync(self._threads[number], limiter=self._limiter)
        except InvalidHarError as error:
            # Its traceback would keep all alive that has been read.
            self._give_up(error.with_traceback(None))
            error.__cause__ = error.__context__ = None
        except Exception as error:
            self._give_up(error)

    async def run_receive(self, receive: Callable[[], Awaitable[None]]) -> None:
        try:
            await receive()
            self._channels[0].close()
        except Exception as error:
            self._give_up(error)
        except BaseException as error:  # cancellation must go on, but not leave the threads waiting
            self._give_up(error)
            raise

    def _give_up(self, error: BaseException) -> None:
        if not isinstance(error, ChannelCancelled):
            self.errors.append(error)
        for channel in self._channels:
            channel.cancel()


def _first(errors: list[BaseException]) -> BaseException:
    """Return the error to answer with: what is wrong with the upload, rather than what followed from it."""
    return next((error for error in errors if isinstance(error, HarlakeError)), errors[0])
