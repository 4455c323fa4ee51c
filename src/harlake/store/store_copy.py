"""Copies a store into another one: the same sessions and captures, ids, names, times, order and bytes.

Strategy: rows of the catalog are few. They are copied first, into a catalog that nobody sees until all is there, anew
each time. Objects never change, so what the target has already is left alone, and a copy that was interrupted is gone
on with. Last, the sessions are asked for again: what was removed meanwhile is left out. So the target is at each moment
what it was before, or a copy that has everything that was complete when it was begun, and no half of anything.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

from harlake.errors import DamagedCaptureError
from harlake.store.captures import object_name
from harlake.store.catalog_rows import (
    CaptureRow,
    CatalogRow,
    SessionRow,
    continue_numbers,
    insert_captures,
    insert_sessions,
)
from harlake.store.catalog_slices import slices
from harlake.store.copy_target import CopyTarget
from harlake.store.index_files import index_names
from harlake.store.object_copy import copy_object, has_object, is_same_file
from harlake.store.objects import ObjectStore

#: Rows that are written together, and captures that are read together.
_WRITTEN_ROWS: Final = 32
_READ_CAPTURES: Final = 1_024

_CAPTURES: Final = """
    SELECT number, id, session, object_bytes,
        CASE WHEN keeps_entries THEN 0 ELSE imported END, CASE WHEN keeps_pages THEN 0 ELSE pages END
    FROM captures
"""

_log = logging.getLogger(__name__)


class _Capture(NamedTuple):
    """What is to be known of a capture to copy its objects."""

    number: int
    id: uuid.UUID
    session: uuid.UUID
    length: int
    #: Rows that are in files, and not kept by the catalog.
    entries: int
    pages: int

    def files(self) -> list[str]:
        """Return the names of the files of its index."""
        return [*index_names(self.id, "entries", self.entries), *index_names(self.id, "pages", self.pages)]


class StoreCopy:
    """Copies a store, of which the objects and the rows of the catalog are given.

    ``remaining`` returns the sessions that are there when it is called, and their names.
    """

    def __init__(
        self,
        rows: Iterable[CatalogRow],
        captures: ObjectStore,
        index: ObjectStore,
        remaining: Callable[[], Mapping[uuid.UUID, str]],
    ) -> None:
        self._rows = rows
        self._captures = captures
        self._index = index
        self._remaining = remaining

    def run(self, target: CopyTarget) -> Iterator[tuple[uuid.UUID, int]]:
        """Copy everything; yield each capture when its objects are there, and how many bytes that took.

        Raises DamagedCaptureError when all is copied but for what is damaged.
        """
        self._copy_rows(target)
        damaged: list[_Capture] = []
        for rows in slices(target.database, _CAPTURES, "number", 0, _READ_CAPTURES):
            for capture in map(_Capture._make, rows):
                try:
                    yield capture.id, self._copy(capture, target)
                except (FileNotFoundError, DamagedCaptureError) as error:
                    _log.debug("capture %s: %s", capture.id, error)  # it may have been removed meanwhile
                    damaged.append(capture)
        remaining = self._remaining()
        _compare(target, remaining, damaged)
        target.publish()
        if lost := [str(capture.id) for capture in damaged if capture.session in remaining]:
            raise DamagedCaptureError(f"all is copied but captures that are damaged: {', '.join(lost)}")

    def _copy_rows(self, target: CopyTarget) -> None:
        sessions: set[uuid.UUID] = set()
        rows = iter(self._rows)
        while batch := list(islice(rows, _WRITTEN_ROWS)):
            new = [row for row in batch if isinstance(row, SessionRow)]
            sessions.update(row.id for row in new)
            captures = [row for row in batch if isinstance(row, CaptureRow) and row.session in sessions]
            with target.database.writing() as cursor:
                insert_sessions(cursor, new)
                insert_captures(cursor, captures)

    def _copy(self, capture: _Capture, target: CopyTarget) -> int:
        """Copy the objects of a capture that are not there; return how many bytes that took."""
        name, copied = object_name(capture.id), 0
        if not has_object(target.captures, name, capture.length):
            copied += copy_object(self._captures, target.captures, name, capture.length)
        for name in capture.files():
            if not is_same_file(self._index, target.index, name):
                copied += copy_object(self._index, target.index, name)
        return copied


def _compare(target: CopyTarget, remaining: Mapping[uuid.UUID, str], damaged: Iterable[_Capture]) -> None:
    """Leave out what was removed while it was copied, and what could not be; rename what was renamed."""
    with target.database.writing() as cursor:
        rows: list[tuple[Any, ...]] = cursor.execute("SELECT id, name FROM sessions").fetchall()
        for session, name in rows:
            if session not in remaining:
                cursor.execute("DELETE FROM captures WHERE session = ?", [session])
                cursor.execute("DELETE FROM sessions WHERE id = ?", [session])
            elif remaining[session] != name:
                cursor.execute("UPDATE sessions SET name = ? WHERE id = ?", [remaining[session], session])
        for capture in damaged:
            cursor.execute("DELETE FROM captures WHERE id = ?", [capture.id])
        continue_numbers(cursor)
