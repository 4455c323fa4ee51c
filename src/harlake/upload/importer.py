"""The import: bytes of an upload → HAR → blocks → capture.

Three stages side by side, joined by bounded channels: the event loop hands in what it receives, one decodes and reads,
one compresses, writes and indexes. The last two work in threads, and hold none while they have nothing to do. The first
error stops all three, and nothing is left behind.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

import anyio
from anyio import CapacityLimiter, to_thread

from harlake.har.parse.blocks import Block
from harlake.limits import DEFAULT_LIMITS, Limits
from harlake.pipeline.channel import Channel, ChannelClosed
from harlake.pipeline.slices import Wait, Work
from harlake.pipeline.stages import Stage, run_stages
from harlake.store.capture_writer import CaptureWriter, UploadedFile, begin_capture
from harlake.store.data_dir import DataDir
from harlake.store.sessions import Session
from harlake.upload.file_channel import BYTES_IN_FLIGHT, file_channel, read_file
from harlake.upload.import_form import ImportForm
from harlake.upload.multipart import FileChunk, UploadEvent
from harlake.upload.upload_reader import UploadReader, UploadReport

#: Seconds that the thread which writes waits for a block: with blocks of a MiB, they come every ten milliseconds.
_PATIENCE: Final = 0.02


@dataclass(frozen=True, slots=True)
class ImportThreads:
    """How many imports may be read, and how many written, at a time."""

    reading: CapacityLimiter
    writing: CapacityLimiter


@dataclass(frozen=True, slots=True)
class ImportResult:
    """A capture that is complete and visible."""

    capture: uuid.UUID
    session: Session
    report: UploadReport


async def import_upload(
    data_dir: DataDir, events: AsyncIterator[UploadEvent], threads: ImportThreads, limits: Limits = DEFAULT_LIMITS
) -> ImportResult:
    """Import an upload into the session that its form names, or into a new one.

    Raises HarlakeError, and then leaves nothing behind; also when it is cancelled.
    """
    with data_dir.writing.member() as memory:
        # A block takes several times its text, with what is decoded of its entries.
        limits = replace(limits, block_bytes=min(limits.block_bytes, memory // 8))
        return await _import(data_dir, events, threads, limits, memory)


async def _import(
    data_dir: DataDir, events: AsyncIterator[UploadEvent], threads: ImportThreads, limits: Limits, memory: int
) -> ImportResult:
    writer = await to_thread.run_sync(begin_capture, data_dir, memory, limiter=threads.writing)
    try:
        form = ImportForm(data_dir, threads.writing)
        report = await _store(writer, form, events, threads, limits)
        return await _complete(writer, form, report, threads)
    except BaseException:
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(writer.discard, limiter=threads.writing)
        raise


async def _store(
    writer: CaptureWriter,
    form: ImportForm,
    events: AsyncIterator[UploadEvent],
    threads: ImportThreads,
    limits: Limits,
) -> UploadReport:
    """Read an upload to its end, and store its entries."""
    chunks = file_channel()
    blocks: Channel[Block] = Channel(BYTES_IN_FLIGHT)

    async def receive() -> None:
        async for event in events:
            if isinstance(event, FileChunk):
                await chunks.send(event.data, len(event.data))
            else:
                await form.take(event)

    def send(found: list[Block]) -> Iterator[Wait]:
        for block in found:
            while not blocks.put(block, len(block.data)):
                yield blocks.drained

    def read() -> Work[UploadReport]:
        report = yield from read_file(chunks, UploadReader(limits), send)
        blocks.close()
        return report

    stages = [Stage(read(), threads.reading), Stage(_write(blocks, writer), threads.writing, _PATIENCE)]
    report, _ = await run_stages(receive, stages, [chunks, blocks])
    return report  # type: ignore[no-any-return]


def _write(blocks: Channel[Block], writer: CaptureWriter) -> Work[None]:
    with suppress(ChannelClosed):
        while True:
            batch = blocks.take()
            if not batch:
                yield blocks.filled
            for block in batch:
                writer.append(block)
                yield None


async def _complete(
    writer: CaptureWriter, form: ImportForm, report: UploadReport, threads: ImportThreads
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
    )
    # From here on it is all or nothing, and quick: a client that leaves now has imported its file.
    with anyio.CancelScope(shield=True):
        session = await to_thread.run_sync(writer.complete, upload, destination, name, limiter=threads.writing)
    return ImportResult(writer.id, session, report)
