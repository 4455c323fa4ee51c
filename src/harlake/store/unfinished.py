"""Captures that are not complete, yet or any more, and how the catalog keeps account of them, within its operations."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Final, Literal

from harlake.store.catalog_database import CatalogCursor, CatalogDatabase

#: Rows that one statement adds.
_MOST_ROWS: Final = 100

#: The time of a transaction, by the clock of the database: those of nodes may differ.
_NOW_US: Final = "CAST(extract(epoch FROM now()) * 1000000 AS BIGINT)"


def insert_unfinished(
    cursor: CatalogCursor, captures: Sequence[uuid.UUID], state: Literal["importing", "removed"], node: int
) -> None:
    """Add captures that a node has announced or removed."""
    for batch in (captures[first : first + _MOST_ROWS] for first in range(0, len(captures), _MOST_ROWS)):
        rows = ", ".join([f"(?, ?, {_NOW_US}, ?)"] * len(batch))
        values = [value for capture in batch for value in (capture, state, node)]
        cursor.execute(f"INSERT INTO unfinished VALUES {rows}", values)


def is_announced(cursor: CatalogCursor, capture: uuid.UUID) -> bool:
    """Return whether a capture was announced, and neither completed nor given up since."""
    sql = "SELECT 1 FROM unfinished WHERE capture = ? AND state = 'importing'"
    return bool(cursor.execute(sql, [capture]).fetchall())


def delete_announced(cursor: CatalogCursor, capture: uuid.UUID) -> bool:
    """Remove a capture, which is complete now; return whether it was announced, and not given up since."""
    sql = "DELETE FROM unfinished WHERE capture = ? AND state = 'importing' RETURNING capture"
    return bool(cursor.execute(sql, [capture]).fetchall())


def give_up(cursor: CatalogCursor, capture: uuid.UUID) -> None:
    """Let a capture that was announced be completed no more. This waits for a transaction that is completing it."""
    sql = f"UPDATE unfinished SET state = 'removed', since_us = {_NOW_US} WHERE capture = ? AND state = 'importing'"
    cursor.execute(sql, [capture])


def give_up_abandoned(
    cursor: CatalogCursor, database: CatalogDatabase, is_written: Callable[[uuid.UUID], bool]
) -> None:
    """Give up what was announced by nodes that have ended, and by this one where it ``is_written`` no longer."""
    rows = cursor.execute("SELECT capture, node FROM unfinished WHERE state = 'importing'").fetchall()
    ended = {node for node in {node for _, node in rows} if database.has_ended(cursor, node)}
    for capture, node in rows:
        if node in ended or (node == database.node and not is_written(capture)):
            give_up(cursor, capture)


def select_removed(cursor: CatalogCursor, grace: float) -> list[uuid.UUID]:
    """Return the captures that were removed, or given up, so many seconds ago."""
    sql = f"SELECT capture FROM unfinished WHERE state = 'removed' AND since_us <= {_NOW_US} - ?"
    return [capture for (capture,) in cursor.execute(sql, [round(grace * 1_000_000)]).fetchall()]


def select_unknown(cursor: CatalogCursor, captures: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return which of some captures, 500 at most, are neither complete nor unfinished."""
    among, known = ", ".join("?" * len(captures)), set[uuid.UUID]()
    for table, column in (("captures", "id"), ("unfinished", "capture")):
        rows = cursor.execute(f"SELECT {column} FROM {table} WHERE {column} IN ({among})", captures).fetchall()
        known.update(capture for (capture,) in rows)
    return set(captures) - known


def select_unfinished(cursor: CatalogCursor, *states: str) -> list[uuid.UUID]:
    """Return the captures in these states. One that this version does not know is another version's to deal with."""
    sql = f"SELECT capture FROM unfinished WHERE state IN ({', '.join('?' * len(states))})"
    return [capture for (capture,) in cursor.execute(sql, states).fetchall()]
