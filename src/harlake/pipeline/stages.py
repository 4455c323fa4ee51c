"""Stages that work at the same time, joined by channels: a coroutine that feeds the first, and work in threads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import anyio
from anyio import CapacityLimiter

from harlake.errors import HarlakeError
from harlake.pipeline.channel import Channel, ChannelCancelled
from harlake.pipeline.slices import Work, run_in_slices


@dataclass(frozen=True, slots=True)
class Stage:
    """Some work, the threads that it may have, and how long it keeps one while it waits, in seconds."""

    work: Work[Any]
    limiter: CapacityLimiter
    patience: float = 0


async def run_stages(
    receive: Callable[[], Awaitable[None]], stages: list[Stage], channels: list[Channel[Any]]
) -> list[Any]:
    """Run a coroutine that feeds the first channel, and stages; return what these return.

    The first error in any of them cancels all channels, and is raised when everything has stopped.
    """
    run = _Run(stages, channels)
    async with anyio.create_task_group() as group:
        for number in range(len(stages)):
            group.start_soon(run.run_stage, number)
        await run.run_receive(receive)
    if run.errors:
        raise _first(run.errors)
    return run.results


class _Run:
    """Stages that are running, what they have returned, and what has gone wrong."""

    def __init__(self, stages: list[Stage], channels: list[Channel[Any]]) -> None:
        self._stages = stages
        self._channels = channels
        # One that is cancelled ends what runs in it, after its slice at the latest.
        self._scopes = [anyio.CancelScope() for _ in range(len(stages) + 1)]
        self.results: list[Any] = [None] * len(stages)
        self.errors: list[BaseException] = []

    async def run_stage(self, number: int) -> None:
        stage = self._stages[number]
        try:
            with self._scopes[number]:
                self.results[number] = await run_in_slices(stage.work, stage.limiter, stage.patience)
        except HarlakeError as error:
            # Its traceback would keep all alive that has been read.
            self._give_up(error.with_traceback(None))
            error.__cause__ = error.__context__ = None
        except Exception as error:
            self._give_up(error)

    async def run_receive(self, receive: Callable[[], Awaitable[None]]) -> None:
        try:
            with self._scopes[-1]:
                await receive()
                self._channels[0].close()
        except Exception as error:
            self._give_up(error)

    def _give_up(self, error: BaseException) -> None:
        if not isinstance(error, ChannelCancelled):
            self.errors.append(error)
        for channel in self._channels:
            channel.cancel()
        for scope in self._scopes:
            scope.cancel()


def _first(errors: list[BaseException]) -> BaseException:
    """Return the error to answer with: what is wrong with the upload, rather than what followed from it."""
    return next((error for error in errors if isinstance(error, HarlakeError)), errors[0])
