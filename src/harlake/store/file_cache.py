"""Objects as local files: those that were asked for last are kept, as far as there is room for them."""

from __future__ import annotations

import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from harlake.limits import MIB
from harlake.store import private_files
from harlake.store.disk import disk_errors
from harlake.store.objects import ObjectStore

#: What a file's name ends with until it is complete.
_PARTIAL: Final = ".part"

#: Files that are fetched at a time, and bytes of each that are in memory.
_THREADS: Final = 4
_READ_BYTES: Final = MIB
_AHEAD: Final = 4 * MIB


@dataclass(slots=True)
class _CachedFile:
    """A file, which is not removed while it has ``users``, or while it is being fetched."""

    name: str
    is_fetched: Future[None] = field(default_factory=Future)
    size: int = 0
    users: int = 0
    is_gone: bool = False


class FileCache:
    """A folder of files, ``limit`` bytes of them, or as many as are used at the same time, if that is more.

    For any number of threads. What was there is removed: after a crash, nobody knows whether it is whole.
    """

    def __init__(self, objects: ObjectStore, folder: Path, limit: int) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        private_files.make_folder(folder)
        self._objects = objects
        self._folder = folder
        self._limit = limit
        self._lock = threading.Lock()
        self._files: OrderedDict[str, _CachedFile] = OrderedDict()
        self._size = 0
        self._threads = ThreadPoolExecutor(_THREADS, "file-cache")

    @contextmanager
    def files(self, names: Sequence[str]) -> Iterator[list[Path]]:
        """Give the paths of objects, which stay as long as the context lasts.

        Raises FileNotFoundError, StorageUnavailableError and InsufficientStorageError.
        """
        used = [self._use(name) for name in names]
        try:
            wait(file.is_fetched for file in used)
            for file in used:
                file.is_fetched.result()
            yield [self._folder / name for name in names]
        finally:
            self._release(used)

    def forget(self, name: str) -> None:
        """Drop the file of an object that has been removed, when nobody uses it any more."""
        with self._lock:
            file = self._files.get(name)
            if file is not None:
                file.is_gone = True
                self._drop_unused([file])

    def close(self) -> None:
        """Let go of threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _use(self, name: str) -> _CachedFile:
        """Count a user of a file, which is fetched by the first one."""
        with self._lock:
            file = self._files.get(name)
            if file is None:
                file = self._files[name] = _CachedFile(name)
                self._threads.submit(self._fetch, file)
            self._files.move_to_end(name)
            file.users += 1
            return file

    def _release(self, used: Sequence[_CachedFile]) -> None:
        with self._lock:
            for file in used:
                file.users -= 1
            self._drop_unused([file for file in used if file.is_gone])
            if self._size > self._limit:
                self._drop_unused(list(self._files.values()), self._limit)

    def _drop_unused(self, files: Sequence[_CachedFile], most: int = -1) -> None:
        """Remove those of the files that nobody uses, in their order, until all have ``most`` bytes."""
        for file in files:
            if self._size <= most:
                break
            if not file.users and file.is_fetched.done() and self._files.pop(file.name, None) is not None:
                self._size -= file.size
                (self._folder / file.name).unlink(missing_ok=True)

    def _fetch(self, file: _CachedFile) -> None:
        """Download a file; one that failed is not there for whoever comes later."""
        try:
            size = self._download(file.name)
        except BaseException as error:
            with self._lock:
                file.is_gone = True
                file.is_fetched.set_exception(error)
                self._drop_unused([file])
            return
        with self._lock:
            file.size = size
            self._size += size
            file.is_fetched.set_result(None)
            if file.is_gone:
                self._drop_unused([file])

    def _download(self, name: str) -> int:
        partial = self._folder / f"{name}{_PARTIAL}"
        length = 0
        try:
            with closing(self._objects.open(name, _AHEAD)) as source, disk_errors():
                target = private_files.create(partial)
                try:
                    while data := source.read(length, _READ_BYTES):
                        length += _write(target, data)
                finally:
                    os.close(target)
                partial.rename(self._folder / name)
        finally:
            partial.unlink(missing_ok=True)
        return length


def _write(file: int, data: bytes) -> int:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
    return len(data)
