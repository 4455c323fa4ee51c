"""From the event loop to the thread that reads: all bytes, in order, and no thread while there are none."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import anyio
import pytest
from anyio import CapacityLimiter
from hypothesis import given, settings
from hypothesis import strategies as st

from harlake.errors import InvalidHarError
from harlake.har.parse.blocks import Block
from harlake.har.parse.gaps import Part
from harlake.pipeline.slices import run_in_slices
from harlake.upload.file_channel import file_channel, read_file
from harlake.upload.resources import BYTES_IN_FLIGHT
from harlake.upload.upload_reader import UploadReader
from tests.support.hars import entry, numbered, until


@given(st.integers(0, 20), st.integers(1, 500))
@settings(max_examples=20)
def test_a_file_is_read_to_its_end(count: int, size: int) -> None:
    """Blocks come while a thread is held, and it is free at the end."""
    text = numbered(count)
    texts: list[bytes] = []
    held: list[int] = []
    imported: list[int] = []

    async def main() -> None:
        chunks = file_channel()
        limiter = CapacityLimiter(1)

        def take(blocks: list[Part]) -> Iterator[None]:
            held.append(limiter.borrowed_tokens)
            for block in blocks:
                assert isinstance(block, Block)
                texts.extend(block.texts())
                yield None

        async def send() -> None:
            for start in range(0, len(text), size):
                await chunks.send(text[start : start + size], size)
            chunks.close()

        async with anyio.create_task_group() as group:
            group.start_soon(send)
            report = await run_in_slices(read_file(chunks, UploadReader(), take), limiter)
            imported.append(report.imported)
        assert limiter.borrowed_tokens == 0

    anyio.run(main)
    assert imported == [count]
    assert texts == [entry(number) for number in range(count)]
    assert set(held) == {1}


def _drop(blocks: list[Part]) -> Iterator[None]:
    yield from (None for _ in blocks)


def test_uploads_that_stall_leave_the_thread_to_others() -> None:
    """Whatever their number, the one thread that reads is free for a file that comes as a whole."""
    text = numbered(20)

    async def main() -> None:
        limiter = CapacityLimiter(1)
        async with anyio.create_task_group() as group:
            for length in range(1, len(text), 150):
                chunks = file_channel()
                await chunks.send(text[:length], length)
                group.start_soon(run_in_slices, read_file(chunks, UploadReader(), _drop), limiter)
            await until(lambda: not limiter.borrowed_tokens and not limiter.statistics().tasks_waiting)
            whole = file_channel()
            await whole.send(text, len(text))
            whole.close()
            report = await run_in_slices(read_file(whole, UploadReader(), _drop), limiter)
            assert report.imported == 20
            group.cancel_scope.cancel()

    anyio.run(main)


def test_an_error_frees_the_thread() -> None:
    """The next upload can be read."""

    async def main() -> None:
        limiter = CapacityLimiter(1)
        chunks = file_channel()
        await chunks.send(b"no HAR", BYTES_IN_FLIGHT)
        chunks.close()
        with pytest.raises(InvalidHarError):
            await run_in_slices(read_file(chunks, UploadReader(), _drop), limiter)
        assert limiter.borrowed_tokens == 0

    anyio.run(main)


def test_what_expands_is_read_in_steps() -> None:
    """The thread can be given up after each piece, however much one chunk of a file expands to."""
    data = gzip.compress(numbered(1) + b" " * (20 << 20))

    async def main() -> int:
        chunks = file_channel()
        await chunks.send(data, len(data))
        chunks.close()
        return sum(1 for _ in read_file(chunks, UploadReader(), _drop))

    assert anyio.run(main) >= 20
