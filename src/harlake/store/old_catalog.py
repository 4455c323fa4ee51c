"""The old catalog, when it is rebuilt: what it knows, and objects do not, are the sessions and the order of captures.

It may be an earlier version's: the first had ``sessions(id, name, created_at)``, and captures without a number.
"""

from __future__ import annotations

import fcntl
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from harlake.errors import DataDirError
from harlake.store import address_file
from harlake.store.database import Cursor, Database
from harlake.store.disk import system_error
from harlake.store.schema import VERSION, changed_table, columns_of, version_of
from harlake.store.timestamps import from_microseconds

#: How the two are asked for, by a column that says what the tables are like: of this version, and of earlier ones.
_SESSIONS: Final = {
    "created_us": "SELECT id, name, created_us FROM sessions",
    "created_at": "SELECT id, name, epoch_us(created_at) FROM sessions",
}
_CAPTURES: Final = {
    "number": "SELECT id FROM captures ORDER BY number",
    "state": "SELECT id FROM captures WHERE state = 'complete' ORDER BY created_at, id",
}

#: Captures that were removed, or never complete; and those whose state only another version knows.
_UNFINISHED: Final = {
    "since_us": "SELECT capture FROM unfinished WHERE state IN ('importing', 'removed')",
    "state": "SELECT id FROM captures WHERE state IN ('importing', 'deleting')",
}
_OTHER_STATES: Final = {
    "since_us": "SELECT capture FROM unfinished WHERE state NOT IN ('importing', 'removed')",
    "state": "SELECT id FROM captures WHERE state NOT IN ('importing', 'deleting', 'complete')",
}


@dataclass(frozen=True, slots=True)
class OldCatalog:
    """What could be read: sessions as ids, names and times, ids of captures in their order, and of unfinished ones.

    ``is_understood`` says that there can be nothing else in it that is worth anything; ``is_earlier``, that an earlier
    version has made it, and ``has_index``, that there were files of indexes then.
    """

    sessions: list[tuple[uuid.UUID, str, datetime]] = field(default_factory=list)
    captures: list[uuid.UUID] = field(default_factory=list)
    unfinished: list[uuid.UUID] = field(default_factory=list)
    is_understood: bool = False
    is_earlier: bool = False
    has_index: bool = True


def read_old_catalog(path: Path) -> OldCatalog:
    """Read what can be read of a catalog.

    Raises DataDirInUseError and InsufficientStorageError, and DataDirError where the system does not let it be read.
    """
    if not path.exists():
        return OldCatalog(is_understood=True)
    if is_open(path):
        raise address_file.in_use_error(path.parent)
    try:
        with closing(Database(path)) as database, database.reading() as cursor:
            return _read(cursor)
    except (DataDirError, duckdb.Error) as error:
        cause = error if isinstance(error, duckdb.Error) else error.__cause__
        if isinstance(cause, Exception) and system_error(cause) is not None:
            raise
        return OldCatalog()


def is_open(path: Path) -> bool:
    """Return whether another process has a catalog open: an earlier version, which has no other lock than DuckDB's."""
    with path.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return True
        return False


def _read(cursor: Cursor) -> OldCatalog:
    columns = columns_of(cursor)
    sessions, captures = (columns.get(table, set()) for table in ("sessions", "captures"))
    version = version_of(cursor)
    is_first = version is None and bool(captures)
    return OldCatalog(
        [(session, name, from_microseconds(created)) for session, name, created in _rows(cursor, _SESSIONS, sessions)],
        [capture for (capture,) in _rows(cursor, _CAPTURES, captures)],
        [capture for (capture,) in _rows(cursor, _UNFINISHED, columns.get("unfinished", set()) | captures)],
        is_understood=(version or 0) <= VERSION
        and (is_first or changed_table(columns) is None)
        and not _rows(cursor, _OTHER_STATES, columns.get("unfinished", captures)),
        is_earlier=is_first or (version is not None and 0 < version < VERSION),
        has_index=not is_first,
    )


def _rows(cursor: Cursor, queries: dict[str, str], columns: set[str]) -> list[tuple[Any, ...]]:
    for column, query in queries.items():
        if column in columns:
            cursor.execute(query)
            return cursor.fetchall()
    return []
