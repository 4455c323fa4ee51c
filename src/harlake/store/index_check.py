"""Checks the index of a capture: its rows are there, are readable, and say of each entry where it is."""

from __future__ import annotations

import uuid
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from harlake.store import index_files
from harlake.store.index_columns import ENTRY_SCHEMA, PAGE_SCHEMA, SCHEMA_VERSION
from harlake.store.index_writer import SCHEMA_KEY, read_kept_rows

#: Rows that are read at a time.
_ROWS: Final = 8_192

_SCHEMAS: Final = {"entries": ENTRY_SCHEMA, "pages": PAGE_SCHEMA}

#: Columns that say where a frame is, and where an entry is.
_FRAME: Final = ("frame_start", "frame_length", "frame_text_length")
_PLACE: Final = ("ordinal", "start", "length", *_FRAME)


class IndexProblem(Exception):  # noqa: N818 - what is found is no error of whoever looks for it
    """What is wrong with an index; ``is_newer`` where a newer version has made it, and this one cannot tell."""

    def __init__(self, problem: str, *, is_newer: bool = False) -> None:
        super().__init__(problem)
        self.is_newer = is_newer


def file_rows(path: Path, table: str) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a file, all columns of them, with their checksums. Raises IndexProblem."""
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            _check_version(file.metadata.metadata or {})
            if file.schema_arrow.names != _SCHEMAS[table].names:
                raise IndexProblem("it has other columns than an index has")
            yield from file.iter_batches(_ROWS)
    except FileNotFoundError:
        raise IndexProblem("there is no such file") from None
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise IndexProblem(f"it is damaged: {_first_line(error)}") from error


def kept_rows_of(data: bytes, table: str) -> Iterator[pa.RecordBatch]:
    """Yield the rows that the catalog keeps. Raises IndexProblem."""
    try:
        batch = read_kept_rows(data, _SCHEMAS[table])
        batch.validate(full=True)
    except (pa.ArrowException, zstandard.ZstdError, OSError) as error:
        raise IndexProblem(f"the rows that the catalog keeps are damaged: {_first_line(error)}") from error
    yield batch


class RowsCheck(Protocol):
    """Checks the rows of one table of a capture, as they come."""

    def add_all(self, batches: Iterator[pa.RecordBatch]) -> None:
        """Check rows that follow those before. Raises IndexProblem."""

    def end_file(self, count: int) -> None:
        """Check that a file ends here, or the last of ``count`` rows. Raises IndexProblem."""

    def end(self, count: int) -> None:
        """Check that there are so many rows. Raises IndexProblem."""


class PageRowsCheck:
    """Counts pages, which are numbered."""

    def __init__(self) -> None:
        self._count = 0

    def add_all(self, batches: Iterator[pa.RecordBatch]) -> None:
        """Check rows that follow those before. Raises IndexProblem."""
        for batch in batches:
            for number in batch["number"].to_pylist():
                if number != self._count:
                    raise IndexProblem(f"page {self._count} has the number {number}")
                self._count += 1

    def end_file(self, count: int) -> None:
        """Do nothing: there is one file."""

    def end(self, count: int) -> None:
        """Check that there are so many pages. Raises IndexProblem."""
        if self._count != count:
            raise IndexProblem(f"it has {self._count} pages, and should have {count}")


class EntryRowsCheck:
    """Compares rows of entries with each other, and with the frames of the object where these are known."""

    def __init__(self, capture: uuid.UUID, frames: array[int] | None) -> None:
        self._capture = capture.bytes
        self._frames = None if frames is None else np.frombuffer(frames, np.int64).reshape(-1, 3)
        self._count = 0
        self._frame_count = 0
        #: Of the row before: its frame, how long that is, and where in it the entry ends.
        self._last = (-1, 0, 0)

    def add_all(self, batches: Iterator[pa.RecordBatch]) -> None:
        """Check rows that follow those before. Raises IndexProblem."""
        for batch in batches:
            self._add(batch)

    def end_file(self, count: int) -> None:
        """Check that a file ends here, or the last of so many entries. Raises IndexProblem."""
        if self._count % index_files.ROWS_PER_FILE and self._count < count:
            raise IndexProblem(f"it ends behind {self._count} of {count} entries")

    def end(self, count: int) -> None:
        """Check that there are so many entries, and that no frame is left. Raises IndexProblem."""
        _, text_length, end = self._last
        if self._count != count:
            raise IndexProblem(f"it has {self._count} entries, and should have {count}")
        if end != text_length:
            raise IndexProblem("the last entry ends before its frame does")
        if self._frames is not None and self._frame_count != len(self._frames):
            raise IndexProblem(
                f"it knows {self._frame_count} frames of entries, and the object has {len(self._frames)}"
            )

    def _add(self, batch: pa.RecordBatch) -> None:
        if not len(batch):
            return
        if any(batch[name].null_count for name in _PLACE):
            raise IndexProblem("it does not say of each entry where it is")
        if batch["capture"].storage.unique().to_pylist() != [self._capture]:
            raise IndexProblem("it has rows of another capture")
        columns = {name: batch[name].to_numpy().astype(np.int64) for name in _PLACE}
        if not np.array_equal(columns["ordinal"], np.arange(self._count, self._count + len(batch))):
            raise IndexProblem(f"entries from {self._count} on are not in their order")
        self._check_places(columns)
        self._count += len(batch)

    def _check_places(self, columns: dict[str, Any]) -> None:
        """Let each frame begin and end with an entry, and entries within it follow each other."""
        last_frame, last_length, last_end = self._last
        frames = columns["frame_start"]
        is_first = np.diff(frames, prepend=last_frame) != 0
        ends = columns["start"] + columns["length"]
        ends_before = np.concatenate(([last_end], ends[:-1]))
        lengths_before = np.concatenate(([last_length], columns["frame_text_length"][:-1]))
        is_right = np.where(
            is_first, (columns["start"] == 0) & (ends_before == lengths_before), columns["start"] > ends_before
        )
        is_right &= ends <= columns["frame_text_length"]
        if not is_right.all():
            raise IndexProblem(f"entry {self._count + int(np.argmin(is_right))} is not where its frame has one")
        found = np.column_stack([columns[name][is_first] for name in _FRAME])
        if self._frames is not None:
            there = self._frames[self._frame_count : self._frame_count + len(found)]
            if not np.array_equal(found, there):
                raise IndexProblem("it knows other frames of entries than the object has")
        self._frame_count += len(found)
        self._last = int(frames[-1]), int(columns["frame_text_length"][-1]), int(ends[-1])


def _check_version(metadata: dict[bytes, bytes]) -> None:
    text = metadata.get(SCHEMA_KEY.encode(), b"0").decode("ascii", "replace")
    version = int(text) if text.isdecimal() else 0
    if version > SCHEMA_VERSION:
        raise IndexProblem(
            f"a newer version of harlake has made it (format {version}, and not {SCHEMA_VERSION})", is_newer=True
        )
    if version < SCHEMA_VERSION:
        raise IndexProblem(f"an earlier version of harlake has made it (format {version}, and not {SCHEMA_VERSION})")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
