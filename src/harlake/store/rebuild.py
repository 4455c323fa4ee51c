"""Rebuilds the catalog from the capture objects: same captures, same sessions, same ids, same order.

The new catalog is written beside the old one and replaces it in one step when it is complete; until then the old one is
what it was. What an interrupted rebuild has left is gone on with. Where the old catalog can still be read, it decides
on the sessions' names and times and on the order of captures. Where it cannot, it is kept under another name, sessions
have the names that they had when their latest captures were imported, and captures are in the order in which their
imports began.

A folder of an earlier version is rebuilt in the same way: its objects are the same.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa

from harlake.errors import DamagedCaptureError, DataDirError, InsufficientStorageError, InvalidHarError
from harlake.store.backends import CAPTURES, CATALOG, INDEX
from harlake.store.capture_rebuild import RebuiltCapture, capture_rebuilder
from harlake.store.captures import CaptureStore, object_name
from harlake.store.catalog import Capture
from harlake.store.catalog_rows import CaptureRow, SessionRow, continue_numbers, insert_captures, insert_sessions
from harlake.store.catalog_slices import COPIED_TABLES
from harlake.store.database import Cursor
from harlake.store.direct_store import locked_folder
from harlake.store.index_files import IndexFiles, has_file, index_names
from harlake.store.local_objects import LocalObjects
from harlake.store.new_catalog import NewCatalog
from harlake.store.object_copy import has_object
from harlake.store.old_catalog import OldCatalog, read_old_catalog
from harlake.store.timestamps import to_microseconds
from harlake.store.unfinished import insert_unfinished

_log = logging.getLogger(__name__)

#: Captures in the order of the old catalog, behind them those that it does not know as they were begun.
_RENUMBER: Final = """
    UPDATE captures SET number = o.number FROM (
        SELECT c.id, coalesce(k.number, ? + row_number() OVER (
            PARTITION BY k.number IS NULL ORDER BY c.created_us, c.id
        )) AS number
        FROM captures c LEFT JOIN known k ON k.id = c.id
    ) o WHERE o.id = captures.id AND o.number <> captures.number
"""

#: Sessions as the old catalog has them, and others only if there are captures of them.
_SESSIONS: Final = """
    DELETE FROM sessions WHERE id IN (SELECT id FROM known)
        OR id NOT IN (SELECT session FROM captures);
    INSERT INTO sessions SELECT * FROM known;
"""


def rebuild_catalog(folder: Path) -> Iterator[tuple[uuid.UUID, int]]:
    """Rebuild a data folder's catalog; yield each capture with its number of entries as it is done.

    What interrupted imports left in the folder goes. Raises DataDirError, DataDirInUseError or
    InsufficientStorageError, and leaves the old catalog as it was. Objects that cannot be read are left out; when the
    catalog is rebuilt without them, that is a DamagedCaptureError.
    """
    with locked_folder(folder) as lock:
        yield from _rebuild(lock.folder, read_old_catalog(lock.folder / CATALOG))


def migrate_folder(folder: Path) -> Iterator[tuple[uuid.UUID, int]]:
    """Rebuild a folder that an earlier version has made; do nothing to one of this version.

    Raises as :func:`rebuild_catalog`, and DataDirError where the catalog is not an earlier version's.
    """
    with locked_folder(folder) as lock:
        old = read_old_catalog(lock.folder / CATALOG)
        if old.is_earlier:
            yield from _rebuild(lock.folder, old)
        elif not old.is_understood or not (folder / CATALOG).exists():
            raise DataDirError(
                f"{folder} has no catalog of an earlier version that can be read; `harlake reindex` makes one"
            )


def _rebuild(folder: Path, old: OldCatalog) -> Iterator[tuple[uuid.UUID, int]]:
    files, objects = LocalObjects(folder / INDEX), LocalObjects(folder / CAPTURES)
    for name in (*objects.remove_unfinished(_is_abandoned), *files.remove_unfinished(_is_abandoned)):
        _log.warning("removed unfinished %s, which nobody writes any more", name)
    new = NewCatalog(folder)
    try:
        damaged = yield from _Rebuild(new, objects, files, old).run()
        new.replace(keeping=not old.is_understood)
    except InsufficientStorageError:
        new.remove()
        if not old.has_index:  # and may need the room
            _remove_all(files)
        raise
    finally:
        new.close()
    if damaged:
        names = ", ".join(map(str, damaged))
        raise DamagedCaptureError(f"the catalog is rebuilt without damaged captures: {names}")


class _Rebuild:
    """Writes a new catalog, or what an interrupted rebuild has left of it to do."""

    def __init__(self, new: NewCatalog, objects: LocalObjects, files: LocalObjects, old: OldCatalog) -> None:
        self._catalog = new.catalog
        self._database = new.database
        self._objects = objects
        self._files = files
        self._old = old
        #: When the capture began that a session has its name of.
        self._named_us: dict[uuid.UUID, int] = {}
        self._done: dict[uuid.UUID, int] = {}

    def run(self) -> Generator[tuple[uuid.UUID, int], None, list[uuid.UUID]]:
        """Read all objects, yield each capture with its number of entries, and return those that are damaged."""
        damaged: list[uuid.UUID] = []
        self._go_on()
        captures = CaptureStore(self._objects, keep_free=0)
        stored = set(captures.ids()).difference(self._old.unfinished)
        known = [capture for capture in self._old.captures if capture in stored]
        with capture_rebuilder(captures, IndexFiles(self._files, self._files)) as rebuilder:
            for capture in (*known, *sorted(stored.difference(known))):
                try:
                    if capture not in self._done:
                        self._complete(rebuilder.rebuild(capture))
                except (DamagedCaptureError, InvalidHarError) as error:
                    _log.error("capture %s is left out: %s", capture, error)
                    damaged.append(capture)
                else:
                    yield capture, self._done[capture]
        self._take_over(known)
        return damaged

    def _go_on(self) -> None:
        """Drop what an earlier attempt has found and is no longer so, and note what needs not be done again."""
        for capture in self._catalog.all_captures():
            if self._is_whole(capture):
                self._done[capture.id] = capture.imported
            else:
                self._catalog.remove(capture.id)
        with self._database.writing() as cursor:
            cursor.execute("DELETE FROM unfinished")
            rows = cursor.execute("SELECT session, max(created_us) FROM captures GROUP BY session").fetchall()
        self._named_us = dict(rows)

    def _is_whole(self, capture: Capture) -> bool:
        """Return whether the object that a row is of is there, which never changes, and the files of its index are."""
        end = capture.envelope
        return has_object(self._objects, object_name(capture.id), end.start + end.length) and all(
            self._has_file(name)
            for table in ("entries", "pages")
            if has_file(capture, table)
            for name in index_names(capture.id, table, capture.rows_of(table))
        )

    def _has_file(self, name: str) -> bool:
        try:
            return self._files.length(name) > 0
        except FileNotFoundError:
            return False

    def _complete(self, rebuilt: RebuiltCapture) -> None:
        session, record, name = rebuilt.session, rebuilt.record, rebuilt.session_name
        created_us = to_microseconds(record.created_at)
        with self._database.writing() as cursor:
            if session not in self._named_us:
                insert_sessions(cursor, [SessionRow(session, name, created_us)])
            sql = "UPDATE sessions SET created_us = least(created_us, ?) WHERE id = ?"
            cursor.execute(sql, [created_us, session])
            if created_us >= self._named_us.get(session, created_us):
                cursor.execute("UPDATE sessions SET name = ? WHERE id = ?", [name, session])
            ((number,),) = cursor.execute("SELECT nextval('capture_order')").fetchall()
            insert_captures(cursor, [CaptureRow(session, number, record)])
        self._named_us[session] = max(created_us, self._named_us.get(session, created_us))
        self._done[record.id] = record.imported

    def _take_over(self, known: list[uuid.UUID]) -> None:
        """Let sessions and the order of captures be as in the old catalog, as far as it was read."""
        sessions = [(session.bytes, name, to_microseconds(created)) for session, name, created in self._old.sessions]
        numbers = [(capture.bytes, number) for number, capture in enumerate(known, 1)]
        with self._database.writing() as cursor:
            _register(cursor, sessions, COPIED_TABLES["sessions"])
            cursor.execute(_SESSIONS)
            _register(cursor, numbers, pa.schema([("id", pa.uuid()), ("number", pa.int64())]))
            cursor.execute(_RENUMBER, [len(known)])
            continue_numbers(cursor)
            insert_unfinished(cursor, self._old.unfinished, "removed", self._database.node)


def _register(cursor: Cursor, rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> None:
    """Let rows be the table ``known``."""
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [
        pa.ExtensionArray.from_storage(type_, pa.array(column, pa.binary(16)))
        if type_ == pa.uuid()
        else pa.array(column, type_)
        for column, type_ in zip(columns, schema.types, strict=True)
    ]
    cursor.register("known", pa.table(arrays, schema=schema))


def _remove_all(files: LocalObjects) -> None:
    for stored in files.stored():
        files.delete(stored.name)


def _is_abandoned(_: str) -> bool:
    """Nobody writes into a folder that is locked."""
    return True
