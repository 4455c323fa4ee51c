"""A full disk, in whichever words."""

from __future__ import annotations

import errno

import duckdb
import pytest

from harlake.errors import InsufficientStorageError
from harlake.store.disk import disk_errors, is_disk_full


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "no"),
        OSError(errno.EDQUOT, "no"),
        duckdb.IOException('Could not write file "x": No space left on device'),
        duckdb.IOException("Disk quota exceeded"),
        duckdb.OutOfMemoryException("failed to offload data block … max_temp_directory_size"),
    ],
)
def test_a_full_disk_is_insufficient_storage(error: Exception) -> None:
    """The operating system's errors and DuckDB's become the one that has an answer, and stay its cause."""
    assert is_disk_full(error)
    with pytest.raises(InsufficientStorageError, match="the disk is full") as raised, disk_errors():
        raise error
    assert raised.value.__cause__ is error


@pytest.mark.parametrize("error", [OSError(errno.EIO, "broken"), ValueError("space"), duckdb.IOException("lock")])
def test_other_errors_stay_what_they_are(error: Exception) -> None:
    """A broken disk is not a full one."""
    assert not is_disk_full(error)
    with pytest.raises(type(error)) as raised, disk_errors():
        raise error
    assert raised.value is error
