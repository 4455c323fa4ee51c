"""Catalogs as earlier versions of harlake made them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from harlake.store.backends import Backend
from harlake.store.index_columns import ENTRY_SCHEMA
from harlake.store.index_writer import SCHEMA_KEY, kept_rows, read_kept_rows

#: Columns of entries that version 1 had not.
_SINCE_1: Final = ("operation", "transfer_size_from")

#: Those tables that other versions may want to read, as they were before they had a version.
EARLIER_TABLES: Final = """
    CREATE TABLE sessions (id UUID NOT NULL, name VARCHAR NOT NULL, created_at TIMESTAMPTZ NOT NULL);
    CREATE TABLE captures (
        id UUID NOT NULL, session UUID, state VARCHAR NOT NULL, created_at TIMESTAMPTZ NOT NULL, file_name VARCHAR
    );
"""


def write_earlier_catalog(
    path: Path,
    sessions: Iterable[tuple[uuid.UUID, str, datetime]],
    captures: Iterable[tuple[uuid.UUID, uuid.UUID, datetime]],
    removed: Iterable[uuid.UUID] = (),
) -> None:
    """Write a catalog of sessions, as ids, names and times, and of captures, as ids, sessions and times.

    Of ``removed`` captures the objects may still be there.
    """
    with duckdb.connect() as database:
        database.execute(f"ATTACH '{path}' AS catalog (BLOCK_SIZE 16384); USE catalog")
        database.execute(EARLIER_TABLES)
        for session in sessions:
            database.execute("INSERT INTO sessions VALUES (?, ?, ?)", session)
        for capture in captures:
            database.execute("INSERT INTO captures VALUES (?, ?, 'complete', ?, NULL)", capture)
        for identity in removed:
            database.execute("INSERT INTO captures VALUES (?, NULL, 'deleting', now(), NULL)", [identity])


def make_version_1(backend: Backend, scratch: Path) -> None:
    """Let an open store be as version 1 would have left it: entries lack columns, and files say whose they are."""
    with backend.database.writing() as cursor:
        rows = cursor.execute("SELECT id, entry_rows FROM captures WHERE entry_rows IS NOT NULL").fetchall()
        for capture, data in rows:
            entries = pa.Table.from_batches([read_kept_rows(bytes(data), ENTRY_SCHEMA)]).drop_columns(list(_SINCE_1))
            cursor.execute("UPDATE captures SET entry_rows = ? WHERE id = ?", [kept_rows(entries), capture])
        cursor.execute("UPDATE store SET version = 1")
    for name in [stored.name for stored in backend.index.objects.stored()]:
        with backend.index.file(name) as path:
            table = pq.read_table(path)
        names = [one for one in _SINCE_1 if one in table.column_names]
        metadata = {**(table.schema.metadata or {}), SCHEMA_KEY: "1"}
        changed = scratch / "changed.parquet"
        pq.write_table(table.drop_columns(names).replace_schema_metadata(metadata), changed)
        sink = backend.index.objects.sink(name, lambda: None)
        sink.write(changed.read_bytes())
        sink.close()
        changed.unlink()
