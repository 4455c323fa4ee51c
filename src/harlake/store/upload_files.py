"""Files that are uploaded in parts: what has arrived of each, in the data folder, with what is known of it beside it.

Of an upload there are ``<id>.json``, which describes it, ``<id>.part``, its bytes, and ``<id>.offset``, how many of
these are on the disk for certain: what is behind them is written again. The description is made first and removed last.
So a crash at any point leaves an upload that goes on, or something that the next start removes.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from harlake.errors import UploadNotFoundError
from harlake.store import private_files
from harlake.store.disk import disk_errors
from harlake.store.ids import parse_id
from harlake.store.json_files import read_json, write_json

_DESCRIPTION: Final = ".json"
_BYTES: Final = ".part"
_OFFSET: Final = ".offset"


class UploadDescription(msgspec.Struct, rename="camel"):
    """What a client has said of a file of so many bytes, and what has become of it, once that is known."""

    length: int
    file_name: str | None
    fields: dict[str, str]
    outcome: Any = None


class UploadFile:
    """One upload, open: its bytes are written in order, and may be read by another thread."""

    def __init__(self, folder: Path, upload: uuid.UUID, description: UploadDescription) -> None:
        self.id = upload
        self.description = description
        self._path = folder / str(upload)
        #: Bytes that have arrived, and can be read.
        self.offset = 0
        self._synced = 0
        self._bytes: int | None = None
        self._offset: int | None = None
        if description.outcome is not None:
            self.offset = description.length
            return
        self._bytes = _opened(self._with(_BYTES))
        self._offset = _opened(self._with(_OFFSET))
        written = os.pread(self._offset, 20, 0)
        if written.isdigit():
            self.offset = self._synced = min(int(written), os.fstat(self._bytes).st_size, description.length)

    def __del__(self) -> None:
        """Close the files, when nobody reads or writes them any more."""
        for file in (self._bytes, self._offset):
            if file is not None:
                os.close(file)

    @property
    def has_ended(self) -> bool:
        """Whether all bytes have arrived."""
        return self.offset == self.description.length

    def write(self, data: bytes, at: int) -> None:
        """Write bytes behind :attr:`offset`; they count when that is moved. Raises InsufficientStorageError."""
        assert self._bytes is not None
        view = memoryview(data)
        with disk_errors():
            while view:
                count = os.pwrite(self._bytes, view, at)
                view, at = view[count:], at + count

    def sync(self) -> None:
        """Return when what has arrived will outlive a crash. Raises InsufficientStorageError."""
        offset = self.offset
        if self._bytes is None or self._offset is None or offset == self._synced:
            return
        with disk_errors():
            os.fdatasync(self._bytes)
            os.pwrite(self._offset, b"%020d" % offset, 0)
            os.fdatasync(self._offset)
        self._synced = offset

    def read(self, start: int, most: int) -> bytes:
        """Return bytes that have arrived."""
        assert self._bytes is not None
        return os.pread(self._bytes, min(most, self.offset - start), start)

    def conclude(self, outcome: Any, *, keeping: bool = False) -> None:
        """Write down what has become of it; its bytes go, unless they are to be kept until that is certain."""
        described = msgspec.structs.replace(self.description, outcome=outcome)
        write_json(self._with(_DESCRIPTION), described)
        self.description = described
        if not keeping:
            self.remove_bytes()

    def remove_bytes(self) -> None:
        """Remove what has arrived; who reads it at the moment reads on."""
        for ending in (_OFFSET, _BYTES):
            self._with(ending).unlink(missing_ok=True)

    def last_written(self) -> float:
        """Return when something of it was last written, in seconds since 1970."""
        times = []
        for ending in (_DESCRIPTION, _OFFSET):
            try:
                times.append(self._with(ending).stat().st_mtime)
            except FileNotFoundError:
                continue
        return max(times, default=0)

    def remove(self) -> None:
        """Remove all of it."""
        self.remove_bytes()
        self._with(_DESCRIPTION).unlink(missing_ok=True)

    def _with(self, ending: str) -> Path:
        return self._path.with_name(self._path.name + ending)


class UploadFiles:
    """The uploads of a data folder; ``seconds`` after something was last written of one, it expires."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self._folder = folder
        self.seconds = seconds

    def create(self, upload: uuid.UUID, description: UploadDescription) -> UploadFile:
        """Make an upload of which nothing has arrived. Raises InsufficientStorageError."""
        with disk_errors():
            private_files.make_folder(self._folder)
        write_json(self._folder / f"{upload}{_DESCRIPTION}", description)
        file = UploadFile(self._folder, upload, description)
        private_files.sync_folder(self._folder)
        return file

    def open(self, upload: uuid.UUID) -> UploadFile:
        """Open an upload. Raises UploadNotFoundError, also where it has expired."""
        description = read_json(self._folder / f"{upload}{_DESCRIPTION}", UploadDescription)
        if description is None:
            raise UploadNotFoundError(f"no upload '{upload}': it is unknown here, or has expired")
        return UploadFile(self._folder, upload, description)

    def ids(self) -> Iterator[uuid.UUID]:
        """Yield the ids of all uploads."""
        for path in self._folder.glob(f"*{_DESCRIPTION}"):
            found = parse_id(path.name.removesuffix(_DESCRIPTION))
            if found is not None:
                yield found

    def expired(self) -> Iterator[uuid.UUID]:
        """Yield the uploads of which nothing was written for so long."""
        now = time.time()
        for upload in self.ids():
            if self.open(upload).last_written() + self.seconds <= now:
                yield upload

    def remove_remains(self) -> None:
        """Remove files that a crash has left of what is no upload."""
        known = {str(upload) for upload in self.ids()}
        for path in self._folder.glob("*"):
            if path.name.partition(".")[0] not in known or path.name.endswith(".new"):
                path.unlink(missing_ok=True)


def _opened(path: Path) -> int:
    """Open a file to read and write it, which is made where there is none."""
    try:
        return os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        with disk_errors():
            return private_files.create(path)
