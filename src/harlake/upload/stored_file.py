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
    call = partial(to_thread.run_sync, limiter=threads)
    with await call(captures.open, capture.id, _RANGE) as reader:
        for start in range(0, capture.stored_bytes, _RANGE):
            length = min(_RANGE, capture.stored_bytes - start)
            yield FileChunk(await call(reader.stored, start, length))
