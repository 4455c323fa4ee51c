"""Work in slices: it goes on in threads while it can, and has none while it waits."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import anyio
import pytest
from anyio import CapacityLimiter, to_thread

from harlake.pipeline import slices
from harlake.pipeline.channel import Channel, ChannelClosed
from harlake.pipeline.slices import Work, run_in_slices
from tests.support.hars import until
from tests.support.server import PATIENCE


def test_work_goes_on_in_threads_and_returns() -> None:
    """Whether it may be interrupted here or there or nowhere, its result is that of the generator."""

    def work(count: int) -> Work[str]:
        for _ in range(count):
            assert threading.current_thread() is not threading.main_thread()
            yield None
        return f"{count} steps"

    async def main() -> list[str]:
        limiter = CapacityLimiter(1)
        return [await run_in_slices(work(count), limiter) for count in (0, 1, 1_000)]

    assert anyio.run(main) == ["0 steps", "1 steps", "1000 steps"]


def test_errors_are_raised_as_they_are() -> None:
    """At the first step or at a later one; what is to be done at the end is done."""
    ended: list[int] = []

    def work(steps: int) -> Work[None]:
        try:
            for _ in range(steps):
                yield None
            raise OSError("no")
        finally:
            ended.append(steps)

    async def main() -> None:
        for steps in (0, 3):
            with pytest.raises(OSError, match="no"):
                await run_in_slices(work(steps), CapacityLimiter(1))

    anyio.run(main)
    assert ended == [0, 3]


def _wait(channel: Channel[int]) -> Work[list[int]]:
    """Take all items of a channel."""
    received: list[int] = []
    try:
        while True:
            items = channel.take()
            received += items
            if not items:
                yield channel.filled
    except ChannelClosed:
        return received


@pytest.mark.parametrize("patience", [0, 0.01])
def test_what_waits_has_no_thread(patience: float) -> None:
    """A hundred pieces of work that wait leave the only thread free for one that does not; then all go on."""
    count = 100

    def compute() -> Work[int]:
        yield None
        return 7

    async def main() -> None:
        limiter = CapacityLimiter(1)
        channels: list[Channel[int]] = [Channel(1) for _ in range(count)]
        results: list[list[int]] = []

        async def run(channel: Channel[int]) -> None:
            results.append(await run_in_slices(_wait(channel), limiter, patience))

        with anyio.fail_after(PATIENCE):
            async with anyio.create_task_group() as group:
                for channel in channels:
                    group.start_soon(run, channel)
                await anyio.wait_all_tasks_blocked()
                await until(lambda: not limiter.borrowed_tokens and not limiter.statistics().tasks_waiting)
                assert await run_in_slices(compute(), limiter) == 7
                assert results == []
                for number, channel in enumerate(channels):
                    await channel.send(number, 1)
                    channel.close()
        assert sorted(results) == [[number] for number in range(count)]

    anyio.run(main)


def test_pieces_of_work_alternate(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one thread between them, one that goes on and on leaves it to the other after each slice."""
    monkeypatch.setattr(slices, "_SLICE", 0)
    order: list[str] = []

    def work(name: str) -> Work[None]:
        for _ in range(5):
            order.append(name)
            yield None

    async def main() -> None:
        limiter = CapacityLimiter(1)
        async with anyio.create_task_group() as group:
            for name in "ab":
                group.start_soon(run_in_slices, work(name), limiter)

    anyio.run(main)
    assert order == ["a", "b"] * 5


def test_a_slice_has_many_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """To get a thread takes longer than a step does: work keeps it as long as a slice is."""
    run_sync = to_thread.run_sync
    slices_run: list[object] = []

    async def counted(function: Any, *arguments: Any, **options: Any) -> Any:
        slices_run.append(function)
        return await run_sync(function, *arguments, **options)

    monkeypatch.setattr(to_thread, "run_sync", counted)

    def work() -> Work[None]:
        for _ in range(1_000):
            yield None

    async def main() -> None:
        await run_in_slices(work(), CapacityLimiter(1))

    anyio.run(main)
    assert 1 <= len(slices_run) < 100


@pytest.mark.parametrize("waits", [True, False])
def test_cancelled_work_is_closed(waits: bool) -> None:
    """Whether it waits or goes on, in a thread of its limiter; nothing of it runs afterwards."""
    closed: list[threading.Thread] = []
    steps = 0

    def work(channel: Channel[int]) -> Work[None]:
        nonlocal steps
        try:
            while True:
                steps += 1
                yield channel.filled if waits else None
        finally:
            closed.append(threading.current_thread())

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(run_in_slices, work(Channel(1)), CapacityLimiter(1))
            await until(lambda: steps)
            group.cancel_scope.cancel()
        after = steps
        await anyio.sleep(0.01)
        assert steps == after

    anyio.run(main)
    assert len(closed) == 1
    assert closed[0] is not threading.main_thread()


def test_what_is_cancelled_with_the_event_loop_ends_its_slice_first(caplog: pytest.LogCaptureFixture) -> None:
    """A loop that shuts down cancels its tasks though their threads are at work; nothing is said to have failed."""
    begun, ended = threading.Event(), threading.Event()

    def work() -> Work[None]:
        try:
            begun.set()
            threading.Event().wait(0.2)
            yield None
        finally:
            ended.set()

    async def main() -> None:
        tasks.append(asyncio.create_task(run_in_slices(work(), CapacityLimiter(1))))
        await until(begun.is_set)

    tasks: list[asyncio.Task[None]] = []
    anyio.run(main)
    assert ended.is_set()
    assert tasks[0].cancelled()
    assert caplog.messages == []
