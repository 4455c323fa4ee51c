"""Sessions, and how they are added to and read from the catalog, each within one of its operations."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from harlake.store.catalog_database import CatalogCursor
from harlake.store.timestamps import from_microseconds, iso_text, to_microseconds


@dataclass(frozen=True, slots=True)
class Session:
    """A named container of captures; ``entry_count`` is the sum over its captures."""

    id: uuid.UUID
    name: str
    created_at: str
    entry_count: int
    capture_count: int


def insert_session(cursor: CatalogCursor, session: uuid.UUID, name: str, created_at: datetime) -> Session:
    """Add an empty session, and return it."""
    cursor.execute("INSERT INTO sessions VALUES (?, ?, ?)", [session, name, to_microseconds(created_at)])
    return Session(session, name, iso_text(created_at), 0, 0)


def select_session(cursor: CatalogCursor, session: uuid.UUID) -> Session | None:
    """Return a session, or None."""
    rows = cursor.execute("SELECT name, created_us FROM sessions WHERE id = ?", [session]).fetchall()
    if not rows:
        return None
    ((name, created_us),) = rows
    sql = "SELECT CAST(coalesce(sum(imported), 0) AS BIGINT), count(*) FROM captures WHERE session = ?"
    ((entries, captures),) = cursor.execute(sql, [session]).fetchall()
    return Session(session, name, iso_text(from_microseconds(created_us)), entries, captures)


def select_sessions(cursor: CatalogCursor, limit: int | None = None, after: uuid.UUID | None = None) -> list[Session]:
    """Return sessions, newest first: all of them, or so many of those that come after one."""
    begins = """
        WHERE s.created_us < (SELECT created_us FROM sessions WHERE id = ?)
            OR (s.created_us = (SELECT created_us FROM sessions WHERE id = ?) AND s.id > ?)
    """
    rows = cursor.execute(
        f"""
        SELECT s.id, s.name, s.created_us, coalesce(c.entries, 0), coalesce(c.captures, 0)
        FROM sessions s LEFT JOIN (
            SELECT session, CAST(sum(imported) AS BIGINT) AS entries, count(*) AS captures
            FROM captures GROUP BY session
        ) c ON c.session = s.id
        {begins if after else ""} ORDER BY s.created_us DESC, s.id {"LIMIT ?" if limit is not None else ""}
        """,
        [*([after] * 3 if after else []), *([limit] if limit is not None else [])],
    ).fetchall()
    return [
        Session(session, name, iso_text(from_microseconds(created_us)), entries, captures)
        for session, name, created_us, entries, captures in rows
    ]
