"""Bytes of an upload that goes on: written as they arrive, and kept as far as they have come when the client leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final, Protocol

import anyio
from anyio import to_thread

from harlake.errors import ChecksumMismatchError, UploadTooLargeError
from harlake.limits import MIB
from harlake.upload.resumable_uploads import ResumableUpload, ResumableUploads

#: Bytes that are written at a time: a thread for each that arrives alone would cost more than the writing.
_BATCH: Final = MIB // 2

#: Bytes after which it is made certain that they are on the disk. So many are sent again after a crash at most.
_SYNCED: Final = 16 * MIB


class Checksum(Protocol):
    """What the bytes of one request are to be."""

    def update(self, data: bytes) -> None:
        """Take the next bytes."""

    def matches(self) -> bool:
        """Return whether these were all."""


class UploadWriter:
    """Writes what one request brings: :meth:`run` it once.

    With a ``checksum``, nothing has arrived until it is known to match.
    """

    def __init__(self, uploads: ResumableUploads, upload: ResumableUpload, checksum: Checksum | None) -> None:
        self._uploads = uploads
        self._upload = upload
        self._checksum = checksum
        self._end = upload.file.offset
        self._batch: list[bytes] = []
        self._weight = 0
        self._unsynced = 0

    async def run(self, pieces: AsyncIterator[bytes]) -> None:
        """Write all pieces, until it is known what has become of the import. Raises HarlakeError."""
        try:
            async for data in pieces:
                await self._take(data)
                if self._upload.outcome is not None or self._upload.failure is not None:
                    break
                del data
            await self._flush()
            if self._checksum is not None:
                if not self._checksum.matches():
                    raise ChecksumMismatchError("the bytes are not those of Upload-Checksum; send them again")
                self._arrive()
        finally:
            with anyio.CancelScope(shield=True):
                if self._checksum is None:
                    await self._flush()
                await self._call(self._upload.file.sync)

    async def _take(self, data: bytes) -> None:
        length = self._upload.file.description.length
        if self._end + self._weight + len(data) > length:
            raise UploadTooLargeError(f"Upload-Length is {length}, and more bytes come")
        self._batch.append(data)
        self._weight += len(data)
        if self._weight >= _BATCH:
            await self._flush()

    async def _flush(self) -> None:
        """Write what has been taken."""
        if not self._batch:
            return
        data = b"".join(self._batch)
        self._batch.clear()
        self._weight = 0
        await self._call(self._write, data)
        self._end += len(data)
        if self._checksum is None:
            self._arrive()
            self._unsynced += len(data)
            if self._unsynced >= _SYNCED:
                self._unsynced = 0
                await self._call(self._upload.file.sync)

    def _write(self, data: bytes) -> None:
        self._uploads.data_dir.captures.check_free()
        self._upload.file.write(data, self._end)
        if self._checksum is not None:
            self._checksum.update(data)

    def _arrive(self) -> None:
        self._upload.arrive(self._end)
        self._uploads.begin(self._upload)

    async def _call(self, function: object, *arguments: object) -> None:
        await to_thread.run_sync(function, *arguments, limiter=self._uploads.threads)  # type: ignore[arg-type]
