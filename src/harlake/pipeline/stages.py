"""Stages that work at the same time, joined by channels: a coroutine that feeds the first, and a thread for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
from anyio import to_thread

from harlake import memory
from harlake.errors import HarlakeError, InvalidHarError
from harlake.pipeline.channel import Channel, ChannelCancelled


async def run_stages(
    receive: Callable[[], Any], threads: list[Callable[[], Any]], channels: list[Channel[Any]]
) -> list[Any]:
    """Run a coroutine that feeds the first channel, and a thread per stage; return what the threads return.

    The first error in any of them cancels all channels, and is raised when everything has stopped.
    """
    results: list[Any] = [None] * len(threads)
    errors: list[BaseException] = []
    # A limiter of its own: uploads that waited for each other's threads would wait forever.
    limiter = anyio.CapacityLimiter(len(threads))

    def give_up(error: BaseException) -> None:
        if not isinstance(error, ChannelCancelled):
            errors.append(error)
        for channel in channels:
            channel.cancel()

    async def run_thread(number: int) -> None:
        try:
            # Not abandoned on cancellation: a channel that is cancelled ends the thread at once.
            results[number] = await to_thread.run_sync(threads[number], limiter=limiter)
        except InvalidHarError as error:
            # Its traceback would keep all alive that has been read.
            give_up(error.with_traceback(None))
            error.__cause__ = error.__context__ = None
        except Exception as error:
            give_up(error)

    async def run_receive() -> None:
        try:
            await receive()
            channels[0].close()
        except Exception as error:
            give_up(error)
        except BaseException as error:  # cancellation must go on, but not leave the threads waiting
            give_up(error)
            raise

    async with anyio.create_task_group() as group:
        for number in range(len(threads)):
            group.start_soon(run_thread, number)
        await run_receive()
    await to_thread.run_sync(memory.release)
    if errors:
        raise _first(errors)
    return results


def _first(errors: list[BaseException]) -> BaseException:
    """Return the error to answer with: what is wrong with the upload, rather than what followed from it."""
    return next((error for error in errors if isinstance(error, HarlakeError)), errors[0])
