"""Rows of a client's query as a file: lines of JSON, one JSON array, CSV, a stream of Arrow's, or Parquet.

Each is made of what comes, a batch at a time. In CSV, texts that a spreadsheet would take for formulas have an
apostrophe before them, as in exports; lists and structs are JSON.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from harlake.errors import InvalidQueryError
from harlake.limits import MIB
from harlake.query.sql_rows import json_text, lines, numbered, pieces, value_rows

#: Bytes of rows that a row group of Parquet has.
_GROUP_BYTES: Final = 4 * MIB

#: Behind what is not seen, a sign in any of its widths: what spreadsheets compute; see :mod:`harlake.export.formulas`.
_FORMULA: Final = re.compile(
    r"[\s\x00-\x20\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]*[=+\-@＝＋－＠﹢﹣﹦﹫−]|[\t\r\n]"
)
_NUMBER: Final = re.compile(r"-[0-9]+(\.[0-9]+)?")


def written(reader: pa.RecordBatchReader, file_format: str) -> Iterator[bytes]:
    """Yield what rows are as a file of a format, one of SQL_FORMATS.

    Raises ExpensiveQueryError, and InvalidQueryError where a format has no form for a type.
    """
    yield from SQL_FORMATS[file_format].write(reader)


def _ndjson(reader: pa.RecordBatchReader) -> Iterator[bytes]:
    for batch in reader:
        yield from lines(batch)


def _json(reader: pa.RecordBatchReader) -> Iterator[bytes]:
    before = b"[\n"
    for batch in reader:
        for rows in lines(batch):
            yield before + rows.rstrip(b"\n").replace(b"\n", b",\n")
            before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def _csv(reader: pa.RecordBatchReader) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")

    def taken() -> bytes:
        data = text.getvalue().encode("utf-8", "replace")
        text.seek(0)
        text.truncate()
        return data

    writer.writerow(map(_cell, numbered(reader.schema.names)))
    yield taken()
    for batch in reader:
        for rows in value_rows(batch):
            writer.writerows([_cell(value) for value in row] for row in rows)
            yield taken()


def _cell(value: Any) -> Any:
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    if not isinstance(value, str):
        return json_text(value).strip('"')
    return f"'{value}" if _FORMULA.match(value) and not _NUMBER.fullmatch(value) else value


def _arrow(reader: pa.RecordBatchReader) -> Iterator[bytes]:
    schema = _named(reader.schema)
    yield from _packed(reader, schema, lambda sink: pa.ipc.new_stream(sink, schema), 0)


def _parquet(reader: pa.RecordBatchReader) -> Iterator[bytes]:
    schema = _named(reader.schema)
    yield from _packed(reader, schema, lambda sink: pq.ParquetWriter(sink, schema, compression="zstd"), _GROUP_BYTES)


def _packed(
    reader: pa.RecordBatchReader, schema: pa.Schema, opened: Callable[[Any], Any], group_bytes: int
) -> Iterator[bytes]:
    """Yield what a writer of Arrow's makes of rows, of which it gets so many bytes at a time."""
    sink = _Sink()
    try:
        with opened(sink) as writer:
            held: list[pa.RecordBatch] = []
            for batch in reader:
                for piece in pieces(pa.RecordBatch.from_arrays(batch.columns, schema=schema)):
                    held.append(piece)
                    if sum(one.nbytes for one in held) >= group_bytes:
                        writer.write_table(pa.Table.from_batches(held, schema).combine_chunks())
                        held = []
                        yield sink.taken()
            if held:
                writer.write_table(pa.Table.from_batches(held, schema).combine_chunks())
        yield sink.taken()
    except (pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        raise InvalidQueryError(f"the format has no form for a type ({str(error)[:200]}): cast it to VARCHAR") from None


def _named(schema: pa.Schema) -> pa.Schema:
    fields = zip(numbered(schema.names), schema.types, strict=True)
    return pa.schema([pa.field(name, kind) for name, kind in fields])


class _Sink:
    """What is written, until it is taken; a file for pyarrow, which closes it when it likes."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._position = 0

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._position += len(part)
        return len(part)

    def taken(self) -> bytes:
        data = b"".join(self._parts)
        self._parts = []
        return data

    def tell(self) -> int:
        return self._position

    def flush(self) -> None: ...

    def close(self) -> None: ...

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False


class SqlFormat(NamedTuple):
    """A form of rows: its media type, and what writes it."""

    media_type: str
    write: Callable[[pa.RecordBatchReader], Iterator[bytes]]


SQL_FORMATS: Final = {
    "ndjson": SqlFormat("application/x-ndjson; charset=utf-8", _ndjson),
    "json": SqlFormat("application/json", _json),
    "csv": SqlFormat("text/csv; charset=utf-8; header=present", _csv),
    "arrow": SqlFormat("application/vnd.apache.arrow.stream", _arrow),
    "parquet": SqlFormat("application/vnd.apache.parquet", _parquet),
}
