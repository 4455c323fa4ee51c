"""Catalogs as earlier versions of harlake made them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb

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
