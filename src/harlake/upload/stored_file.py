"""A stored capture as an upload: its object, in ranges, so that whatever reads uploads reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from anyio import CapacityLimiter, to_thread

from harlake.limits import MIB
from harlake.store.capture_descriptions import CaptureDescription
from harlake.store.captures import CaptureStore
from harlake.upload.multipart import FileChunk, FileStart, UploadEvent

#: Bytes that are read at a time, and as many are held of what comes next.
_RANGE: Final = MIB // 2


async def stored_file(
    captures: CaptureStore, capture: CaptureDescription, threads: CapacityLimiter
) -> AsyncIterator[UploadEvent]:
    """Yield the object of a capture as the file of an upload.

    Args:
        captures: Where the object is.
        capture: A complete capture.
        threads: The threads that read it.

    Raises:
        DamagedCaptureError: The object is not as it was written.
        StorageUnavailableError: It cannot be read now.
        SessionNotFoundError: It was removed meanwhile.
    """
    yield FileStart(capture.file_name)
    async for data in stored_bytes(captures, capture, threads, 0, capture.stored_bytes):
        yield FileChunk(data)


async def stored_bytes(
    captures: CaptureStore, capture: CaptureDescription, threads: CapacityLimiter, start: int, end: int
) -> AsyncIterator[bytes]:
    """Yield the bytes of a capture's object from ``start`` up to ``end``. Raises as :func:`stored_file`."""
    call = partial(to_thread.run_sync, limiter=threads)
    with await call(captures.open, capture.id, _RANGE) as reader:
        for first in range(start, end, _RANGE):
            yield await call(reader.stored, first, min(_RANGE, end - first))
