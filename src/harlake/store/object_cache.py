"""Objects as local files: each is downloaded when it is first asked for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Final

from harlake.limits import MIB
from harlake.store import private_files
from harlake.store.disk import disk_errors
from harlake.store.file_cache import FileCache
from harlake.store.objects import ObjectStore

#: Objects that are downloaded at a time, for each waits for S3 most of the time, and bytes of each that are in memory.
_THREADS: Final = 16
_READ_BYTES: Final = MIB
_AHEAD: Final = 2 * MIB


class ObjectCache:
    """Files of objects in a folder, ``limit`` bytes of them, as :class:`FileCache` says."""

    def __init__(self, objects: ObjectStore, folder: Path, limit: int) -> None:
        self._objects = objects
        self._files = FileCache(folder, limit, _THREADS)

    def files(self, names: Sequence[str]) -> AbstractContextManager[list[Path]]:
        """Give the paths of objects, which stay as long as the context lasts.

        Raises FileNotFoundError, StorageUnavailableError and InsufficientStorageError.
        """
        return self._files.files(names, self._download)

    def forget(self, name: str) -> None:
        """Drop the file of an object that has been removed, when nobody uses it any more."""
        self._files.forget(lambda other: other == name)

    def close(self) -> None:
        """Let go of threads."""
        self._files.close()

    def _download(self, name: str, path: Path) -> None:
        length = 0
        with closing(self._objects.open(name, _AHEAD)) as source, disk_errors():
            target = private_files.create(path)
            try:
                while data := source.read(length, _READ_BYTES):
                    length += _write(target, data)
            finally:
                os.close(target)


def _write(file: int, data: bytes) -> int:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
    return len(data)
