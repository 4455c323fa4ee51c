"""The import: bytes of an upload → HAR → blocks → capture.

Three stages side by side, joined by bounded channels: the event loop hands in what it receives, one decodes and reads,
one compresses, writes and indexes. The last two work in threads, and hold none while they have nothing to do. The first
error stops all three, and nothing is left behind.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import anyio
from anyio import to_thread

from harlake.har.parse.blocks import Block
from harlake.har.parse.gaps import Part
from harlake.limits import DEFAULT_LIMITS, Limits
from harlake.pipeline.channel import Channel, ChannelClosed
from harlake.pipeline.slices import Wait, Work
from harlake.pipeline.stages import Stage, run_stages
from harlake.store.capture_descriptions import CaptureQuery
from harlake.store.capture_writer import CaptureWriter, UploadedFile, begin_capture
from harlake.store.data_dir import DataDir
from harlake.upload.conversion_stage import Scratch
from harlake.upload.file_channel import file_channel, read_file
from harlake.upload.import_form import ImportForm
from harlake.upload.multipart import FileChunk, FileStart, UploadEvent
from harlake.upload.resources import UploadResources, bytes_in_flight, limits_within
from harlake.upload.salvage_upload_reader import SalvageUploadReader
from harlake.upload.upload_reader import UploadReader, UploadReport

#: Seconds that the thread which writes waits for a block: with blocks of a MiB, they come every ten milliseconds.
_PATIENCE: Final = 0.02

#: Captures of the same file that are named.
_MOST_NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class ImportResult:
    """A capture that is complete and visible, or just about to be."""

    capture: uuid.UUID
    session: uuid.UUID
    session_name: str
    report: UploadReport
    #: The first captures of the same file that were there before.
    same_as: list[uuid.UUID]


async def import_upload(
    data_dir: DataDir,
    events: AsyncIterator[UploadEvent],
    resources: UploadResources,
    limits: Limits = DEFAULT_LIMITS,
    count_entries: Callable[[int], None] = lambda _: None,
    announce: Callable[[ImportResult], None] = lambda _: None,
) -> ImportResult:
    """Import an upload into the session that its form names, or into a new one.

    ``count_entries`` is called with the number of entries in each block that has been stored, in a thread; and so is
    ``announce``, with what will be returned, before anybody can see the capture. Raises HarlakeError, and then leaves
    nothing behind; also when it is cancelled.
    """
    with resources.memory.member() as memory:
        within = limits_within(limits, memory)
        return await _import(data_dir, events, resources, within, memory, count_entries, announce)


async def _import(
    data_dir: DataDir,
    events: AsyncIterator[UploadEvent],
    resources: UploadResources,
    limits: Limits,
    memory: int,
    count_entries: Callable[[int], None],
    announce: Callable[[ImportResult], None],
) -> ImportResult:
    writer = await to_thread.run_sync(begin_capture, data_dir, memory, limiter=resources.writing)
    try:
        form = ImportForm(data_dir, resources.writing)
        scratch = Scratch.of(data_dir)
        report = await _store(writer, form, events, resources, limits, memory, count_entries, scratch)
        return await _complete(data_dir, writer, form, report, resources, announce)
    except BaseException:
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(writer.discard, limiter=resources.writing)
        raise


async def _store(
    writer: CaptureWriter,
    form: ImportForm,
    events: AsyncIterator[UploadEvent],
    resources: UploadResources,
    limits: Limits,
    memory: int,
    count_entries: Callable[[int], None],
    scratch: Scratch,
) -> UploadReport:
    """Read an upload to its end, and store its entries."""
    capacity = bytes_in_flight(memory)
    chunks = file_channel(capacity)
    blocks = _BlockQueue(capacity, count_entries)
    reader: UploadReader | SalvageUploadReader = UploadReader(limits, scratch=scratch)

    async def receive() -> None:
        nonlocal reader
        async for event in events:
            if isinstance(event, FileChunk):
                await chunks.send(event.data, len(event.data))
            else:
                await form.take(event)
                if form.salvage and isinstance(event, FileStart):
                    reader = SalvageUploadReader(limits, scratch)
            del event

    def read(recount: Callable[[], None]) -> Work[UploadReport]:
        yield chunks.filled  # by then it is known how the file is to be read
        report = yield from read_file(chunks, reader, blocks.send, recount)
        blocks.channel.close()
        return report

    with resources.budget.account(lambda: reader.held + blocks.held) as account:
        stages = [
            Stage(read(account.recount), resources.reading),
            Stage(blocks.write(writer, account.recount), resources.writing, _PATIENCE),
        ]
        report, _ = await run_stages(receive, stages, [chunks, blocks.channel])
    return report  # type: ignore[no-any-return]


class _BlockQueue:
    """Blocks that have been read, and are to be written."""

    def __init__(self, capacity: int, count_entries: Callable[[int], None]) -> None:
        self.channel: Channel[Part] = Channel(capacity)
        self._count_entries = count_entries
        # Each is changed by one thread only.
        self._sent = 0
        self._written = 0

    @property
    def held(self) -> int:
        """Bytes that have been read, and not been written yet."""
        return self._sent - self._written

    def send(self, found: list[Part]) -> Iterator[Wait]:
        """Put blocks into the queue as soon as there is room."""
        for part in found:
            while not self.channel.put(part, len(part.data)):
                yield self.channel.drained
            self._sent += len(part.data)

    def write(self, writer: CaptureWriter, recount: Callable[[], None]) -> Work[None]:
        """Write blocks until the queue is closed; ``recount`` is called after each."""
        with suppress(ChannelClosed):
            while True:
                batch = self.channel.take()
                if not batch:
                    yield self.channel.filled
                while batch:
                    part = batch.pop(0)
                    writer.append(part)
                    self._written += len(part.data)
                    if isinstance(part, Block):
                        self._count_entries(len(part.entries))
                    del part
                    recount()
                    yield None


async def _complete(
    data_dir: DataDir,
    writer: CaptureWriter,
    form: ImportForm,
    report: UploadReport,
    resources: UploadResources,
    announce: Callable[[ImportResult], None],
) -> ImportResult:
    """Show a capture that has been stored."""
    destination, name = form.destination()
    upload = UploadedFile(
        file_name=form.file_name,
        upload_bytes=report.upload_bytes,
        har_bytes=report.har_bytes,
        sha256=report.sha256,
        total=report.total,
        envelope=report.envelope,
        salvage=report.salvage,
    )

    def complete() -> ImportResult:
        same = data_dir.catalog.described_captures(CaptureQuery(sha256=report.sha256), 0, _MOST_NAMED)
        result = ImportResult(writer.id, destination.session, name, report, [capture.id for capture in same])
        announce(result)
        writer.complete(upload, destination, name)
        return result

    # From here on it is all or nothing, and quick: a client that leaves now has imported its file.
    with anyio.CancelScope(shield=True):
        result = await to_thread.run_sync(complete, limiter=resources.writing)
    return result  # noqa: RET504 - a scope may swallow what is in it
