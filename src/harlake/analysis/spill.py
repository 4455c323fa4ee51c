"""Rows in files of their own, in partitions by what they have in common, of which one is read at a time.

Strategy: rows come in tables, of which each leaves a record batch for each partition that it has rows of. So a
partition is read from as many offsets as there were tables, and nothing else is read with it. Where there are many
partitions, batches would be of a few rows: then tables leave batches for groups of partitions, and a group is written
again, in a file for its partitions, when the first of these is read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harlake.store import private_files

#: Partitions of a file, and of a group. Of two sessions of 40 million entries there are ten thousand: in one file, that
#: were 24 million batches.
_MOST_PARTITIONS: Final = 256

#: Rows of a group that are written again at a time.
_TABLE_ROWS: Final = 32_768


class Spill:
    """Rows by partition, a number below ``partitions``; first all are added, then :meth:`finish`, then they are read.

    As a context manager, it closes its files at the end, and leaves them.
    """

    def __init__(self, path: Path, partitions: int) -> None:
        """Files are at the path, and beside it."""
        self._path = path
        self._width = 1 if partitions <= _MOST_PARTITIONS else _MOST_PARTITIONS
        self._file = _PartitionFile(path, np.arange(0, partitions + self._width, self._width))
        self._group: tuple[int, _PartitionFile] | None = None

    def __enter__(self) -> Spill:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()
        self._end_group()

    def add(self, rows: pa.Table) -> None:
        """Add rows, which are ordered by their column ``partition``."""
        self._file.add(rows)

    def finish(self) -> None:
        """End writing, and begin to read."""
        self._file.finish()

    def partition(self, number: int) -> pa.RecordBatchReader | None:
        """Return the rows of a partition, to be read once, before those of the next; None where there are none."""
        if self._width == 1:
            return self._file.read(number)
        group, member = divmod(number, self._width)
        if self._group is None or self._group[0] != group:
            self._end_group()
            self._group = group, self._members(group)
        return self._group[1].read(member)

    def _members(self, group: int) -> _PartitionFile:
        first = group * self._width
        members = _PartitionFile(self._path.with_suffix(".group"), np.arange(first, first + self._width + 1))
        if rows := self._file.read(group):
            for table in _tables(rows):
                members.add(table.sort_by("partition"))
        members.finish()
        return members

    def _end_group(self) -> None:
        if self._group is not None:
            self._group[1].close()
            with suppress(FileNotFoundError):
                self._path.with_suffix(".group").unlink()
            self._group = None


class _PartitionFile:
    """A file of rows by their partitions, each of which goes from one bound up to, and without, the next."""

    def __init__(self, path: Path, bounds: npt.NDArray[np.int64]) -> None:
        self._path = path
        self._bounds = bounds
        self._batches: list[list[int]] = [[] for _ in bounds[1:]]
        self._count = 0
        self._writer: pa.RecordBatchFileWriter | None = None
        self._reader: pa.RecordBatchFileReader | None = None
        self._open = ExitStack()

    def close(self) -> None:
        self._open.close()

    def add(self, rows: pa.Table) -> None:
        if self._writer is None:
            os.close(private_files.create(self._path))
            self._writer = self._open.enter_context(pa.ipc.new_file(self._path, rows.schema))
        starts = np.searchsorted(rows["partition"].to_numpy(), self._bounds)
        for number in np.flatnonzero(np.diff(starts)).tolist():
            for batch in rows[int(starts[number]) : int(starts[number + 1])].combine_chunks().to_batches():
                self._writer.write_batch(batch)
                self._batches[number].append(self._count)
                self._count += 1

    def finish(self) -> None:
        if self._writer is not None:
            self._open.close()
            # Not mapped: what has been read of a mapping counts as memory of the process.
            self._reader = pa.ipc.open_file(self._open.enter_context(pa.OSFile(str(self._path))))

    def read(self, number: int) -> pa.RecordBatchReader | None:
        if self._reader is None or not self._batches[number]:
            return None
        return pa.RecordBatchReader.from_batches(self._reader.schema, self._read(number))

    def _read(self, number: int) -> Iterator[pa.RecordBatch]:
        assert self._reader is not None
        for batch in self._batches[number]:
            yield self._reader.get_batch(batch)


def _tables(rows: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Yield rows, as many at a time as are worth a batch for each partition."""
    batches: list[pa.RecordBatch] = []
    for batch in rows:
        batches.append(batch)
        if sum(map(len, batches)) >= _TABLE_ROWS:
            yield pa.Table.from_batches(batches)
            batches = []
    if batches:
        yield pa.Table.from_batches(batches)
