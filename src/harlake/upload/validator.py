"""The validation: bytes of an upload → HAR → a report. Nothing is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from anyio import CapacityLimiter

from harlake.har.parse.blocks import Block
from harlake.har.validate.checker import Checker
from harlake.limits import DEFAULT_LIMITS, Limits
from harlake.pipeline.stages import Stage, run_stages
from harlake.upload.file_channel import file_channel, read_file
from harlake.upload.multipart import FileChunk, UploadEvent
from harlake.upload.upload_reader import UploadReader, UploadReport


async def validate_upload(
    events: AsyncIterator[UploadEvent], reading: CapacityLimiter, limits: Limits = DEFAULT_LIMITS
) -> UploadReport:
    """Read an upload, check it, and report on it, without keeping anything. Raises HarlakeError.

    ``reading`` bounds how many uploads are read at a time.
    """
    chunks = file_channel()
    checker = Checker(limits)

    async def receive() -> None:
        async for event in events:
            if isinstance(event, FileChunk):
                await chunks.send(event.data, len(event.data))

    def check(blocks: list[Block]) -> Iterator[None]:
        for block in blocks:
            yield from checker.check(block)
            yield None

    work = read_file(chunks, UploadReader(limits, checker), check)
    (report,) = await run_stages(receive, [Stage(work, reading)], [chunks])
    return report  # type: ignore[no-any-return]
