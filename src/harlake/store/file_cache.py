"""Files that can be made again at any time: those that were asked for last are kept, as far as there is room."""

from __future__ import annotations

import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from harlake.pipeline.interruption import Interrupted, interrupted_by
from harlake.store import private_files

#: What a file's name ends with until it is complete.
_PARTIAL: Final = ".part"

#: Seconds after which whoever waits for a file looks whether anybody waits for them.
_WAIT: Final = 0.1


@dataclass(slots=True)
class _CachedFile:
    """A file, which is not removed while it has ``users``, or while it is being made."""

    name: str
    is_made: Future[None] = field(default_factory=Future)
    size: int = 0
    users: int = 0
    is_gone: bool = False


class FileCache:
    """A folder of files, ``limit`` bytes of them, or as many as are used at the same time, if that is more.

    For any number of threads. What was there is removed: after a crash, nobody knows whether it is whole.
    """

    def __init__(self, folder: Path, limit: int, threads: int) -> None:
        """Files are made in so many ``threads``."""
        shutil.rmtree(folder, ignore_errors=True)
        private_files.make_folder(folder)
        self._folder = folder
        self._limit = limit
        self._lock = threading.Lock()
        self._files: OrderedDict[str, _CachedFile] = OrderedDict()
        self._size = 0
        self._threads = ThreadPoolExecutor(threads, "file-cache")

    @contextmanager
    def files(self, names: Sequence[str], make: Callable[[str, Path], None]) -> Iterator[list[Path]]:
        """Give the paths of files, which stay as long as the context lasts.

        Those that are not there are made: ``make`` is called with the name and where to write it. What it raises,
        this raises; and Interrupted.
        """
        used = [self._use(name, make) for name in names]
        try:
            _wait_for([file.is_made for file in used])
            for file in used:
                file.is_made.result()
            yield [self._folder / name for name in names]
        finally:
            self._release(used)

    def forget(self, is_gone: Callable[[str], bool]) -> None:
        """Drop the files whose names meet a condition, as soon as nobody uses them any more."""
        with self._lock:
            files = [file for name, file in self._files.items() if is_gone(name)]
            for file in files:
                file.is_gone = True
            self._drop_unused(files)

    def close(self) -> None:
        """Let go of threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _use(self, name: str, make: Callable[[str, Path], None]) -> _CachedFile:
        """Count a user of a file, which is made for the first one."""
        with self._lock:
            file = self._files.get(name)
            if file is None:
                file = self._files[name] = _CachedFile(name)
                self._threads.submit(self._make, file, make)
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
            if not file.users and file.is_made.done() and self._files.get(file.name) is file:
                del self._files[file.name]
                self._size -= file.size
                (self._folder / file.name).unlink(missing_ok=True)

    def _make(self, file: _CachedFile, make: Callable[[str, Path], None]) -> None:
        """Make a file; one that failed is not there for whoever comes later."""
        with self._lock:
            if not file.users:  # whoever asked for it has left before its turn came
                file.is_made.set_exception(Interrupted())
                self._drop_unused([file])
                return
        try:
            size = self._made(file.name, make)
        except BaseException as error:
            with self._lock:
                file.is_gone = True
                file.is_made.set_exception(error)
                self._drop_unused([file])
            return
        with self._lock:
            file.size = size
            self._size += size
            file.is_made.set_result(None)
            if file.is_gone:
                self._drop_unused([file])

    def _made(self, name: str, make: Callable[[str, Path], None]) -> int:
        partial = self._folder / f"{name}{_PARTIAL}"
        try:
            make(name, partial)
            partial.rename(self._folder / name)
        finally:
            partial.unlink(missing_ok=True)
        return (self._folder / name).stat().st_size


def _wait_for(futures: Sequence[Future[None]]) -> None:
    """Return when all have come. Raises Interrupted when nobody waits for that any more."""
    left = threading.Event()
    with interrupted_by(left.set):
        waiting = set(futures)
        while waiting:
            waiting = wait(waiting, _WAIT).not_done
            if waiting and left.is_set():
                raise Interrupted
