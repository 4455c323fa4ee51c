"""Rows in a file of their own, in partitions by what they have in common, of which one is read at a time.

Strategy: rows come in tables, of which each leaves a record batch for each partition that it has rows of. So a
partition is read from as many offsets as there were tables, and nothing else is read with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa

from harlake.store import private_files


class Spill:
    """Rows by partition, a number below ``partitions``; first all are added, then :meth:`finish`, then they are read.

    As a context manager, it closes the file at the end, and leaves it.
    """

    def __init__(self, path: Path, partitions: int) -> None:
        self._path = path
        self._batches: list[list[int]] = [[] for _ in range(partitions)]
        self._count = 0
        self._writer: pa.RecordBatchFileWriter | None = None
        self._reader: pa.RecordBatchFileReader | None = None
        self._open = ExitStack()

    def __enter__(self) -> Spill:
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def add(self, rows: pa.Table) -> None:
        """Add rows, which are ordered by their column ``partition``."""
        if self._writer is None:
            os.close(private_files.create(self._path))
            self._writer = self._open.enter_context(pa.ipc.new_file(self._path, rows.schema))
        starts = np.searchsorted(rows["partition"].to_numpy(), np.arange(len(self._batches) + 1))
        for partition in np.flatnonzero(np.diff(starts)).tolist():
            for batch in rows[int(starts[partition]) : int(starts[partition + 1])].combine_chunks().to_batches():
                self._writer.write_batch(batch)
                self._batches[partition].append(self._count)
                self._count += 1

    def finish(self) -> None:
        """End writing, and begin to read."""
        if self._writer is not None:
            self._open.close()
            # Not mapped: what has been read of a mapping counts as memory of the process.
            self._reader = pa.ipc.open_file(self._open.enter_context(pa.OSFile(str(self._path))))

    def partition(self, number: int) -> pa.RecordBatchReader | None:
        """Return the rows of a partition, to be read once; None where there are none."""
        if self._reader is None or not self._batches[number]:
            return None
        return pa.RecordBatchReader.from_batches(self._reader.schema, self._read(number))

    def _read(self, number: int) -> Iterator[pa.RecordBatch]:
        assert self._reader is not None
        for batch in self._batches[number]:
            yield self._reader.get_batch(batch)
