"""Writing an object to S3: part by part while it is made, visible when it is complete."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from harlake.errors import HarlakeError, InsufficientStorageError, StorageUnavailableError
from harlake.limits import KIB, MIB
from harlake.pipeline.background import BackgroundWorker
from harlake.store.disk import disk_errors
from harlake.store.s3_errors import storage_errors, upload_errors

#: Bytes of a part. S3 takes 5 MiB at least, and has 10,000 parts to an object: of this size, 78 GiB of what is stored,
#: about ten times as much of HAR.
_PART_BYTES: Final = 8 * MIB
_MOST_PARTS: Final = 10_000

#: Bytes of a part that wait in memory; what is more waits in a file. So imports that are stalled hold little.
_HELD_BYTES: Final = 256 * KIB

_Part = tempfile.SpooledTemporaryFile[bytes]

_log = logging.getLogger(__name__)


class S3Sink:
    """An object that is being written. A part is sent by a thread of ``sending``, while the next is collected."""

    def __init__(
        self, store: S3Store, name: str, check_room: Callable[[], None], scratch: Path, sending: ThreadPoolExecutor
    ) -> None:
        self._store = store
        self._name = name
        self._check_room = check_room
        self._scratch = scratch
        self._sending = BackgroundWorker(sending)
        self._part: _Part | None = None
        self._parts = self._length = 0
        self._upload: obstore.WritableFile | None = None
        self._is_closing = self._is_complete = False

    def write(self, data: bytes) -> None:
        """Append some bytes."""
        self._check_room()
        self._length += len(data)
        view = memoryview(data)
        while view:
            part = self._part = self._part or self._new_part()
            piece = view[: _PART_BYTES - part.tell()]
            with disk_errors():
                part.write(piece)
            view = view[len(piece) :]
            if part.tell() == _PART_BYTES:
                self._end_part(part)
                self._part = None

    def close(self) -> None:
        """Complete the object, and return when it will outlive a crash."""
        self._part = self._part or self._new_part()
        self._sending.submit(self._complete, self._part)
        self._sending.wait()
        self._is_complete = True

    def discard(self) -> None:
        """Stop writing, and leave nothing behind; what is complete stays.

        What cannot be removed now is no error: the catalog knows of the object, and the bucket of the upload.
        """
        self._sending.close()
        if self._part is not None:
            self._part.close()
        if self._is_complete:
            return
        try:
            self._abort()
        except (HarlakeError, OSError) as error:
            _log.warning("an upload to the object store is left to be collected: %s", error)

    def _new_part(self) -> _Part:
        return tempfile.SpooledTemporaryFile(_HELD_BYTES, dir=str(self._scratch))

    def _end_part(self, part: _Part) -> None:
        self._parts += 1
        if self._parts == _MOST_PARTS:
            raise InsufficientStorageError(f"an object in S3 has {_MOST_PARTS * _PART_BYTES} bytes at most")
        self._sending.submit(self._send, part)

    def _send(self, part: _Part) -> None:
        """Send a part, and return when S3 has it."""
        upload = self._send_some(part)
        # obstore sends in the background, and one part at a time: the next piece waits for it, and there is none.
        with upload_errors():
            upload.write(b"")

    def _send_some(self, part: _Part) -> obstore.WritableFile:
        with part, disk_errors():
            part.seek(0)
            data = part.read()
        with upload_errors():
            if self._upload is None:
                self._upload = obstore.open_writer(self._store, self._name, buffer_size=_PART_BYTES, max_concurrency=1)
            self._upload.write(data)
        return self._upload

    def _complete(self, part: _Part) -> None:
        upload = self._send_some(part)
        self._is_closing = True
        try:
            with upload_errors():
                upload.close()
        except StorageUnavailableError:
            if not self._is_there():
                raise

    def _is_there(self) -> bool:
        """Return whether an upload that failed is complete: if its answer was lost, asking again is an error."""
        try:
            return int(obstore.head(self._store, self._name)["size"]) == self._length
        except (BaseError, OSError):
            return False

    def _abort(self) -> None:
        if self._is_closing:  # and failed: whether the object is there, only S3 knows
            with storage_errors():
                obstore.delete(self._store, self._name)
        elif self._upload is not None:
            with upload_errors():
                self._upload.__exit__(RuntimeError, RuntimeError("the object is discarded"), None)
