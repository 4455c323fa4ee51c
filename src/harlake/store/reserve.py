"""Room on the disk that is kept for removing: on a full disk, the catalog could not write down what is to go.

A file takes it, which goes when the disk is found full, and comes back when there is room again. It has no content that
anybody reads.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from harlake.errors import InsufficientStorageError
from harlake.limits import KIB, MIB
from harlake.store import private_files
from harlake.store.disk import disk_errors

_Result = TypeVar("_Result")

RESERVE: Final = "reserve"

#: As long as the catalog's log becomes; to remove a capture takes some 100 bytes of it.
_SIZE: Final = MIB

#: Where there is less room than that, as many of these are taken as there are.
_UNIT: Final = 64 * KIB

_log = logging.getLogger(__name__)


class Reserve:
    """The room that a data folder keeps."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / RESERVE
        self._lock = threading.Lock()
        self._kept = self._length()
        self.keep()

    def keep(self) -> None:
        """Take the room, as far as it is not taken, and there is some."""
        if self._kept == _SIZE:
            return
        with self._lock, suppress(OSError):
            size = min(_SIZE, (self._kept + shutil.disk_usage(self._path.parent).free) // _UNIT * _UNIT)
            if size > self._kept:
                self._kept = 0
                self._write(size)
                self._kept = size

    def release(self) -> bool:
        """Give the room to whoever needs it first; return whether there was any."""
        with self._lock:
            try:
                self._path.unlink()
            except OSError:
                return False
            self._kept = 0
        _log.warning("the disk is full: what was kept free to remove captures is used now")
        return True

    def use_if_full(self, operation: Callable[[], _Result]) -> _Result:
        """Do something, and once more with the room that was kept where the disk is full.

        Raises InsufficientStorageError.
        """
        try:
            with disk_errors():
                return operation()
        except InsufficientStorageError:
            if not self.release():
                raise
        with disk_errors():
            return operation()

    def _length(self) -> int:
        try:
            return self._path.lstat().st_size
        except OSError:
            return 0

    def _write(self, size: int) -> None:
        self._path.unlink(missing_ok=True)
        file = private_files.create(self._path)
        try:
            view = memoryview(os.urandom(size))  # which no file system compresses
            while view:
                view = view[os.write(file, view) :]
        except OSError:
            self._path.unlink()
            raise
        finally:
            os.close(file)
