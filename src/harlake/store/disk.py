"""A full disk, as the operating system or DuckDB report it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from harlake.errors import InsufficientStorageError

#: How the errors of a full disk read. The last is DuckDB's, when there is no room for what does not fit in its memory.
_DISK_FULL: Final = ("No space left on device", "Disk quota exceeded", "max_temp_directory_size")


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
    """Return whether an error means that no space is left; DuckDB only says so in words."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return any(words in str(error) for words in _DISK_FULL)
