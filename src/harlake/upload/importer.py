"""The import: bytes of an upload → HAR → blocks → capture. And validation, which stops before the last arrow.

Three stages, each on its own, joined by bounded flows: the event loop hands in what it receives, one thread decodes
and reads, one compresses, writes and indexes. The first error stops all three, and nothing is left behind.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

import anyio
from anyio import to_thread

from harlake.errors import InvalidHarError, SessionNotFoundError
from harlake.har.envelope import Envelope
from harlake.har.parse.blocks import Block, EntryError
from harlake.har.parse.reader import HarReader
from harlake.har.validate.checker import Checker, CheckReport
from harlake.limits import DEFAULT_LIMITS, MIB, Limits
from harlake.pipeline.channel import Channel, ChannelClosed
from harlake.pipeline.fair_semaphore import FairSemaphore
from harlake.pipeline.stages import run_stages
from harlake.store.catalog import Session
from harlake.store.data_dir import CaptureWriter, DataDir, Destination, UploadedFile
from harlake.store.ids import new_id, parse_id
from harlake.upload.decompression import UploadDecoder
from harlake.upload.multipart import FileChunk, FileStart, TextField, UploadEvent

#: Bytes on their way between two stages: enough for neither to wait for the other's hiccups. Twice as much
#: is 2 % faster and takes 12 MiB more.
_CHUNKS_IN_FLIGHT: Final = 2 * MIB
_BLOCKS_IN_FLIGHT: Final = 2 * MIB
#: Bytes that the reader is woken for.
_BATCH: Final = MIB // 2

#: Reading is what holds the interpreter: of however many uploads there are, one is read at a time.
_READING: Final = FairSemaphore(1)


@dataclass(frozen=True, slots=True)
class UploadReport:
    """What was found in an upload; ``problems`` describes the first of the ``total - imported`` entries left out."""

    envelope: Envelope
    total: int
    imported: int
    problems: list[EntryError]
    encoding: str
    upload_bytes: int
    har_bytes: int
    sha256: str
    checked: CheckReport | None = None

    @property
    def warnings(self) -> list[str]:
        """What a client should know although nothing failed."""
        found: list[str] = []
        if "utf-16" in self.encoding:
            found.append("the file is UTF-16; it is kept as UTF-8, which HAR 1.2 prescribes")
        if "version" not in self.envelope.log:
            found.append("log.version is missing")
        left_out = self.total - self.imported
        if left_out > len(self.problems):
            found.append(f"errors lists the first {len(self.problems)} of {left_out} entries that were not imported")
        if self.checked is not None:
            total, described = sum(self.checked.counts.values()), len(self.checked.findings)
            if total > described:
                found.append(f"problems lists the first {described} of {total}; problemCounts has all")
            if self.checked.unchecked_pages:
                found.append("entries refer to so many pages that not all were looked up")
        return found


@dataclass(frozen=True, slots=True)
class ImportResult:
    """A capture that is complete and visible."""

    capture: uuid.UUID
    session: Session
    report: UploadReport


class UploadReader:
    """Reads one upload: :meth:`feed` it bytes, then :meth:`close` it; ``target`` is called with each block.

    A ``checker`` checks what is read, and reports in :attr:`Report.checked`.

    Blocking, and CPU-bound: run it in a thread. Raises InvalidHarError.
    """

    def __init__(
        self, target: Callable[[Block], object], limits: Limits = DEFAULT_LIMITS, checker: Checker | None = None
    ) -> None:
        self._target = target
        self._checker = checker
        self._reader = HarReader(limits, on_rejection=None if checker is None else checker.reject)
        self._decoder = UploadDecoder(self._read, limits)
        self._digest = hashlib.sha256()

    def feed(self, data: bytes) -> None:
        """Take the next bytes as they were uploaded."""
        self._digest.update(data)
        try:
            self._decoder.feed(data)
        except InvalidHarError as error:
            raise self._placed(error) from error

    def close(self) -> UploadReport:
        """End the upload, and report on it."""
        try:
            self._decoder.close()
            blocks, envelope = self._reader.close()
        except InvalidHarError as error:
            raise self._placed(error) from error
        for block in blocks:
            self._target(block)
        return UploadReport(
            envelope=envelope,
            total=self._reader.total,
            imported=self._reader.imported,
            problems=self._reader.entry_errors,
            encoding=self._decoder.encoding,
            upload_bytes=self._decoder.received,
            har_bytes=self._decoder.decoded,
            sha256=self._digest.hexdigest(),
            checked=None if self._checker is None else self._checker.close(self._reader, self._decoder.encoding),
        )

    def _read(self, text: bytes) -> None:
        if self._checker is not None:
            self._checker.measure(text)
        for block in self._reader.feed(text):
            self._target(block)

    def _placed(self, error: InvalidHarError) -> InvalidHarError:
        """Give an error of the decoder, which knows no lines, the place that the reader has come to."""
        if error.byte is None:
            error.at(*self._reader.position())
        return error


async def validate_upload(events: AsyncIterator[UploadEvent], limits: Limits = DEFAULT_LIMITS) -> UploadReport:
    """Read an upload, check it, and report on it, without keeping anything. Raises HarlakeError."""
    chunks: Channel[bytes] = Channel(_CHUNKS_IN_FLIGHT, _BATCH)

    def read() -> UploadReport:
        checker = Checker(limits)
        return _drain(chunks, UploadReader(checker.check, limits, checker))

    async def receive() -> None:
        async for event in events:
            if isinstance(event, FileChunk):
                await chunks.asend(event.data, len(event.data))

    (report,) = await run_stages(receive, [read], [chunks])
    return report  # type: ignore[no-any-return]


async def import_upload(
    data_dir: DataDir, events: AsyncIterator[UploadEvent], limits: Limits = DEFAULT_LIMITS
) -> ImportResult:
    """Import an upload into the session that its form names, or into a new one.

    Raises HarlakeError, and then leaves nothing behind; also when it is cancelled.
    """
    writer = await to_thread.run_sync(data_dir.new_capture)
    try:
        return await _import(data_dir, writer, events, limits)
    except BaseException:
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(writer.discard)
        raise


async def _import(
    data_dir: DataDir, writer: CaptureWriter, events: AsyncIterator[UploadEvent], limits: Limits
) -> ImportResult:
    chunks: Channel[bytes] = Channel(_CHUNKS_IN_FLIGHT, _BATCH)
    blocks: Channel[Block] = Channel(_BLOCKS_IN_FLIGHT)
    form = _Form(data_dir)

    async def receive() -> None:
        async for event in events:
            if isinstance(event, FileChunk):
                await chunks.asend(event.data, len(event.data))
            else:
                await form.take(event)

    def read() -> UploadReport:
        def send(block: Block) -> None:
            with _READING.left():
                blocks.send(block, len(block.data))

        report = _drain(chunks, UploadReader(send, limits))
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


class _Form:
    """The text fields of an import: which session it goes to."""

    def __init__(self, data_dir: DataDir) -> None:
        self._data_dir = data_dir
        self._session: Session | None = None
        self._given_name = ""
        self._missing: SessionNotFoundError | None = None
        self._file_seen = False
        self.file_name: str | None = None

    async def take(self, event: FileStart | TextField) -> None:
        """Take a field; a session is looked up at once, and if it comes before the file, refused at once.

        After the file, what is wrong with the file is reported first.
        """
        if isinstance(event, FileStart):
            self.file_name = event.name
            self._file_seen = True
        elif event.name == "sessionName":
            self._given_name = event.value.strip()
        elif event.value.strip():
            session = parse_id(event.value.strip())
            found = None if session is None else await to_thread.run_sync(self._data_dir.catalog.session, session)
            if found is None:
                self._missing = SessionNotFoundError(f"no session {event.value.strip()!r}")
                if not self._file_seen:
                    raise self._missing
            self._session = found

    def destination(self) -> tuple[Destination, str]:
        """Return where the capture goes, and that session's name. Raises SessionNotFoundError."""
        if self._missing is not None:
            raise self._missing
        if self._session is not None:
            return Destination(self._session.id, None), self._session.name
        name = self._given_name or f"Imported: {_title(self.file_name)}"
        return Destination(new_id(), name), name


def _title(file_name: str | None) -> str:
    """Return a file's name without its folder and the endings of HAR files."""
    name = (file_name or "").replace("\\", "/").rsplit("/", 1)[-1]
    for ending in (".gz", ".zst", ".har"):
        if name.lower().endswith(ending) and len(name) > len(ending):
            name = name[: -len(ending)]
    return name or "HAR"


def _drain(chunks: Channel[bytes], intake: UploadReader) -> UploadReport:
    try:
        while True:
            batch = chunks.receive()
            with _READING:
                for data in batch:
                    intake.feed(data)
    except ChannelClosed:
        with _READING:
            return intake.close()
