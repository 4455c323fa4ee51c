"""Objects as local files: written under another name, and on the disk before they have their own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from harlake.errors import InsufficientStorageError
from harlake.limits import MIB
from harlake.store import private_files
from harlake.store.disk import disk_errors
from harlake.store.objects import OBJECT_NAME, StoredObject

#: What the name of an object that is being written ends with.
_STAGED: Final = ".part"

#: Bytes that the operating system may hold back; more of them, and closing a large object takes as long as writing it.
_SYNC_BYTES: Final = 16 * MIB


class LocalObjects:
    """A folder of objects, which is made where there is none."""

    def __init__(self, folder: Path) -> None:
        private_files.make_folder(folder)
        self._folder = folder

    def sink(self, name: str, check_room: Callable[[], None]) -> LocalSink:
        """Return where an object is written to; ``check_room`` is called before anything is."""
        return LocalSink(self._folder / name, check_room)

    def open(self, name: str, ahead: int = 0) -> LocalSource:  # noqa: ARG002 - the operating system reads ahead
        """Open an object. Raises OSError."""
        return LocalSource(self._folder / name)

    def length(self, name: str) -> int:
        """Return the length of a complete object. Raises FileNotFoundError where there is none."""
        return (self._folder / name).lstat().st_size

    def delete(self, name: str) -> int:
        """Remove an object, complete or not, and return the length of what was complete."""
        path = self._folder / name
        try:
            length = path.lstat().st_size
            path.unlink()
        except FileNotFoundError:
            length = 0
        staged_path(path).unlink(missing_ok=True)
        return length

    def stored(self) -> Iterator[StoredObject]:
        """Yield all complete objects; files of other names are not harlake's."""
        for path in self._folder.iterdir():
            if OBJECT_NAME.fullmatch(path.name):
                status = path.lstat()
                yield StoredObject(path.name, status.st_size, status.st_mtime)

    def remove_unfinished(self, is_abandoned: Callable[[str], bool]) -> Iterator[str]:
        """Remove what is left of objects that nobody is writing any more, and yield their names; others' files stay."""
        for path in sorted(self._folder.iterdir()):
            if path.suffix == _STAGED and OBJECT_NAME.fullmatch(path.stem) and is_abandoned(path.stem):
                path.unlink(missing_ok=True)
                yield path.stem

    def check_free(self, keep_free: int) -> None:
        """Raise InsufficientStorageError when fewer bytes of the disk are free."""
        free = shutil.disk_usage(self._folder).free
        if free < keep_free:
            raise InsufficientStorageError(f"{free} bytes are free, {keep_free} are kept free")

    def check(self) -> None:
        """Raise OSError where the folder is not there."""
        self._folder.stat()

    def check_now(self) -> None:
        """Do the same: nobody waits for a folder."""
        self.check()

    @contextmanager
    def files(self, names: Sequence[str]) -> Iterator[list[Path]]:
        """Give the paths of objects: they are files already."""
        yield [self._folder / name for name in names]

    def forget(self, name: str) -> None:
        """Do nothing: what is removed is gone."""

    def close(self) -> None:
        """Do nothing: no threads are needed."""

    def narrow(self) -> int:
        """Take objects away from all but their owner, and return how many somebody else could use.

        A link is none, and stays as it is: it is not followed.
        """
        paths = (self._folder / stored.name for stored in self.stored())
        return sum(private_files.narrow(path) for path in paths if not path.is_symlink())


class LocalSource:
    """A file that is being read, also when it is removed meanwhile."""

    def __init__(self, path: Path) -> None:
        self._file = private_files.open_to_read(path)

    def read(self, start: int, length: int) -> bytes:
        """Return a range; less of it where the file ends."""
        return os.pread(self._file, length, start)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


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
            private_files.sync_folder(self._path.parent)
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
    return path.with_name(path.name + _STAGED)
