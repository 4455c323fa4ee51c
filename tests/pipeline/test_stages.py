"""Stages side by side: what they return, and which error is answered with."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from anyio import CapacityLimiter

from harlake.errors import InsufficientStorageError, InvalidJsonError, NoFileError
from harlake.pipeline.channel import Channel, ChannelClosed
from harlake.pipeline.slices import Work
from harlake.pipeline.stages import Stage, run_stages


def _received(channel: Channel[Any]) -> Work[list[Any]]:
    items: list[Any] = []
    try:
        while True:
            taken = channel.take()
            items += taken
            if not taken:
                yield channel.filled
    except ChannelClosed:
        return items


def _counted(channel: Channel[Any]) -> Work[int]:
    items = yield from _received(channel)
    return len(items)


def _failing(error: Exception) -> Callable[[Channel[int]], Work[None]]:
    def stage(channel: Channel[int]) -> Work[None]:
        yield channel.filled
        raise error

    return stage


async def _run(
    first: Callable[[Channel[int]], Work[Any]],
    second: Callable[[Channel[int]], Work[Any]] = _received,
    *,
    count: int = 100,
    error: Exception | None = None,
) -> list[Any]:
    """Run a coroutine that sends numbers to two stages, and fails at the end if it is given an error."""
    channels: list[Channel[int]] = [Channel(4), Channel(4)]

    async def receive() -> None:
        for number in range(count):
            await channels[0].send(number, 1)
        if error is not None:
            raise error

    def run_first() -> Work[Any]:
        result = yield from first(channels[0])
        channels[1].close()
        return result

    stages = [Stage(run_first(), CapacityLimiter(1)), Stage(second(channels[1]), CapacityLimiter(1), 0.02)]
    return await run_stages(receive, stages, channels)


def test_stages_return_what_they_have_made() -> None:
    """Results are in the order of the stages, and the first channel is closed when all has been received."""

    async def main() -> None:
        with anyio.fail_after(10):
            assert await _run(_received, _counted) == [list(range(100)), 0]

    anyio.run(main)


@pytest.mark.parametrize("count", [2, 100])
def test_an_error_of_a_stage_stops_all(count: int) -> None:
    """Whether the coroutine is still sending or not, the error of the stage is raised, not what followed from it."""
    ended: list[bool] = []

    def second(channel: Channel[int]) -> Work[None]:
        try:
            yield from _received(channel)
        finally:
            ended.append(True)

    async def main() -> None:
        with anyio.fail_after(10), pytest.raises(InvalidJsonError, match="bad"):
            await _run(_failing(InvalidJsonError("bad")), second, count=count)

    anyio.run(main)
    assert ended == [True]


def test_an_error_of_the_coroutine_stops_the_threads() -> None:
    """An upload that breaks off ends the stages, which wait for more of it."""

    async def main() -> None:
        with anyio.fail_after(10), pytest.raises(NoFileError):
            await _run(_received, error=NoFileError("none"))

    anyio.run(main)


def test_an_error_with_an_answer_comes_first() -> None:
    """Of several errors, the one that the client is told of is harlake's own, though another one was earlier."""
    gate = threading.Event()

    def first(_: Channel[int]) -> Work[None]:
        yield None
        gate.set()
        raise ValueError("earlier")

    def second(_: Channel[int]) -> Work[None]:
        yield None
        assert gate.wait(10)
        raise InsufficientStorageError("full")

    async def main() -> None:
        with anyio.fail_after(10), pytest.raises(InsufficientStorageError):
            await _run(first, second)

    anyio.run(main)


def test_other_errors_are_raised_as_they_are() -> None:
    """A bug in a stage is not hidden."""

    async def main() -> None:
        with anyio.fail_after(10), pytest.raises(ZeroDivisionError):
            await _run(_failing(ZeroDivisionError()))

    anyio.run(main)


def test_cancellation_goes_on_when_the_threads_have_ended() -> None:
    """A client that leaves ends all stages at once, though they are waiting for what will not come."""
    ended: list[bool] = []

    def first(channel: Channel[int]) -> Work[None]:
        try:
            yield from _received(channel)
        finally:
            ended.append(True)

    async def main() -> None:
        channel: Channel[int] = Channel(1)
        with anyio.move_on_after(0.1) as scope:
            await run_stages(anyio.sleep_forever, [Stage(first(channel), CapacityLimiter(1))], [channel])
        assert scope.cancelled_caught

    anyio.run(main)
    assert ended == [True]


class _Text:
    """Something that was read."""


def test_a_refused_har_keeps_nothing_alive_that_was_read() -> None:
    """The error has no traceback and no cause, in whose frames the text would be."""
    refs: list[weakref.ref[_Text]] = []
    caught: list[InvalidJsonError] = []

    def read(_: Channel[int]) -> Work[None]:
        yield None
        text = _Text()
        refs.append(weakref.ref(text))
        try:
            raise ValueError("inner")
        except ValueError as error:
            raise InvalidJsonError("bad") from error

    async def main() -> None:
        try:
            await _run(read)
        except InvalidJsonError as error:
            caught.append(error)

    anyio.run(main)
    gc.collect()
    assert refs[0]() is None
    assert caught[0].__cause__ is None
