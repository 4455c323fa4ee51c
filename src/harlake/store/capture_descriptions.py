"""Captures as clients see them: which files were imported, when, and how large they are."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harlake.store.catalog_database import CatalogCursor
from harlake.store.timestamps import from_microseconds, iso_text

_COLUMNS: Final = """
    c.id, c.session, s.name, c.file_name, c.created_us, c.upload_bytes, c.har_bytes, c.object_bytes, c.total,
    c.imported, c.pages, c.sha256, c.number
"""
_FROM: Final = "FROM captures c JOIN sessions s ON s.id = c.session"


@dataclass(frozen=True, slots=True)
class CaptureDescription:
    """A complete capture; sizes in bytes. ``number`` is its place among all that were ever completed."""

    id: uuid.UUID
    session: uuid.UUID
    session_name: str
    file_name: str | None
    created_at: str
    upload_bytes: int
    har_bytes: int
    stored_bytes: int
    total: int
    entry_count: int
    page_count: int
    sha256: str
    number: int


@dataclass(frozen=True, slots=True)
class CaptureQuery:
    """Which captures are asked for: of one session, of files with one digest, of one id, as far as given."""

    session: uuid.UUID | None = None
    sha256: str | None = None
    id: uuid.UUID | None = None


def select_captures(cursor: CatalogCursor, query: CaptureQuery, after: int, most: int) -> list[CaptureDescription]:
    """Return captures in the order of their completion: so many at most, from the one after a number on."""
    given = {"c.session": query.session, "c.sha256": query.sha256, "c.id": query.id}
    conditions = {column: value for column, value in given.items() if value is not None}
    where = " AND ".join(["c.number > ?", *(f"{column} = ?" for column in conditions)])
    sql = f"SELECT {_COLUMNS} {_FROM} WHERE {where} ORDER BY c.number LIMIT ?"
    return list(map(_described, cursor.execute(sql, [after, *conditions.values(), most]).fetchall()))


def _described(row: Sequence[object]) -> CaptureDescription:
    capture, session, session_name, file_name, created_us, *rest = row
    created_at = iso_text(from_microseconds(created_us))  # type: ignore[arg-type]
    return CaptureDescription(capture, session, session_name, file_name, created_at, *rest)  # type: ignore[arg-type]
