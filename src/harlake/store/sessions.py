"""Sessions, and how they are added to and read from the catalog, each within one of its operations."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from harlake.store.database import Cursor
from harlake.store.timestamps import ISO_FORMAT


@dataclass(frozen=True, slots=True)
class Session:
    """A named container of captures; ``entry_count`` is the sum over its captures."""

    id: uuid.UUID
    name: str
    created_at: str
    entry_count: int
    capture_count: int


def insert_session(cursor: Cursor, session: uuid.UUID, name: str, created_at: datetime) -> Session:
    """Add an empty session, and return it."""
    cursor.execute("INSERT INTO sessions VALUES (?, ?, ?)", [session, name, created_at])
    inserted = select_session(cursor, session)
    assert inserted is not None
    return inserted


def select_session(cursor: Cursor, session: uuid.UUID) -> Session | None:
    """Return a session, or None."""
    return next(iter(select_sessions(cursor, "WHERE s.id = ?", [session])), None)


def select_sessions(cursor: Cursor, where: str = "", parameters: Sequence[object] = ()) -> list[Session]:
    """Return sessions ``s`` that meet a condition, newest first."""
    cursor.execute(
        f"""
        SELECT s.id, s.name, strftime(s.created_at, {ISO_FORMAT}), coalesce(sum(c.imported), 0)::BIGINT, count(c.id)
        FROM sessions s LEFT JOIN captures c ON c.session = s.id AND c.state = 'complete'
        {where} GROUP BY ALL ORDER BY min(s.created_at) DESC, s.id
        """,
        parameters,
    )
    return [Session(*row) for row in cursor.fetchall()]
