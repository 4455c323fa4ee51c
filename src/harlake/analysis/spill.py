"""Rows in a file of their own, spread over parts by what they have in common, of which one is read at a time.

Strategy: rows come in tables, of which each leaves a record batch for each part that it has rows of. So a part is read
from as many places as there were tables, and nothing else is read with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa


class Spill:
    """Rows by their part, a number below ``parts``; first all are added, then :meth:`done`, then they are read.

    As a context manager, it lets go of the file at the end, and leaves it.
    """

    def __init__(self, path: Path, parts: int) -> None:
        self._path = path
        self._batches: list[list[int]] = [[] for _ in range(parts)]
        self._count = 0
        self._writer: pa.RecordBatchFileWriter | None = None
        self._reader: pa.RecordBatchFileReader | None = None
        self._open = ExitStack()

    def __enter__(self) -> Spill:
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def add(self, rows: pa.Table) -> None:
        """Add rows, which are ordered by their column ``part``."""
        if self._writer is None:
            self._writer = self._open.enter_context(pa.ipc.new_file(self._path, rows.schema))
        starts = np.searchsorted(rows["part"].to_numpy(), np.arange(len(self._batches) + 1))
        for part in np.flatnonzero(np.diff(starts)).tolist():
            for batch in rows[int(starts[part]) : int(starts[part + 1])].combine_chunks().to_batches():
                self._writer.write_batch(batch)
                self._batches[part].append(self._count)
                self._count += 1

    def done(self) -> None:
        """Begin to read."""
        if self._writer is not None:
            self._open.close()
            # Not mapped: what has been read of a mapping counts as memory of the process.
            self._reader = pa.ipc.open_file(self._open.enter_context(pa.OSFile(str(self._path))))

    def part(self, number: int) -> pa.RecordBatchReader | None:
        """Return the rows of a part, to be read once; None where there are none."""
        if self._reader is None or not self._batches[number]:
            return None
        return pa.RecordBatchReader.from_batches(self._reader.schema, self._read(number))

    def _read(self, number: int) -> Iterator[pa.RecordBatch]:
        assert self._reader is not None
        for batch in self._batches[number]:
            yield self._reader.get_batch(batch)
