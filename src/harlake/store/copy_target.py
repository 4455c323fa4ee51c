"""Where a store is copied to: objects at once, as nobody knows of them, and a catalog that appears when it is complete.

In a folder, the catalog is written beside the one that may be there. In PostgreSQL, its tables have no version that a
node would open until they are complete.
"""

from __future__ import annotations

from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

from harlake.errors import DataDirError
from harlake.store.backends import CAPTURES, CATALOG, INDEX, Backend
from harlake.store.captures import CaptureStore
from harlake.store.catalog import Catalog
from harlake.store.catalog_database import CatalogDatabase
from harlake.store.collector import Collector
from harlake.store.copy_mark import CopyMark, read_mark, remove_mark, state_of, write_mark
from harlake.store.data_dir import make_private
from harlake.store.database import Database
from harlake.store.folder_lock import FolderLock
from harlake.store.index_files import IndexFiles
from harlake.store.local_objects import LocalObjects
from harlake.store.new_catalog import NewCatalog
from harlake.store.objects import ObjectStore
from harlake.store.schema import begin_filling, end_filling
from harlake.store.unfinished import insert_unfinished

#: Objects that are looked up in the catalog together.
_TOGETHER: Final = 500


class CopyTarget(Protocol):
    """Takes a copy: objects, and rows of an empty catalog, which nobody sees until it is published."""

    @property
    def captures(self) -> ObjectStore:
        """The objects of captures."""

    @property
    def index(self) -> ObjectStore:
        """The files of indexes."""

    @property
    def database(self) -> CatalogDatabase:
        """The catalog that is to be."""

    def publish(self) -> None:
        """Let the copy be seen. Raises InsufficientStorageError."""

    def close(self) -> None:
        """Let go of it. What is not published is copied on the next time."""


class FolderTarget:
    """A folder that is empty, or a copy of the same source already, and equals it in the end.

    It stays marked as a copy if ``is_backup``. Raises DataDirError where the folder is anything else, and
    DataDirInUseError.
    """

    def __init__(self, folder: Path, source: str, *, is_backup: bool) -> None:
        make_private(folder)
        self._folder = folder
        self._source = source
        self._is_backup = is_backup
        self._lock = FolderLock(folder)
        try:
            self.captures: ObjectStore = LocalObjects(folder / CAPTURES)
            self.index: ObjectStore = LocalObjects(folder / INDEX)
            self._states = self._present_states()
            write_mark(folder, CopyMark(source, self._states))
            for objects in (self.captures, self.index):
                list(objects.remove_unfinished(lambda _: True))
            self._new = NewCatalog(folder, afresh=True)
        except BaseException:
            self._lock.close()
            raise
        self.database: CatalogDatabase = self._new.catalog.database

    def publish(self) -> None:
        """Let the copy take the place of what was there, and remove what is not in it."""
        self._announce_removals()
        state = state_of(self.database)
        write_mark(self._folder, CopyMark(self._source, (*self._states, state)))
        self._new.replace()
        captures, index = CaptureStore(self.captures, keep_free=0), IndexFiles(self.index, LocalObjects(self._folder))
        with closing(Catalog(Database(self._folder / CATALOG))) as catalog:
            Collector(catalog, captures, index, grace=0, is_written=lambda _: False).collect()
        if self._is_backup:
            write_mark(self._folder, CopyMark(self._source, (state,)))
        else:
            remove_mark(self._folder)

    def close(self) -> None:
        """Let go of the folder."""
        self._new.remove()
        self._lock.close()

    def _present_states(self) -> tuple[str, ...]:
        """Return the state of a copy that is complete. Raises DataDirError where the folder is not one to copy to."""
        mark = read_mark(self._folder)
        has_catalog = (self._folder / CATALOG).exists()
        if mark is None and (_is_any(self.captures, self.index) or (has_catalog and not self._is_empty())):
            raise DataDirError(f"{self._folder} holds captures or sessions, and is no copy of {self._source}")
        if mark is not None and mark.source != self._source:
            raise DataDirError(f"{self._folder} is a copy of {mark.source}, and not of {self._source}")
        if not has_catalog:
            return ()
        with closing(Catalog(Database(self._folder / CATALOG))) as catalog:
            state = state_of(catalog.database)
        if mark is not None and state not in mark.states:
            raise DataDirError(f"{self._folder} was a copy of {mark.source}, and has got captures of its own since")
        return (state,)

    def _is_empty(self) -> bool:
        with closing(Catalog(Database(self._folder / CATALOG))) as catalog:
            return not catalog.sessions() and not catalog.unfinished()

    def _announce_removals(self) -> None:
        """Let the catalog know of objects that are not of its captures: whatever happens, they are collected then."""
        names = self.captures.stored()
        while ids := [stored.capture for stored in islice(names, _TOGETHER)]:
            known = {capture.id for capture in self._new.catalog.captures_by_id(ids)}
            with self.database.writing() as cursor:
                insert_unfinished(cursor, [one for one in ids if one not in known], "removed", self.database.node)


class ClusterTarget:
    """What nodes are to share: a catalog and a place for objects that are empty, or to which a copy was begun.

    Raises DataDirError where they are anything else. The backend is let go of by whoever has opened it.
    """

    def __init__(self, backend: Backend) -> None:
        self.captures: ObjectStore = backend.captures
        self.index: ObjectStore = backend.index.objects
        self.database: CatalogDatabase = backend.database
        with self.database.writing() as cursor:
            if not begin_filling(cursor, self.database) and _is_any(self.captures, self.index):
                raise DataDirError("there are objects already where these are to go")
        for objects in (self.captures, self.index):
            list(objects.remove_unfinished(lambda _: True))

    def publish(self) -> None:
        """Let nodes open the catalog."""
        with self.database.writing() as cursor:
            end_filling(cursor)

    def close(self) -> None:
        """Do nothing."""


def _is_any(*stores: ObjectStore) -> bool:
    return any(next(objects.stored(), None) is not None for objects in stores)
