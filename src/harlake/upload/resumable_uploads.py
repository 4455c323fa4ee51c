"""Uploads that go on: bytes that arrive in several requests are a file, and its import reads them as they arrive.

An import that waits for bytes for too long is put aside, and one that a crash has ended is gone: it begins again over
what has arrived, with the next request. So there is one way to import, and nothing of it is ever half done.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from typing import Any, Final
from weakref import WeakValueDictionary

import anyio
import msgspec
from anyio import CapacityLimiter, to_thread

from harlake.errors import HarlakeError, UploadLockedError
from harlake.limits import MIB, Limits
from harlake.store.data_dir import DataDir
from harlake.store.ids import new_id
from harlake.store.upload_files import UploadDescription, UploadFile, UploadFiles
from harlake.upload.import_form import ImportForm
from harlake.upload.import_outcome import ImportOutcome
from harlake.upload.importer import ImportResult, import_upload
from harlake.upload.multipart import FileChunk, FileStart, TextField, UploadEvent
from harlake.upload.resources import UploadResources
from harlake.upload.running_imports import RunningImports

#: Bytes that are read of the file at a time.
_PIECE: Final = MIB // 2

#: Seconds that an import waits for bytes.
_PATIENCE: Final = 300


class _PutAsideError(Exception):
    """No bytes have arrived for so long that the import gives its place to others."""


class ResumableUpload:
    """One upload, as long as a request or its import has to do with it. All is changed by the event loop."""

    def __init__(self, file: UploadFile) -> None:
        self.file = file
        self.importing: asyncio.Task[None] | None = None
        #: Why its import failed, where it may be tried again.
        self.failure: Exception | None = None
        self._changed = anyio.Event()
        self._writing = anyio.Lock()
        self._writer: anyio.CancelScope | None = None

    @property
    def outcome(self) -> ImportOutcome | None:
        """What has become of it, None where that is not known yet."""
        found = self.file.description.outcome
        outcome = None if found is None else msgspec.convert(found, ImportOutcome)
        is_ending = outcome is not None and outcome.capture is not None and self.importing is not None
        return None if is_ending else outcome

    @property
    def offset(self) -> int:
        """How many bytes have arrived; of what is refused, none, so that whoever goes on with it is told why."""
        return 0 if self.outcome is not None and self.outcome.is_refusal else self.file.offset

    def arrive(self, offset: int) -> None:
        """Let what has been written up to there be read."""
        self.file.offset = offset
        self.notify()

    def notify(self) -> None:
        """Wake whoever waits for bytes."""
        self._changed.set()
        self._changed = anyio.Event()

    async def interrupt(self) -> None:
        """Return when nobody writes to it: a client that asks has given up what it sent before."""
        if self._writer is not None:
            self._writer.cancel()
        async with self._writing:
            pass

    async def write(self, work: Callable[[], Any]) -> None:
        """Do some work that writes to it, and end what did so before. Raises UploadLockedError where others do that."""
        await self.interrupt()
        async with self._writing:
            with anyio.CancelScope() as self._writer:
                try:
                    await work()
                finally:
                    self._writer = None
                return
        raise UploadLockedError("another request goes on with it")

    async def events(self, threads: CapacityLimiter, count_bytes: Callable[[int], None]) -> AsyncIterator[UploadEvent]:
        """Yield it as an upload's form, each byte as soon as it has arrived."""
        description = self.file.description
        for name, value in description.fields.items():
            yield TextField(name, value)
        yield FileStart(description.file_name)
        start = 0
        while start < description.length:
            if start == self.file.offset:
                await self._more()
                continue
            data = await to_thread.run_sync(self.file.read, start, _PIECE, limiter=threads)
            start += len(data)
            count_bytes(len(data))
            yield FileChunk(data)
            del data

    async def _more(self) -> None:
        """Wait for more bytes. Raises _PutAsideError."""
        with anyio.move_on_after(_PATIENCE):
            await self._changed.wait()
            return
        raise _PutAsideError


class ResumableUploads:
    """The uploads of one application."""

    def __init__(
        self,
        data_dir: DataDir,
        files: UploadFiles,
        resources: UploadResources,
        limits: Limits,
        running: RunningImports,
        place: Callable[[], AbstractAsyncContextManager[None]],
        answer: Callable[[ImportResult], dict[str, Any]],
    ) -> None:
        """``place`` is for each import, and ``answer`` makes what is told of one."""
        self.files = files
        #: Path of the URLs below which clients find them.
        self.address = ""
        self.threads = resources.writing
        self.data_dir = data_dir
        self._resources = resources
        self._limits = limits
        self._running = running
        self._place = place
        self._answer = answer
        self._open: WeakValueDictionary[uuid.UUID, ResumableUpload] = WeakValueDictionary()
        self._tasks: set[asyncio.Task[None]] = set()
        self._finding = anyio.Lock()

    async def create(self, description: UploadDescription) -> ResumableUpload:
        """Begin an upload. Raises HarlakeError where its fields are refused, or there is no room."""
        form = ImportForm(self.data_dir, self.threads)
        for name, value in description.fields.items():
            await form.take(TextField(name, value))
        upload = new_id()
        file = await to_thread.run_sync(self._create, upload, description, limiter=self.threads)
        self._open[upload] = found = ResumableUpload(file)
        return found

    def _create(self, upload: uuid.UUID, description: UploadDescription) -> UploadFile:
        self.data_dir.check_writable()
        self.data_dir.captures.check_room()
        return self.files.create(upload, description)

    async def find(self, upload: uuid.UUID) -> ResumableUpload:
        """Return an upload. Raises UploadNotFoundError."""
        async with self._finding:  # what one has found out of it, another must not write down later
            found = self._open.get(upload)
            if found is None:
                file = await to_thread.run_sync(self._find, upload, limiter=self.threads)
                self._open[upload] = found = ResumableUpload(file)
            return found

    def _find(self, upload: uuid.UUID) -> UploadFile:
        file = self.files.open(upload)
        if file.description.outcome is not None:
            outcome = msgspec.convert(file.description.outcome, ImportOutcome)
            if not outcome.is_true(self.data_dir):
                # It ended between what was to be told of it and its end.
                file.conclude(None, keeping=True)
                return self.files.open(upload)
            file.remove_bytes()
        return file

    def begin(self, upload: ResumableUpload) -> None:
        """Let the import of an upload run, unless it does, or is over."""
        if upload.importing is None and upload.outcome is None:
            upload.failure = None
            upload.importing = task = asyncio.create_task(self._import(upload))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def remove(self, upload: ResumableUpload) -> None:
        """Remove an upload, and what its import has read; what has been imported stays."""
        await upload.interrupt()
        if (task := upload.importing) is not None:
            task.cancel()
            await asyncio.wait([task])
        self._open.pop(upload.file.id, None)
        await to_thread.run_sync(upload.file.remove, limiter=self.threads)

    async def resume(self) -> None:
        """Import what had arrived as a whole when the process ended; what has not waits for its client."""
        await to_thread.run_sync(self.files.remove_remains, limiter=self.threads)
        for upload in await to_thread.run_sync(lambda: [*self.files.ids()], limiter=self.threads):
            with suppress(HarlakeError):
                found = await self.find(upload)
                if found.file.has_ended:
                    self.begin(found)

    async def expire(self) -> None:
        """Remove what nobody has gone on with for too long."""
        for upload in await to_thread.run_sync(lambda: [*self.files.expired()], limiter=self.threads):
            with suppress(HarlakeError):
                found = await self.find(upload)
                if found.importing is None:
                    await self.remove(found)

    async def close(self) -> None:
        """End the imports that are running; they begin again when the client or the process does."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _import(self, upload: ResumableUpload) -> None:
        """Import an upload, and write down what has become of it."""
        try:
            outcome = await self._outcome(upload)
            if outcome is not None:
                with anyio.CancelScope(shield=True):
                    await to_thread.run_sync(upload.file.conclude, outcome, limiter=self.threads)
        except _PutAsideError:
            pass
        except Exception as error:
            upload.failure = error.with_traceback(None)
        finally:
            upload.importing = None
            upload.notify()

    async def _outcome(self, upload: ResumableUpload) -> ImportOutcome | None:
        """Return what has become of an import, None where that is not certain. Raises _PutAsideError."""
        outcome: ImportOutcome | None = None

        def announce(result: ImportResult) -> None:
            nonlocal outcome
            outcome = ImportOutcome(200, self._answer(result), result.capture)
            upload.file.conclude(outcome, keeping=True)

        try:
            with self._running.begin(upload.file.description.length) as running:
                async with self._place():
                    events = running.watch(upload.events(self.threads, running.count_bytes))
                    count = running.count_entries
                    arguments = (self.data_dir, events, self._resources, self._limits, count, announce)
                    await running.run(partial(import_upload, *arguments))
        except HarlakeError as error:
            refused = ImportOutcome.refused(error)
            if refused is None:
                if outcome is not None:
                    await to_thread.run_sync(partial(upload.file.conclude, None, keeping=True), limiter=self.threads)
                raise
            return refused
        assert outcome is not None
        return outcome.settled()
