"""The validation: bytes of an upload → HAR → a report. Nothing is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator

from harlake.har.validate.checker import Checker
from harlake.limits import DEFAULT_LIMITS, Limits
from harlake.pipeline.fair_semaphore import FairSemaphore
from harlake.pipeline.stages import run_stages
from harlake.upload.file_channel import file_channel, read_file
from harlake.upload.multipart import FileChunk, UploadEvent
from harlake.upload.upload_reader import UploadReader, UploadReport


async def validate_upload(
    events: AsyncIterator[UploadEvent], semaphore: FairSemaphore, limits: Limits = DEFAULT_LIMITS
) -> UploadReport:
    """Read an upload, check it, and report on it, without keeping anything. Raises HarlakeError.

    ``semaphore`` bounds how many uploads are read at a time.
    """
    chunks = file_channel()

    async def receive() -> None:
        async for event in events:
            if isinstance(event, FileChunk):
                await chunks.asend(event.data, len(event.data))

    def read() -> UploadReport:
        checker = Checker(limits)
        return read_file(chunks, UploadReader(checker.check, limits, checker), semaphore)

    (report,) = await run_stages(receive, [read], [chunks])
    return report  # type: ignore[no-any-return]
