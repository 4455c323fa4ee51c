"""Checks a store: whether each object is whole, and whether objects, indexes and catalog agree.

Strategy: the catalog is read some rows at a time, each object once and in flat memory, then all names of objects and
files are looked up in the catalog. Where nodes are running meanwhile, what is found is looked at once more.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import islice
from typing import Final

import pyarrow as pa

from harlake.store.backends import CAPTURES, CATALOG, INDEX
from harlake.store.captures import object_name
from harlake.store.catalog_rows import CaptureRow, SessionRow, catalog_rows, names_of_files
from harlake.store.direct_store import DirectStore
from harlake.store.index_check import EntryRowsCheck, IndexProblem, PageRowsCheck, file_rows, kept_rows_of
from harlake.store.index_files import index_names
from harlake.store.object_check import ObjectContent, check_object, compare_with_catalog
from harlake.store.objects import ObjectStore, StoredObject
from harlake.store.unfinished import UnfinishedCapture, select_all_unfinished

#: Names that are looked up together.
_TOGETHER: Final = 500

#: States that this version knows.
_STATES: Final = ("importing", "removed")


class Remedy(Enum):
    """What can be done about a finding without losing anything."""

    #: Make the capture's index, and its row of the catalog, of its object.
    REBUILD = auto()
    #: Remove what is left of captures that were removed, or never complete.
    COLLECT = auto()
    #: Remove a file of an index that no capture has.
    REMOVE_FILE = auto()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong: with which capture, in which object, file or table, and what can be done about it."""

    capture: uuid.UUID | None
    place: str
    problem: str
    remedy: Remedy | None = None


class StoreCheck:
    """Checks a store."""

    def __init__(self, store: DirectStore) -> None:
        self._store = store
        self._catalog = store.catalog

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong. Raises OSError and HarlakeError where something cannot be read now."""
        sessions = set()
        for row in catalog_rows(self._catalog.database):
            match row:
                case SessionRow():
                    sessions.add(row.id)
                case CaptureRow():
                    found = list(self._capture(row, has_session=row.session in sessions))
                    if found and not self._store.is_removed(row.record.id):
                        yield from found
        yield from self._unfinished()
        yield from self._unknown_objects()
        yield from self._needless_files()

    def _capture(self, row: CaptureRow, *, has_session: bool) -> Iterator[Finding]:
        capture, name = row.record.id, object_name(row.record.id)
        content = check_object(self._store.objects, name)
        remedy = Remedy.REBUILD if content.is_whole else None
        for problem in content.problems:
            yield Finding(capture, f"{CAPTURES}/{name}", problem)
        if not has_session and self._catalog.session(row.session) is None:
            yield Finding(capture, CATALOG, f"its session {row.session} is not there", remedy)
        if content.is_whole:
            for problem in compare_with_catalog(content, row):
                yield Finding(capture, CATALOG, problem, remedy)
        for table in ("entries", "pages"):
            yield from self._index(row, table, content, remedy)

    def _index(self, row: CaptureRow, table: str, content: ObjectContent, remedy: Remedy | None) -> Iterator[Finding]:
        """Check a table of a capture's index, up to what is wrong with it."""
        record = row.record
        is_entries = table == "entries"
        kept, count = (record.entry_rows, record.imported) if is_entries else (record.page_rows, record.pages)
        frames = content.frames if content.is_whole else None
        check = EntryRowsCheck(record.id, frames) if is_entries else PageRowsCheck()
        place = CATALOG
        try:
            if kept is not None:
                check.add_all(kept_rows_of(kept, table))
            else:
                for name in index_names(record.id, table, count):
                    place = f"{INDEX}/{name}"
                    check.add_all(self._file_rows(name, table))
                    check.end_file(count)
            check.end(count)
        except IndexProblem as error:
            yield Finding(record.id, place, str(error), None if error.is_newer else remedy)

    def _file_rows(self, name: str, table: str) -> Iterator[pa.RecordBatch]:
        try:
            with self._store.index.file(name) as path:
                yield from file_rows(path, table)
        except FileNotFoundError:  # in a bucket
            raise IndexProblem("there is no such file") from None

    def _unfinished(self) -> Iterator[Finding]:
        """Yield captures that nobody completes or removes any more, and objects that nobody completes."""
        for capture in self._all_unfinished():
            if capture.state not in _STATES:
                problem = f"it is in the state {capture.state!r}, which this version of harlake does not know"
                yield Finding(capture.id, CATALOG, problem)
            elif self._is_left(capture):
                what = "is not complete" if capture.state == "importing" else "was removed"
                yield Finding(capture.id, CATALOG, f"it {what}, and is still to be cleaned up", Remedy.COLLECT)
        for folder, objects in self._folders():
            for name in _being_written(objects):
                one = StoredObject(name, 0, 0)
                if not self._catalog.is_announced(one.capture):
                    yield Finding(one.capture, f"{folder}/{name}", "nobody writes it any more", Remedy.COLLECT)

    def _is_left(self, capture: UnfinishedCapture) -> bool:
        """Return whether a capture is left over, rather than another node's to complete, or to remove later."""
        if not self._store.is_shared:
            return True
        with self._catalog.database.writing() as cursor:
            return capture.state == "importing" and self._catalog.database.has_ended(cursor, capture.node)

    def _unknown_objects(self) -> Iterator[Finding]:
        for one, known in self._looked_up(self._store.objects):
            if known is None and not self._is_unfinished(one.capture):
                problem = "the catalog does not know it"
                yield Finding(one.capture, f"{CAPTURES}/{one.name}", problem, Remedy.REBUILD)

    def _needless_files(self) -> Iterator[Finding]:
        for one, known in self._looked_up(self._store.index.objects):
            if (known is None or one.name not in known) and not self._is_unfinished(one.capture):
                yield Finding(one.capture, f"{INDEX}/{one.name}", "no capture has it", Remedy.REMOVE_FILE)

    def _looked_up(self, objects: ObjectStore) -> Iterator[tuple[StoredObject, list[str] | None]]:
        """Yield all objects, each with the names of its capture's files; None where there is no such capture."""
        stored = objects.stored()
        while batch := list(islice(stored, _TOGETHER)):
            with self._catalog.database.reading() as cursor:
                known = names_of_files(cursor, [one.capture for one in batch])
            yield from ((one, known.get(one.capture)) for one in batch)

    def _is_unfinished(self, capture: uuid.UUID) -> bool:
        """Return whether a capture is unfinished, or has been completed since it was looked up."""
        with self._catalog.database.reading() as cursor:
            rows = cursor.execute("SELECT 1 FROM unfinished WHERE capture = ?", [capture]).fetchall()
        return bool(rows) or (self._store.is_shared and not self._store.is_removed(capture))

    def _all_unfinished(self) -> list[UnfinishedCapture]:
        with self._catalog.database.reading() as cursor:
            return select_all_unfinished(cursor)

    def _folders(self) -> Iterator[tuple[str, ObjectStore]]:
        yield CAPTURES, self._store.objects
        yield INDEX, self._store.index.objects


def _being_written(objects: ObjectStore) -> list[str]:
    """Return the names of objects that are not complete."""
    names: list[str] = []

    def note(name: str) -> bool:
        names.append(name)
        return False  # it stays

    list(objects.remove_unfinished(note))
    return names
