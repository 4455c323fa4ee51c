"""Objects as local files: written under another name, and on the disk before they have their own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from harlake.limits import MIB
from harlake.store import private_files
from harlake.store.disk import disk_errors

#: What the name of an object that is being written ends with.
STAGED: Final = ".part"

#: Bytes that the operating system may hold back; more of them, and closing a large object takes as long as writing it.
_SYNC_BYTES: Final = 16 * MIB


class LocalSink:
    """A file that is being written; it is made with its first bytes."""

    def __init__(self, path: Path, check_room: Callable[[], None]) -> None:
        """``check_room`` is called before anything is written. Raises InsufficientStorageError."""
        self._path = path
        self._check_room = check_room
        self._file: int | None = None
        self._unsynced = 0

    def write(self, data: bytes) -> None:
        """Append some bytes."""
        self._check_room()
        with disk_errors():
            if self._file is None:
                self._file = private_files.create(staged_path(self._path))
            view = memoryview(data)
            while view:
                view = view[os.write(self._file, view) :]
            self._unsynced += len(data)
            if self._unsynced >= _SYNC_BYTES:
                os.fdatasync(self._file)
                self._unsynced = 0

    def close(self) -> None:
        """Complete the file, and return when it is on the disk."""
        if self._file is None:
            self.write(b"")
        assert self._file is not None
        with disk_errors():
            os.fsync(self._file)
            staged_path(self._path).rename(self._path)
            _sync_folder(self._path.parent)
        self._release()

    def discard(self) -> None:
        """Stop writing, and leave nothing behind; what is complete stays."""
        if self._file is not None:
            self._release()
            staged_path(self._path).unlink(missing_ok=True)

    def _release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def staged_path(path: Path) -> Path:
    """Return where an object is written until it is complete."""
    return path.with_name(path.name + STAGED)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
