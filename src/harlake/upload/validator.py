"""The validation: bytes of an upload → HAR → a report. Nothing is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from harlake.har.parse.blocks import Block
from harlake.har.parse.gaps import Part
from harlake.har.validate.checker import Checker
from harlake.limits import DEFAULT_LIMITS, Limits
from harlake.pipeline.stages import Stage, run_stages
from harlake.upload.conversion_stage import Scratch
from harlake.upload.file_channel import file_channel, read_file
from harlake.upload.multipart import FileChunk, UploadEvent
from harlake.upload.resources import UploadResources, bytes_in_flight, limits_within
from harlake.upload.upload_reader import UploadReader, UploadReport


async def validate_upload(
    events: AsyncIterator[UploadEvent],
    resources: UploadResources,
    limits: Limits = DEFAULT_LIMITS,
    scratch: Scratch | None = None,
) -> UploadReport:
    """Read an upload, check it, and report on it, without keeping anything. Raises HarlakeError.

    Other formats than HAR are read where there is a ``scratch`` for them; what is checked is the HAR made of them.
    """
    with resources.memory.member() as memory:
        return await _validate(events, resources, limits_within(limits, memory), memory, scratch)


async def _validate(
    events: AsyncIterator[UploadEvent],
    resources: UploadResources,
    limits: Limits,
    memory: int,
    scratch: Scratch | None,
) -> UploadReport:
    chunks = file_channel(bytes_in_flight(memory))
    checker = Checker(limits)
    reader = UploadReader(limits, checker, scratch)

    async def receive() -> None:
        async for event in events:
            if isinstance(event, FileChunk):
                await chunks.send(event.data, len(event.data))
            del event

    def check(parts: list[Part]) -> Iterator[None]:
        for part in parts:
            if isinstance(part, Block):
                yield from checker.check(part)
            yield None

    with resources.budget.account(lambda: reader.held) as account:
        work = read_file(chunks, reader, check, account.recount)
        (report,) = await run_stages(receive, [Stage(work, resources.reading)], [chunks])
    return report  # type: ignore[no-any-return]
