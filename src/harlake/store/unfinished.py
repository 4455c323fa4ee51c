"""Captures that are not complete, yet or any more, and how the catalog keeps account of them, within its operations."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple

from harlake.store.catalog_database import CatalogCursor, CatalogDatabase
from harlake.store.timestamps import to_microseconds, utc_now

#: Rows that one statement adds.
_MOST_ROWS: Final = 100


def insert_unfinished(
    cursor: CatalogCursor, captures: Sequence[uuid.UUID], state: Literal["importing", "removed"], node: int
) -> None:
    """Add captures that a node has announced or removed."""
    since = to_microseconds(utc_now())
    for batch in (captures[first : first + _MOST_ROWS] for first in range(0, len(captures), _MOST_ROWS)):
        rows = ", ".join(["(?, ?, ?, ?)"] * len(batch))
        values = [value for capture in batch for value in (capture, state, since, node)]
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
    sql = "UPDATE unfinished SET state = 'removed', since_us = ? WHERE capture = ? AND state = 'importing'"
    cursor.execute(sql, [to_microseconds(utc_now()), capture])


def give_up_abandoned(
    cursor: CatalogCursor, database: CatalogDatabase, is_written: Callable[[uuid.UUID], bool]
) -> None:
    """Give up what was announced by nodes that have ended, and by this one where it ``is_written`` no longer."""
    rows = cursor.execute("SELECT capture, node FROM unfinished WHERE state = 'importing'").fetchall()
    ended = {node for node in {node for _, node in rows} if database.has_ended(cursor, node)}
    for capture, node in rows:
        if node in ended or (node == database.node and not is_written(capture)):
            give_up(cursor, capture)


def select_removed(cursor: CatalogCursor, before: datetime) -> list[uuid.UUID]:
    """Return the captures that were removed, or given up, before a time."""
    sql = "SELECT capture FROM unfinished WHERE state = 'removed' AND since_us <= ?"
    return [capture for (capture,) in cursor.execute(sql, [to_microseconds(before)]).fetchall()]


def select_unfinished(cursor: CatalogCursor, *states: str) -> list[uuid.UUID]:
    """Return the captures in these states. One that this version does not know is another version's to deal with."""
    sql = f"SELECT capture FROM unfinished WHERE state IN ({', '.join('?' * len(states))})"
    return [capture for (capture,) in cursor.execute(sql, states).fetchall()]


class UnfinishedCapture(NamedTuple):
    """A capture that is not complete, in whatever state another version may have put it."""

    id: uuid.UUID
    state: str
    node: int


def select_all_unfinished(cursor: CatalogCursor) -> list[UnfinishedCapture]:
    """Return all of them."""
    return list(map(UnfinishedCapture._make, cursor.execute("SELECT capture, state, node FROM unfinished").fetchall()))
