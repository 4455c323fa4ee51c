"""A full disk, in whichever words."""

from __future__ import annotations

import errno
from pathlib import Path

import duckdb
import pytest

from harlake.errors import InsufficientStorageError
from harlake.store.disk import disk_errors, is_disk_full, system_error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "no"),
        OSError(errno.EDQUOT, "no"),
        duckdb.IOException('IO Error: Could not write file "x": No space left on device'),
        duckdb.IOException('IO Error: Could not write file "x": Disk quota exceeded'),
        duckdb.TransactionException(
            'TransactionContext Error: Failed to commit: Could not write file "a\nb": No space left on device'
        ),
        duckdb.FatalException(
            'FATAL Error: Failed. Original error: "Could not write file "x": No space left on device"\n\nStack Trace:'
        ),
        duckdb.OutOfMemoryException(
            "Out of Memory Error: failed to offload data block of size 256.0 KiB (1.0 KiB/1.0 KiB used).\n"
            "This limit was set by the 'max_temp_directory_size' setting."
        ),
        OSError('IO Error: Could not write file "x": No space left on device'),  # as Arrow hands it on
    ],
)
def test_a_full_disk_is_insufficient_storage(error: Exception) -> None:
    """The operating system's errors and DuckDB's become the one that has an answer, and stay its cause."""
    assert is_disk_full(error)
    with pytest.raises(InsufficientStorageError, match="the disk is full") as raised, disk_errors():
        raise error
    assert raised.value.__cause__ is error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EIO, "broken"),
        ValueError("space"),
        duckdb.IOException('IO Error: Could not set lock on file "x": Conflicting lock is held'),
        duckdb.IOException('IO Error: Cannot open file "/No space left on device": Is a directory'),
        duckdb.OutOfMemoryException("Out of Memory Error: could not allocate block of size 1 KiB"),
        OSError("No space left on device"),
    ],
)
def test_other_errors_stay_what_they_are(error: Exception) -> None:
    """A broken disk is not a full one."""
    assert not is_disk_full(error)
    with pytest.raises(type(error)) as raised, disk_errors():
        raise error
    assert raised.value is error


@pytest.mark.parametrize(
    "words", ['"x": No space left on device', "No space left on device", "failed to offload data block"]
)
def test_what_a_client_wrote_is_no_error_of_the_system(words: str) -> None:
    """DuckDB quotes values that it cannot convert, patterns and names; none of it says what has happened."""
    statements = [
        ("SELECT ?::INTEGER", [words]),
        ("SELECT regexp_matches('', ?)", [f"({words}"]),
        ("SELECT error(?)", [f"IO Error: Could not write file {words}"]),
        ('SELECT * FROM "' + words.replace('"', '""') + '"', []),
    ]
    with duckdb.connect() as database:
        for statement, parameters in statements:
            with pytest.raises(duckdb.Error) as raised:
                database.execute(statement, parameters).fetchall()
            assert words in str(raised.value) or words.replace('"', '""') in str(raised.value)
            assert system_error(raised.value) is None
            assert not is_disk_full(raised.value)


def test_the_number_of_an_error(tmp_path: Path) -> None:
    """DuckDB's errors of the system have one, as far as it matters."""
    (tmp_path / "file").touch()
    said = duckdb.IOException('IO Error: Cannot open file "a\': "b": Too many open files\n\nLINE 1: SELECT')
    assert system_error(said) == errno.EMFILE
    assert system_error(OSError(errno.EACCES, "no")) == errno.EACCES
    with pytest.raises(duckdb.Error) as raised:
        duckdb.connect(tmp_path / "file" / "database")
    assert system_error(raised.value) is None
