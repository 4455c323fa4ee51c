"""From the event loop to the thread that reads: all bytes, in order, while the semaphore is held."""

from __future__ import annotations

import threading

import anyio
import pytest
from anyio import to_thread
from hypothesis import given, settings
from hypothesis import strategies as st

from harlake.errors import InvalidHarError
from harlake.pipeline.fair_semaphore import FairSemaphore
from harlake.upload.file_channel import BYTES_IN_FLIGHT, file_channel, read_file
from harlake.upload.upload_reader import UploadReader
from tests.support.hars import numbered


class _Held(FairSemaphore):
    """A semaphore that says whether it is held."""

    held = False

    def __enter__(self) -> None:
        super().__enter__()
        self.held = True

    def __exit__(self, *error: object) -> None:
        self.held = False
        super().__exit__(*error)


@given(st.integers(0, 20), st.integers(1, 500))
@settings(max_examples=20)
def test_a_file_is_read_to_its_end(count: int, size: int) -> None:
    """Blocks come while the semaphore is held, and it is free at the end."""
    semaphore = _Held(1)
    held: list[bool] = []
    text = numbered(count)

    imported: list[int] = []

    async def main() -> None:
        chunks = file_channel()
        reader = UploadReader(lambda _: held.append(semaphore.held))

        async def send() -> None:
            for start in range(0, len(text), size):
                await chunks.asend(text[start : start + size], size)
            chunks.close()

        async with anyio.create_task_group() as group:
            group.start_soon(send)
            imported.append((await to_thread.run_sync(read_file, chunks, reader, semaphore)).imported)

    anyio.run(main)
    assert imported == [count]
    assert all(held)
    assert not semaphore.held


def test_an_error_frees_the_semaphore() -> None:
    """The next upload can be read."""
    semaphore = _Held(1)

    async def main() -> None:
        chunks = file_channel()
        await chunks.asend(b"no HAR", BYTES_IN_FLIGHT)
        chunks.close()
        with pytest.raises(InvalidHarError):
            await to_thread.run_sync(read_file, chunks, UploadReader(lambda _: None), semaphore)

    anyio.run(main)
    entered = threading.Event()
    with semaphore:
        entered.set()
    assert entered.is_set()
