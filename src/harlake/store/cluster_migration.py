"""Brings what nodes share to this version: the index of each capture is made again, of its object.

The catalog is this version's when all are done. Until then no node opens it, whichever version it has; one that is
running already goes on, and must not: indexes that it writes would be an earlier version's.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from typing import Final

from harlake.errors import DamagedCaptureError
from harlake.store.backends import OpenBackend
from harlake.store.capture_rebuild import capture_rebuilder
from harlake.store.captures import CaptureStore
from harlake.store.catalog_database import CatalogDatabase
from harlake.store.catalog_slices import slices
from harlake.store.direct_store import opened_backend
from harlake.store.repair import replace_row
from harlake.store.schema import begin_migration, end_migration

_log = logging.getLogger(__name__)

#: Rows that are read at a time.
_SLICE: Final = 1_000


def migrate_cluster(open_backend: OpenBackend) -> Iterator[tuple[uuid.UUID, int]]:
    """Make the indexes of all captures again; yield each with its number of entries as it is done.

    Nothing is done where the catalog is of this version. Raises DataDirError where it is none of an earlier version's,
    and in the end DamagedCaptureError, if there are objects that cannot be read: their indexes stay what they were.
    """
    with opened_backend(open_backend) as backend:
        database = backend.database
        with database.writing() as cursor:
            if not begin_migration(cursor):
                return
        damaged: list[uuid.UUID] = []
        captures = CaptureStore(backend.captures, keep_free=0)
        with capture_rebuilder(captures, backend.index) as rebuilder:
            for capture in _captures(database):
                try:
                    rebuilt = rebuilder.rebuild(capture)
                except DamagedCaptureError as error:
                    _log.error("the index of capture %s is left as it was: %s", capture, error)
                    damaged.append(capture)
                else:
                    replace_row(database, rebuilt)
                    yield capture, rebuilt.record.imported
        with database.writing() as cursor:
            end_migration(cursor)
    if damaged:
        names = ", ".join(map(str, damaged))
        raise DamagedCaptureError(f"these captures are damaged, and their indexes are of an earlier version: {names}")


def _captures(database: CatalogDatabase) -> Iterator[uuid.UUID]:
    for rows in slices(database, "SELECT number, id FROM captures", "number", 0, _SLICE):
        yield from (uuid.UUID(str(capture)) for _, capture in rows)
