"""The lock of a data folder: whoever has it, service or reindex, is the only one who reads and writes what is in it."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
from typing import Final

from harlake.errors import DataDirError
from harlake.store import address_file, private_files

_NAME: Final = "lock"


class FolderLock:
    """The lock, held from its making until :meth:`close`, or until the process ends, however it does.

    Raises DataDirInUseError where somebody else has it. On a disk that is read only, it is held as well.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME
        self._watched: dict[Path, os.stat_result] = {}
        #: Whether nothing can be written to the folder.
        self.is_read_only = False
        try:
            self._file = private_files.create(self._path)
        except FileExistsError:
            private_files.narrow(self._path)
            self._file = self._open()
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise address_file.in_use_error(folder) from None
        #: The folder, by a name that DuckDB takes.
        self.folder: Final = self._duckdb_name(folder)

    def _open(self) -> int:
        try:
            return os.open(self._path, os.O_RDWR | os.O_NOFOLLOW)
        except OSError as error:
            if error.errno != errno.EROFS:
                raise
        self.is_read_only = True
        return private_files.open_to_read(self._path)

    def close(self) -> None:
        """Let go of it. The file stays: whoever waits for it must not get another one."""
        os.close(self._file)
        if self._open_folder is not None:
            os.close(self._open_folder)

    def _duckdb_name(self, folder: Path) -> Path:
        """Return the path of the folder, for a name may look like a URL; if it is no UTF-8, one by an open file."""
        self._open_folder: int | None = None
        path = folder.absolute()
        try:
            os.fspath(path).encode()
        except UnicodeEncodeError:
            self._open_folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            return Path(f"/proc/self/fd/{self._open_folder}")
        return path

    def watch(self, *names: str) -> None:
        """Let :meth:`check` notice also when one of these files or folders is no longer the one that it is now."""
        self._watched = {path: path.lstat() for path in map(self._path.with_name, names)}

    def check(self) -> None:
        """Raise DataDirError where the folder is no longer where it was: what is written now would be lost."""
        try:
            is_here = os.path.samestat(self._path.lstat(), os.fstat(self._file)) and all(
                os.path.samestat(path.lstat(), status) for path, status in self._watched.items()
            )
        except OSError:
            is_here = False
        if not is_here:
            raise DataDirError(
                "the data folder, or a part of it, was moved or removed while it was open; start the service again"
            )
