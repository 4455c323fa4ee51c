"""Files of numbers that can be made again at any time: those that were used last are kept, as far as there is room."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

from harlake.pipeline.single_flight import SingleFlight
from harlake.store import private_files
from harlake.store.disk import disk_errors

#: A number of a row. There may be more than four billion of them.
_NUMBER: Final = np.dtype("<u8")

Numbers = npt.NDArray[np.uint64]


class NumberFile:
    """Numbers in a file, which stays readable while it is open, also when it is removed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.total = os.fstat(file.fileno()).st_size // _NUMBER.itemsize

    def numbers(self, start: int, limit: int) -> Numbers:
        """Return up to ``limit`` of the numbers, from the one at ``start`` on."""
        data = os.pread(self._file.fileno(), limit * _NUMBER.itemsize, start * _NUMBER.itemsize)
        return np.frombuffer(data, _NUMBER)


class NumberFiles:
    """A folder of such files, of ``limit`` bytes together; for any number of threads.

    Who asks for one that is not there makes it, alone: if it fails, or its client leaves, the next one does.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        self._folder = folder
        self._limit = limit
        self._lock = threading.Lock()
        self._flights: SingleFlight[str] = SingleFlight()
        self._sizes: OrderedDict[str, int] = OrderedDict()

    @contextmanager
    def opened(self, name: str, make: Callable[[], Iterator[Numbers]]) -> Iterator[NumberFile]:
        """Give the file of a name, with what ``make`` yields where it is not there."""
        file = self._found(name)
        if file is None:
            with self._flights.alone(name), disk_errors():
                file = self._found(name) or self._made(name, make)
        with file:
            yield NumberFile(file)

    def _found(self, name: str) -> BinaryIO | None:
        with self._lock:
            if name not in self._sizes:
                return None
            self._sizes.move_to_end(name)
            return (self._folder / name).open("rb")

    def _made(self, name: str, make: Callable[[], Iterator[Numbers]]) -> BinaryIO:
        private_files.make_folder(self._folder)
        number, made = tempfile.mkstemp(dir=self._folder)
        file, path = os.fdopen(number, "w+b"), Path(made)
        try:
            for numbers in make():
                file.write(numbers.astype(_NUMBER, copy=False).data)
            file.flush()
            self._keep(name, path, file.tell())
        except BaseException:
            file.close()
            path.unlink(missing_ok=True)
            raise
        return file

    def _keep(self, name: str, path: Path, size: int) -> None:
        """Give a file its name, and remove what was used least recently, if there is too much."""
        with self._lock:
            path.rename(self._folder / name)
            self._sizes[name] = size
            self._sizes.move_to_end(name)
            while len(self._sizes) > 1 and sum(self._sizes.values()) > self._limit:
                oldest, _ = self._sizes.popitem(last=False)
                (self._folder / oldest).unlink(missing_ok=True)
