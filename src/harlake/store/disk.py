"""What the operating system could not do, as Python or DuckDB report it: a full disk above all."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import duckdb

from harlake.errors import InsufficientStorageError

_DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})

#: Too many files are open, of this process or of all.
NO_MORE_FILES: Final = frozenset({errno.EMFILE, errno.ENFILE})

#: What the system says of these, by which DuckDB names them.
_SAID: Final = {
    os.strerror(number): number for number in (*_DISK_FULL, *NO_MORE_FILES, errno.EACCES, errno.EPERM, errno.EROFS)
}

#: Errors of DuckDB's that may be the system's. Those that quote what a client wrote have other classes.
_CLASSES: Final = (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException)

#: How they read: the system's words are at the end of a line, and before them is the name of a file.
_TEXT: Final = re.compile(
    rf'(?:IO|TransactionContext|FATAL) Error: .*?": ({"|".join(map(re.escape, _SAID))})"?\.?(?:\n|\Z)', re.DOTALL
)

#: DuckDB's, when there is no room for what does not fit in its memory.
_NOT_OFFLOADED: Final = "Out of Memory Error: failed to offload data block"


@contextmanager
def disk_errors() -> Iterator[None]:
    """Map errors of a full disk to InsufficientStorageError."""
    try:
        yield
    except Exception as error:
        if is_disk_full(error):
            raise InsufficientStorageError("the disk is full") from error
        raise


def is_disk_full(error: Exception) -> bool:
    """Return whether an error means that no space is left."""
    if system_error(error) in _DISK_FULL:
        return True
    return isinstance(error, duckdb.OutOfMemoryException | OSError) and str(error).startswith(_NOT_OFFLOADED)


def system_error(error: Exception) -> int | None:
    """Return the number of the system's error that an error is, None of any other.

    DuckDB has them in its texts only, and Arrow makes an OSError without a number of each error of DuckDB's.
    """
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    if not isinstance(error, (*_CLASSES, OSError)):
        return None
    said = _TEXT.match(str(error))
    return None if said is None else _SAID[said[1]]
