"""Tables: a selection's index rows as CSV or Parquet, written by DuckDB while they are sent.

Strategy: a second DuckDB, in memory and of one thread, copies what it is given to a pipe. It is given the rows a batch
at a time, each by a query of its own. Neither file
nor folder is made for it: the pipe is named by its descriptor, and whoever stops reading closes it, which ends the
writer.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from harlake.errors import NoBodyError, SessionNotFoundError
from harlake.export.formulas import without_formulas
from harlake.export.redaction import Redaction
from harlake.har.bodies import response_body
from harlake.limits import KIB, MAX_TEXT_BYTES, MIB
from harlake.query.columns import COLUMNS
from harlake.query.conditions import ENTRY_ID
from harlake.query.entry_reader import read_entries
from harlake.query.locations import Location
from harlake.query.rows import rows_at
from harlake.query.selection import Selection
from harlake.store.captures import CaptureStore
from harlake.store.duckdb_instance import new_instance
from harlake.store.index import Index
from harlake.store.index_columns import truncated_columns
from harlake.store.timestamps import ISO_FORMAT

#: The DuckDB that writes: another one may write other bytes.
TABLE_WRITER: Final = f"DuckDB {duckdb.__version__}"

#: Rows of a batch, DuckDB's own measure; and bytes of their entries, where bodies are read out of them.
_BATCH_ROWS: Final = 2_048
_BATCH_BYTES: Final = 2 * MIB

_READ_BYTES: Final = 256 * KIB

#: What the DuckDB that writes is given: see docs/design.md. A body is in it several times.
_MEMORY_BYTES: Final = 64 * MIB
BODY_COPIES: Final = 6

_BODY: Final = pa.field("responseBody", pa.binary())
#: The id and the name of a session.
SessionName = tuple[uuid.UUID, str]

#: The session of an entry.
_SESSION: Final = (pa.field("session", pa.string()), pa.field("sessionName", pa.string()))
_TRUNCATED: Final = pa.field("truncated", pa.string())

_SELECTED: Final = f"""
    {ENTRY_ID} AS id, {", ".join(f'{sql} AS "{name}"' for name, sql in COLUMNS.items())}
"""

#: Stands for the pipe until there is one.
_PIPE: Final = "/dev/fd/?"

_WRITTEN_AS: Final = {
    "csv": "FORMAT csv, HEADER",
    "parquet": "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480, ROW_GROUP_SIZE_BYTES '4MB'",
}


def table_chunks(
    index: Index,
    captures: CaptureStore,
    selection: Selection,
    file_format: str,
    *,
    bodies: bool = False,
    raw: bool = False,
    sessions: Mapping[uuid.UUID, SessionName] | None = None,
    redaction: Redaction | None = None,
) -> Iterator[bytes]:
    """Yield a selection's rows as a file of ``csv`` or ``parquet``; with a ``redaction``, without secrets.

    With ``bodies``, a column has the responses' bodies, decoded; in a ``raw`` CSV, texts may be formulas. With
    ``sessions``, by their captures, columns have their ids and names. Raises SessionNotFoundError where entries are
    removed meanwhile, and DamagedCaptureError.
    """
    schema = _with_truncated(rows_at(index, [], [], _SELECTED)).schema
    if sessions is not None:
        for field in _SESSION:
            schema = schema.append(field)
    memory = _MEMORY_BYTES
    if bodies:
        schema = schema.append(_BODY)
        memory += BODY_COPIES * selection.totals.largest

    def tables() -> Iterator[pa.Table]:
        for locations in _location_batches(selection, _BATCH_BYTES if bodies else None):
            rows = _rows(index, selection, locations)
            if redaction is not None:
                rows = redaction.rows(rows)
            if sessions is not None:
                rows = _with_sessions(rows, sessions, locations)
            yield _with_bodies(rows, captures, locations, redaction) if bodies else rows

    rows = "SELECT * FROM batches"
    if file_format == "csv":
        rows = _csv_rows([] if raw else [field.name for field in schema if field.type == pa.string()])
    yield from _written(schema, tables(), f"COPY ({rows}) TO '{_PIPE}' ({_WRITTEN_AS[file_format]})", memory)


def _csv_rows(quoted: Sequence[str]) -> str:
    """Return the query of a CSV's rows; some columns are quoted where they would be formulas."""
    replaced = [f'strftime("startedDateTime", {ISO_FORMAT}) AS "startedDateTime"']
    replaced += (f'{without_formulas(name)} AS "{name}"' for name in quoted)
    return f"SELECT * REPLACE ({', '.join(replaced)}) FROM batches"


def _written(schema: pa.Schema, tables: Iterator[pa.Table], copy: str, memory: int) -> Iterator[bytes]:
    """Yield what DuckDB writes of tables, from a thread of its own that ends when this does."""
    errors: list[BaseException] = []
    stopped = threading.Event()
    readable, writable = os.pipe()

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            for table in tables:
                if stopped.is_set():
                    return
                yield from table.to_batches()
        except BaseException as error:
            errors.append(error)  # of which DuckDB would keep the text only
            raise

    def write() -> None:
        try:
            with new_instance(_config(memory)) as database:
                database.execute("SET TimeZone = 'UTC'")
                database.register("batches", pa.RecordBatchReader.from_batches(schema, batches()))
                database.execute(copy.replace(_PIPE, f"/dev/fd/{writable}"))
        except BaseException as error:
            errors.append(error)
        finally:
            os.close(writable)

    writer = threading.Thread(target=write, name="table", daemon=True)
    writer.start()
    try:
        while data := os.read(readable, _READ_BYTES):
            yield data
    finally:
        stopped.set()
        os.close(readable)
        writer.join()
    if errors:
        raise errors[0]


def _config(memory: int) -> dict[str, Any]:
    return {
        "memory_limit": f"{memory}B",
        "threads": "1",
        # With one thread, rows stay in order, and a row group may be ended by its bytes.
        "preserve_insertion_order": "false",
        "temp_directory": "",
    }


def _location_batches(selection: Selection, max_bytes: int | None) -> Iterator[list[Location]]:
    """Yield locations in the order of the entries, as many at a time as make a batch of rows."""
    batch: list[Location] = []
    size = 0
    for location in chain.from_iterable(selection.batches()):
        is_full = max_bytes is not None and size + location.length > max_bytes
        if batch and (is_full or len(batch) == _BATCH_ROWS):
            yield batch
            batch, size = [], 0
        batch.append(location)
        size += location.length
    if batch:
        yield batch


def _rows(index: Index, selection: Selection, locations: Sequence[Location]) -> pa.Table:
    """Return the index rows of entries, in their order."""
    positions = {capture.id: position for position, capture in enumerate(selection.captures)}
    places = [(positions[location.capture], location.ordinal) for location in locations]
    return _with_truncated(rows_at(index, selection.captures, places, _SELECTED))


def _with_truncated(rows: pa.Table) -> pa.Table:
    """Add a column that names those texts of a row of which the index has only the beginning."""
    texts = [field.name for field in rows.schema if field.type == pa.string()]
    lengths = [pc.max(pc.binary_length(rows[name])).as_py() or 0 for name in texts]
    truncated: list[str | None] = [None] * len(rows)
    if max(lengths) > MAX_TEXT_BYTES - 4:
        truncated = [" ".join(truncated_columns(row)) or None for row in rows.select(texts).to_pylist()]
    return rows.append_column(_TRUNCATED, pa.array(truncated, _TRUNCATED.type))


def _with_sessions(
    rows: pa.Table, sessions: Mapping[uuid.UUID, SessionName], locations: Sequence[Location]
) -> pa.Table:
    try:
        found = [sessions[location.capture] for location in locations]
    except KeyError:
        raise SessionNotFoundError("entries were removed while they were being read") from None
    for field, values in zip(_SESSION, ([str(one) for one, _ in found], [name for _, name in found]), strict=True):
        rows = rows.append_column(field, pa.array(values, field.type))
    return rows


def _with_bodies(
    rows: pa.Table, captures: CaptureStore, locations: Sequence[Location], redaction: Redaction | None
) -> pa.Table:
    treat = redaction.entry if redaction is not None else bytes
    bodies = pa.array([_body(treat(entry)) for _, entry in read_entries(captures, locations)], _BODY.type)
    return rows.append_column(_BODY, bodies)


def _body(entry: bytes) -> bytes | None:
    try:
        return response_body(entry).data
    except NoBodyError:
        return None
