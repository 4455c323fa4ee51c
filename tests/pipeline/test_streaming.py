"""What a thread makes, streamed to the event loop."""

from __future__ import annotations

import gc
import threading
from collections.abc import Generator
from contextlib import AsyncExitStack, ExitStack, aclosing

import anyio
import pytest
from anyio import CapacityLimiter
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import DamagedCaptureError
from harlake.limits import KIB, MIB
from harlake.pipeline import streaming
from harlake.pipeline.fair_share import FairShare
from harlake.pipeline.interruption import Interrupted, interrupted_by
from harlake.pipeline.streaming import _IN_FLIGHT, stream, stream_memory
from tests.support.hars import stays, until
from tests.support.server import PATIENCE


@given(st.lists(st.binary(max_size=5), max_size=50), st.sampled_from([None, stream_memory()]))
def test_all_chunks_arrive_in_order(chunks: list[bytes], memory: FairShare | None) -> None:
    """Nothing is lost or joined; empty chunks are not sent."""

    async def main() -> list[bytes]:
        return [chunk async for chunk in stream((one for one in chunks), CapacityLimiter(1), memory)]

    assert anyio.run(main) == [chunk for chunk in chunks if chunk]


def test_few_streams_run_further_ahead_than_many() -> None:
    """The first has several times the room of the last of many, and gives it back."""
    memory = stream_memory()
    made = 0

    def chunks() -> Generator[bytes]:
        nonlocal made
        for _ in range(1_000):
            made += 1
            yield bytes(64 * KIB)

    async def main(others: int) -> int:
        nonlocal made
        made, before = 0, -1
        with ExitStack() as members:
            for _ in range(others):
                members.enter_context(memory.member())
            async with aclosing(stream(chunks(), CapacityLimiter(1), memory)) as streamed:  # type: ignore[type-var]
                await anext(streamed)
                while made > before:  # until it runs no further ahead
                    before = made
                    await anyio.sleep(0.1)
                return made

    few, many, again = (anyio.run(main, others) for others in (0, 200, 0))
    assert min(few, again) > 4 * many


def test_an_error_comes_after_what_was_made_before_it() -> None:
    """So the answer is cut off, and does not look complete."""

    def chunks() -> Generator[bytes]:
        yield b"a"
        raise DamagedCaptureError("cut")

    received: list[bytes] = []

    async def main() -> None:
        produced = stream(chunks(), CapacityLimiter(1))
        received.append(await anext(produced))
        with pytest.raises(DamagedCaptureError, match="cut"):
            await anext(produced)

    anyio.run(main)
    assert received == [b"a"]


@pytest.mark.parametrize("chunk", [bytes(MIB), b""])
def test_a_client_that_leaves_ends_the_generator(chunk: bytes) -> None:
    """Whether it is making chunks or looking for some in vain, the generator is closed, and runs no further ahead."""
    closed = threading.Event()
    made = 0

    def chunks() -> Generator[bytes]:
        nonlocal made
        try:
            yield b"first"
            while True:
                made += 1
                yield chunk
        finally:
            closed.set()

    async def main() -> None:
        async with aclosing(stream(chunks(), CapacityLimiter(1))) as chunks_received:  # type: ignore[type-var]
            assert await anext(chunks_received) == b"first"
            await anyio.sleep(0.05)

    anyio.run(main)
    assert closed.wait(10)
    assert made <= 4 or not chunk


def test_a_client_that_does_not_read_holds_no_thread() -> None:
    """However many have stopped, in whatever sizes chunks come: the only thread is free for those that read."""

    def chunks(size: int) -> Generator[bytes]:
        while True:
            yield b","
            yield bytes(size)

    async def main() -> None:
        limiter = CapacityLimiter(1)
        async with AsyncExitStack() as stopped:
            for size in (1_000, 100_000, 300_000, 500_000, 600_000, MIB):
                streamed = stream(chunks(size), limiter)
                await stopped.enter_async_context(aclosing(streamed))  # type: ignore[type-var]
                assert [await anext(streamed), await anext(streamed)] == [b",", bytes(min(size, _IN_FLIGHT))]
            await until(stays(lambda: not limiter.borrowed_tokens))
            assert [chunk async for chunk in stream((bytes(one) for one in range(1, 9)), limiter)] == [
                bytes(one) for one in range(1, 9)
            ]

    anyio.run(main)


def test_what_is_never_asked_for_is_never_begun() -> None:
    """The answer to HEAD has a body that nobody reads: no thread looks for it."""
    begun: list[bool] = []

    def chunks() -> Generator[bytes]:
        begun.append(True)
        yield b"a"

    async def main() -> None:
        stream(chunks(), CapacityLimiter(1))
        await anyio.sleep(0.01)

    anyio.run(main)
    gc.collect()
    assert begun == []


def test_an_error_that_comes_when_the_client_has_left_is_nobodys(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever fails then, the log does not say that somebody forgot it."""
    left, failed = threading.Event(), threading.Event()

    def chunks() -> Generator[bytes]:
        yield b"a"
        assert left.wait(PATIENCE)
        failed.set()
        raise DamagedCaptureError("late")

    async def main() -> None:
        async with aclosing(stream(chunks(), CapacityLimiter(1))) as received:  # type: ignore[type-var]
            assert await anext(received) == b"a"
        left.set()
        await until(lambda: not streaming._producers)
        gc.collect()

    anyio.run(main)
    assert failed.is_set()
    assert caplog.messages == []


def test_a_client_that_leaves_interrupts_what_is_done() -> None:
    """What waits inside of the generator, for the database above all, is told to end."""
    interrupted = threading.Event()

    def chunks() -> Generator[bytes]:
        yield b"a"
        with interrupted_by(interrupted.set):
            assert interrupted.wait(PATIENCE)
            raise Interrupted

    async def main() -> None:
        async with aclosing(stream(chunks(), CapacityLimiter(1))) as received:  # type: ignore[type-var]
            assert await anext(received) == b"a"
            await anyio.sleep(0.05)

    anyio.run(main)
    assert interrupted.is_set()
