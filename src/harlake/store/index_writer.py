"""Writing a capture's index: rows of entries become Parquet files while the import runs, a row group at a time.

The rows of a small capture make no file: they are so few that the catalog holds them, in one value.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from harlake.har.parse.blocks import Block
from harlake.limits import KIB, MIB
from harlake.pipeline.background import BackgroundWorker
from harlake.store import index_files
from harlake.store.capture_object import Frame, compressor
from harlake.store.index_columns import ENTRY_SCHEMA, READ_SCHEMA, SCHEMA_VERSION
from harlake.store.index_files import ROWS_PER_GROUP
from harlake.store.index_rows import IndexRows, RowConverter, record_batch
from harlake.store.objects import ObjectSink

#: Under which name a file says of which version it is.
SCHEMA_KEY: Final = "harlake.schema"

#: Rows that are held as Python objects before they become Arrow columns, and bytes of a share for each of them: they
#: take about 2 KB, Arrow's 300.
_BATCH_ROWS: Final = 1_024
_ROW_BYTES: Final = 8 * KIB
_ARROW_ROW_BYTES: Final = 136

#: With which as many rows are held as are worth it.
_MOST_MEMORY: Final = 8 * MIB

#: Bytes of a row group, which may end it before it has all of its rows.
_GROUP_BYTES: Final = 16 * MIB

#: Rows that are converted at a time. With a third of them, the processor time of an import is a fifth more.
_CONVERTED_ROWS: Final = 6_144

#: Rows, and bytes of them, that the catalog holds.
_MOST_KEPT: Final = 512
_MOST_KEPT_BYTES: Final = 256 * KIB

#: Columns of which few values are different; the others are shorter without a dictionary.
_DICTIONARIES: Final = [
    field.name
    for field in ENTRY_SCHEMA
    if (pa.types.is_string(field.type) and field.name not in ("url", "path", "connection"))
    or field.name in ("capture", "frame_start", "frame_length", "frame_text_length", "status")
]

#: Columns whose values are close to those before them.
_DELTAS: Final = dict.fromkeys(("ordinal", "start", "started_at"), "DELTA_BINARY_PACKED")

#: Columns of which rows near each other have values that are. Whoever asks anything makes DuckDB read the least
#: and greatest values of all row groups again: those of all columns are most of the time that a page takes, and of the
#: others each group has about the same.
_BOUNDED: Final = ["ordinal", "started_at", "page_ref"]

#: How files are written. DuckDB reads lz4 in two thirds of the time that zstd takes, which is 30 % smaller.
_OPTIONS: Final[dict[str, Any]] = {
    "compression": "lz4",
    # Of a page of Parquet's, all is decompressed, however little is asked for.
    "max_rows_per_page": 8_192,
    "use_dictionary": _DICTIONARIES,
    "column_encoding": _DELTAS,
    "write_page_checksum": True,
    "write_statistics": _BOUNDED,
}
_PAGE_OPTIONS: Final[dict[str, Any]] = {"compression": "zstd", "compression_level": 1, "write_page_checksum": True}


class IndexWriter:
    """Writes the rows of one capture's entries: blocks, then :meth:`close`; or :meth:`discard`.

    Raises InsufficientStorageError.
    """

    def __init__(
        self,
        capture: uuid.UUID,
        sink: Callable[[int], ObjectSink],
        converter: RowConverter,
        threads: ThreadPoolExecutor,
        memory: int = _MOST_MEMORY,
    ) -> None:
        """``sink`` returns where the file of a number is written to.

        ``memory`` is how many bytes rows may take, about, before they are written.
        """
        self._batch_rows = min(_BATCH_ROWS, memory // _ROW_BYTES)
        self.frame_count = 0
        self.entry_count = 0
        self._capture = capture
        self._new_sink = sink
        self._converter = converter
        self._rows = IndexRows(0)
        self._background = BackgroundWorker(threads)
        self._group_rows = min(ROWS_PER_GROUP, memory // _ARROW_ROW_BYTES)
        self._group_bytes = min(_GROUP_BYTES, 2 * memory)
        #: What the background has: rows as they were read, those of the next row group, and a file.
        self._batches: list[pa.RecordBatch] = []
        self._group: list[pa.Table] = []
        self._file: _RowFile | None = None
        self._written = 0

    def add(self, block: Block, frame: Frame) -> None:
        """Add a block that is stored as the frame."""
        self._rows.add(block, frame)
        self.frame_count += 1
        self.entry_count += len(block.entries)
        if len(self._rows.entries) >= self._batch_rows:
            self._end_batch()

    def close(self) -> bytes | None:
        """Complete the file, and return None; or return the rows of a small capture, which has none."""
        self._end_batch()
        self._background.wait()
        self._convert(self._group_rows)
        if not self._written and _are_few(rows := pa.concat_tables(self._group)):
            return kept_rows(rows)
        self._end_group()
        self._end_file()
        return None

    def discard(self) -> None:
        """Stop writing, and leave nothing behind; what is complete stays."""
        self._background.close()
        self._batches, self._group = [], []
        if self._file is not None:
            self._file.discard()

    def _end_batch(self) -> None:
        if self._rows.entries:
            batch, self._rows = record_batch(self._rows), IndexRows(self.entry_count)
            self._background.submit(self._store, batch)

    def _store(self, batch: pa.RecordBatch) -> None:
        self._batches.append(batch)
        while sum(map(len, self._batches)) >= min(_CONVERTED_ROWS, self._group_rows):
            self._convert(_CONVERTED_ROWS)
            rows = sum(map(len, self._group))
            if rows >= self._group_rows or sum(part.nbytes for part in self._group) >= self._group_bytes:
                self._end_group()

    def _convert(self, count: int) -> None:
        """Convert so many rows, or what there is: what comes in batches of any size, leaves in groups of one."""
        rows = pa.Table.from_batches(self._batches, READ_SCHEMA)
        self._batches = rows[count:].to_batches()
        self._group.append(self._converter.entries(self._capture, rows[:count]))

    def _end_group(self) -> None:
        """Write the rows of a group: what a file has no room for, to the next."""
        rows, self._group = pa.concat_tables(self._group), []
        while len(rows):
            number, in_file = divmod(self._written, index_files.ROWS_PER_FILE)
            if self._file is None:
                self._file = _RowFile(self._new_sink(number))
            part = rows[: index_files.ROWS_PER_FILE - in_file]
            self._file.write(part)
            self._written += len(part)
            rows = rows[len(part) :]
            if self._written % index_files.ROWS_PER_FILE == 0:
                self._end_file()

    def _end_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class _RowFile:
    """A file of rows of entries."""

    def __init__(self, sink: ObjectSink) -> None:
        self._sink = sink
        self._output = _SinkFile(sink)
        self._writer = pq.ParquetWriter(self._output, ENTRY_SCHEMA, **_OPTIONS)
        self._writer.add_key_value_metadata({SCHEMA_KEY: str(SCHEMA_VERSION)})

    def write(self, rows: pa.Table) -> None:
        self._writer.write_table(rows, row_group_size=len(rows))

    def close(self) -> None:
        self._writer.close()
        self._sink.close()

    def discard(self) -> None:
        self._output.stop()
        self._sink.discard()


def write_pages(rows: pa.Table, sink: ObjectSink) -> bytes | None:
    """Write the rows of a capture's pages: complete a file, and return None; or return them, where they are few."""
    if _are_few(rows):
        return kept_rows(rows)
    output = _SinkFile(sink)
    try:
        with pq.ParquetWriter(output, rows.schema, **_PAGE_OPTIONS) as file:
            file.add_key_value_metadata({SCHEMA_KEY: str(SCHEMA_VERSION)})
            file.write_table(rows, row_group_size=ROWS_PER_GROUP)
        sink.close()
    except BaseException:
        output.stop()
        sink.discard()
        raise
    return None


def kept_rows(rows: pa.Table) -> bytes:
    """Return a few rows as the catalog holds them: one record batch of Arrow's without its schema, as a zstd frame."""
    (batch,) = rows.combine_chunks().to_batches() or [pa.RecordBatch.from_pylist([], rows.schema)]
    return compressor().compress(batch.serialize())


def read_kept_rows(data: bytes, schema: pa.Schema) -> pa.RecordBatch:
    """Return rows that the catalog holds."""
    return pa.ipc.read_record_batch(pa.py_buffer(zstandard.decompress(data)), schema)


def _are_few(rows: pa.Table) -> bool:
    return len(rows) <= _MOST_KEPT and rows.nbytes <= _MOST_KEPT_BYTES


class _SinkFile:
    """A sink as a file that pyarrow writes to, which closes files when it likes."""

    closed = False

    def __init__(self, sink: ObjectSink) -> None:
        self.write: Callable[[bytes], object] = sink.write

    def flush(self) -> None:
        """Do nothing: the sink decides."""

    def close(self) -> None:
        """Do nothing: the sink is closed when all is written."""

    def stop(self) -> None:
        """Write nothing any more: pyarrow completes a file even when it lets go of one that is given up."""
        self.write = len
