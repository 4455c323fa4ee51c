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
from harlake.limits import MIB
from harlake.store import private_files
from harlake.store.disk import disk_errors

_Result = TypeVar("_Result")

_NAME: Final = "reserve"

#: As long as the catalog's log becomes; to remove a capture takes some 100 bytes of it.
_SIZE: Final = MIB

#: What must be left beside it when it comes back, so that it is not what fills the disk.
_BESIDE: Final = MIB

_log = logging.getLogger(__name__)


class Reserve:
    """The room that a data folder keeps."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME
        self._lock = threading.Lock()
        self._is_kept = self._length() == _SIZE
        self.keep()

    def keep(self) -> None:
        """Take the room, unless it is taken, or there is too little."""
        if self._is_kept:
            return
        with self._lock, suppress(OSError):
            if not self._is_kept and shutil.disk_usage(self._path.parent).free >= _SIZE + _BESIDE:
                self._write()
                self._is_kept = True

    def release(self) -> bool:
        """Give the room to whoever needs it first; return whether there was any."""
        with self._lock:
            try:
                self._path.unlink()
            except OSError:
                return False
            self._is_kept = False
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

    def _write(self) -> None:
        self._path.unlink(missing_ok=True)
        with os.fdopen(private_files.create(self._path), "wb", 0) as file:
            try:
                view = memoryview(os.urandom(_SIZE))  # which no file system compresses
                while view:
                    view = view[file.write(view) :]
            except OSError:
                self._path.unlink()
                raise
