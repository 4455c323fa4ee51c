"""Index rows on their way into the catalog."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pyarrow as pa

from harlake.har.parse.blocks import Block
from harlake.limits import KIB, MIB
from harlake.pipeline.background import BackgroundWorker
from harlake.store import index
from harlake.store.capture_object import Frame
from harlake.store.catalog import Catalog
from harlake.store.database import ROW_GROUP_SIZE

#: Index rows that are held as Python objects before they become Arrow columns, and bytes of a share for each of them:
#: they take about 2 KB, Arrow's 500.
_ARROW_ROWS: Final = 1_024
_ROW_BYTES: Final = 8 * KIB
_ARROW_ROW_BYTES: Final = KIB

#: With which as many rows are held as are worth it.
_MOST_MEMORY: Final = 8 * MIB

#: Bytes of rows that are added in one transaction: below half of the memory that the catalog is given.
_APPEND_BYTES: Final = 4 * MIB


class RowBuffer:
    """Collects the rows of frames and of their entries, and adds them to the catalog in the background.

    A row group at a time: DuckDB writes whole ones straight to its file, and keeps others in memory until it has
    written them twice.
    """

    def __init__(
        self, catalog: Catalog, capture: uuid.UUID, threads: ThreadPoolExecutor, memory: int = _MOST_MEMORY
    ) -> None:
        """``memory`` is how many bytes rows may take, about, before they are added."""
        self._batch_rows = min(_ARROW_ROWS, memory // _ROW_BYTES)
        self._group_rows = min(ROW_GROUP_SIZE, memory // _ARROW_ROW_BYTES)
        self.frame_count = 0
        self.entry_count = 0
        self._catalog = catalog
        self._capture = capture
        self._frames: list[index.FrameRow] = []
        self._rows = index.IndexRows(0)
        self._batches: list[pa.RecordBatch] = []
        self._pending = 0
        self._background = BackgroundWorker(threads)

    def add(self, block: Block, frame: Frame) -> None:
        """Add a block that is stored as the frame."""
        count = len(block.entries)
        self._frames.append(
            index.FrameRow(self.frame_count, frame.start, frame.length, frame.text_length, self.entry_count, count)
        )
        self._rows.add(block, self.frame_count)
        self.frame_count += 1
        self.entry_count += count
        if len(self._rows.entries) >= self._batch_rows:
            self._end_batch()
        self._append_row_groups()

    def close(self) -> None:
        """Add what is pending, and return when everything is in the catalog."""
        self._end_batch()
        self._append_row_groups()
        if self._batches:
            self._append(pa.Table.from_batches(self._batches))
        self._background.wait()

    def discard(self) -> None:
        """Return when nothing is added any more."""
        self._background.close()

    def _append_row_groups(self) -> None:
        """Add all whole row groups, a transaction each; a block may hold the rows of several."""
        if self._pending < self._group_rows:
            return
        rows = pa.Table.from_batches(self._batches)
        while self._pending >= self._group_rows:
            self._append(rows.slice(0, self._group_rows))
            rows = rows.slice(self._group_rows)
            self._pending -= self._group_rows
        self._batches = rows.to_batches()

    def _append(self, rows: pa.Table) -> None:
        if rows.nbytes > _APPEND_BYTES and len(rows) > 1:
            half = len(rows) // 2
            self._append(rows.slice(0, half))
            self._append(rows.slice(half))
            return
        self._background.submit(self._catalog.append, self._capture, index.frame_rows(self._frames), rows)
        self._frames = []

    def _end_batch(self) -> None:
        if self._rows.entries:
            self._batches.append(index.record_batch(self._rows))
            self._pending += len(self._rows.entries)
            self._rows = index.IndexRows(self.entry_count)
