"""Rows of the catalog as a whole, for a copy of it: read some at a time, and put into another one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from itertools import starmap
from typing import Any, Final, TypeAlias

import msgspec

from harlake.store.capture_object import Frame
from harlake.store.catalog import CaptureRecord, capture_values
from harlake.store.catalog_database import CatalogCursor, CatalogDatabase
from harlake.store.catalog_slices import slices
from harlake.store.index_files import index_names
from harlake.store.timestamps import from_microseconds

#: Rows that are read at a time: of sessions, and of captures, each with up to half a MiB of rows of its index.
_SLICE_SESSIONS: Final = 2_048
_SLICE_CAPTURES: Final = 32

_CAPTURES: Final = """
    SELECT number, session, id, created_us, file_name, upload_bytes, har_bytes, object_bytes, total, imported, sha256,
        envelope_start, envelope_length, envelope_text_length, pages, entry_rows, page_rows
    FROM captures
"""

_INSERT: Final = "INSERT INTO captures VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class SessionRow(msgspec.Struct, frozen=True, tag="session"):
    """A session."""

    id: uuid.UUID
    name: str
    created_us: int


class CaptureRow(msgspec.Struct, frozen=True, tag="capture"):
    """A complete capture: what it is, where it is in the order of captures, and its session."""

    session: uuid.UUID
    number: int
    record: CaptureRecord


CatalogRow: TypeAlias = SessionRow | CaptureRow


def catalog_rows(database: CatalogDatabase) -> Iterator[CatalogRow]:
    """Yield all sessions, then all captures in their order. Nobody waits for it, nor it for others.

    So there may be captures of sessions that were made after it began, and sessions that have been removed since.
    """
    sql = "SELECT id, name, created_us FROM sessions"
    for rows in slices(database, sql, "id", uuid.UUID(int=0), _SLICE_SESSIONS):
        yield from starmap(SessionRow, rows)
    for rows in slices(database, _CAPTURES, "number", 0, _SLICE_CAPTURES):
        yield from map(_capture, rows)


def names_of_files(cursor: CatalogCursor, captures: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """Return for those captures that there are the names of the files that their indexes have."""
    sql = f"""
        SELECT id, CASE WHEN keeps_entries THEN 0 ELSE imported END, CASE WHEN keeps_pages THEN 0 ELSE pages END
        FROM captures WHERE id IN ({", ".join("?" * len(captures))})
    """
    return {
        capture: [*index_names(capture, "entries", entries), *index_names(capture, "pages", pages)]
        for capture, entries, pages in cursor.execute(sql, captures).fetchall()
    }


def insert_sessions(cursor: CatalogCursor, sessions: Sequence[SessionRow]) -> None:
    """Add sessions."""
    for row in sessions:
        cursor.execute("INSERT INTO sessions VALUES (?, ?, ?)", [row.id, row.name, row.created_us])


def insert_captures(cursor: CatalogCursor, captures: Sequence[CaptureRow]) -> None:
    """Add captures with the numbers that they have; :func:`continue_numbers` when all are there."""
    for row in captures:
        identity, session, *rest = capture_values(row.record, row.session)
        cursor.execute(_INSERT, [identity, session, row.number, *rest])


def continue_numbers(cursor: CatalogCursor) -> None:
    """Let the next capture come behind all that are there."""
    ((last,),) = cursor.execute("SELECT coalesce(max(number), 0) FROM captures").fetchall()
    cursor.execute("DROP SEQUENCE capture_order")
    cursor.execute(f"CREATE SEQUENCE capture_order START {last + 1}")


def _capture(row: Sequence[Any]) -> CaptureRow:
    number, session, identity, created_us, file_name, *sizes, sha256, start, length, text_length = row[:14]
    upload_bytes, har_bytes, object_bytes, total, imported = sizes
    pages, entry_rows, page_rows = row[14:]
    record = CaptureRecord(
        id=identity,
        file_name=file_name,
        created_at=from_microseconds(created_us),
        upload_bytes=upload_bytes,
        har_bytes=har_bytes,
        object_bytes=object_bytes,
        total=total,
        imported=imported,
        sha256=sha256,
        envelope=Frame(start, length, text_length),
        pages=pages,
        entry_rows=entry_rows,
        page_rows=page_rows,
    )
    return CaptureRow(session, number, record)
