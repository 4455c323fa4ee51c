"""The import: bytes of an upload → HAR → blocks → capture.

Three stages side by side, joined by bounded channels: the event loop hands in what it receives, one thread decodes and
reads, one compresses, writes and indexes. The first error stops all three, and nothing is left behind.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

import anyio
from anyio import to_thread

from harlake.har.parse.blocks import Block
from harlake.limits import DEFAULT_LIMITS, Limits
from harlake.pipeline.channel import Channel, ChannelClosed
from harlake.pipeline.fair_semaphore import FairSemaphore
from harlake.pipeline.stages import run_stages
from harlake.store.capture_writer import CaptureWriter, UploadedFile, begin_capture
from harlake.store.data_dir import DataDir
from harlake.store.sessions import Session
from harlake.upload.file_channel import BYTES_IN_FLIGHT, file_channel, read_file
from harlake.upload.import_form import ImportForm
from harlake.upload.multipart import FileChunk, UploadEvent
from harlake.upload.upload_reader import UploadReader, UploadReport


@dataclass(frozen=True, slots=True)
class ImportResult:
    """A capture that is complete and visible."""

    capture: uuid.UUID
    session: Session
    report: UploadReport


async def import_upload(
    data_dir: DataDir, events: AsyncIterator[UploadEvent], semaphore: FairSemaphore, limits: Limits = DEFAULT_LIMITS
) -> ImportResult:
    """Import an upload into the session that its form names, or into a new one.

    ``semaphore`` bounds how many uploads are read at a time. Raises HarlakeError, and then leaves nothing behind; also
    when it is cancelled.
    """
    writer = await to_thread.run_sync(begin_capture, data_dir)
    try:
        form = ImportForm(data_dir)
        report = await _store(writer, form, events, semaphore, limits)
        return await _complete(writer, form, report)
    except BaseException:
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(writer.discard)
        raise


async def _store(
    writer: CaptureWriter,
    form: ImportForm,
    events: AsyncIterator[UploadEvent],
    semaphore: FairSemaphore,
    limits: Limits,
) -> UploadReport:
    """Read an upload to its end, and store its entries."""
    chunks = file_channel()
    blocks: Channel[Block] = Channel(BYTES_IN_FLIGHT)

    async def receive() -> None:
        async for event in events:
            if isinstance(event, FileChunk):
                await chunks.asend(event.data, len(event.data))
            else:
                await form.take(event)

    def read() -> UploadReport:
        def send(block: Block) -> None:
            with semaphore.released():
                blocks.send(block, len(block.data))

        report = read_file(chunks, UploadReader(send, limits), semaphore)
        blocks.close()
        return report

    def write() -> None:
        try:
            while True:
                for block in blocks.receive():
                    writer.append(block)
        except ChannelClosed:
            pass

    report, _ = await run_stages(receive, [read, write], [chunks, blocks])
    return report  # type: ignore[no-any-return]


async def _complete(writer: CaptureWriter, form: ImportForm, report: UploadReport) -> ImportResult:
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
        session = await to_thread.run_sync(writer.complete, upload, destination, name)
    return ImportResult(writer.id, session, report)
