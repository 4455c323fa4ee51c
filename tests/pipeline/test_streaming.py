"""What a thread makes, streamed to the event loop."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import aclosing

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import DamagedCaptureError
from harlake.limits import MIB
from harlake.pipeline.streaming import stream


@given(st.lists(st.binary(max_size=5), max_size=50))
def test_all_chunks_arrive_in_order(chunks: list[bytes]) -> None:
    """Nothing is lost or joined; empty chunks are not sent."""

    async def main() -> list[bytes]:
        return [chunk async for chunk in stream(one for one in chunks)]

    assert anyio.run(main) == [chunk for chunk in chunks if chunk]


def test_an_error_comes_after_what_was_made_before_it() -> None:
    """So the answer is cut off, and does not look complete."""

    def chunks() -> Generator[bytes]:
        yield b"a"
        raise DamagedCaptureError("cut")

    received: list[bytes] = []

    async def main() -> None:
        produced = stream(chunks())
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
        async with aclosing(stream(chunks())) as chunks_received:  # type: ignore[type-var]
            assert await anext(chunks_received) == b"first"
            await anyio.sleep(0.05)

    anyio.run(main)
    assert closed.wait(10)
    assert made <= 4 or not chunk
