"""Removing the rows of a capture from the catalog: as many at a time as DuckDB can hold in its memory."""

from __future__ import annotations

import uuid
from typing import Final

from harlake.store.database import ROW_GROUP_SIZE, Cursor, Database

#: Row groups that rows may be removed from until the next checkpoint: for each of them, DuckDB holds 256 KiB so long.
_TOUCHED_ROW_GROUPS: Final = 8

#: Tables with rows of captures, and the column that numbers a capture's rows.
_NUMBERED: Final = {"entries": "ordinal", "frames": "number", "pages": "number"}


class RowRemover:
    """Removes the rows of captures, in transactions between which other operations run."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._touched_row_groups = 0

    def remove(self, capture: uuid.UUID) -> None:
        """Remove all rows of a capture, but not the one that describes it."""

        def numbers(cursor: Cursor) -> tuple[int | None, int]:
            cursor.execute(f"SELECT min({number}), max({number}) FROM {table} WHERE capture = ?", [capture])
            return cursor.fetchall()[0]

        for table, number in _NUMBERED.items():
            first, last = self._database.read(numbers)
            while first is not None and first <= last:
                first = self._remove_range(table, number, capture, first, last)

    def _remove_range(self, table: str, number: str, capture: uuid.UUID, first: int, last: int) -> int:
        """Remove rows from ``first`` on, as many as fit in memory; return the number of the next one."""
        with self._database.writing() as cursor:
            row_groups = _TOUCHED_ROW_GROUPS - self._touched_row_groups
            until = min(first + row_groups * ROW_GROUP_SIZE, last + 1)
            cursor.execute(
                f"DELETE FROM {table} WHERE capture = ? AND {number} >= ? AND {number} < ?", [capture, first, until]
            )
            self._touched_row_groups += -(-(until - first) // ROW_GROUP_SIZE)
        if self._touched_row_groups >= _TOUCHED_ROW_GROUPS:
            self._touched_row_groups = 0  # even where that fails: then the database is opened again
            with self._database.autocommit() as cursor:
                cursor.execute("CHECKPOINT catalog")
        return until
