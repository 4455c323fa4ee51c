"""Mends what a check has found, where nothing is lost by it: objects are the truth, and all else is made of them.

No object is removed, other than those of captures that the catalog says were removed or never complete.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from harlake.errors import DamagedCaptureError, InvalidHarError
from harlake.store.capture_rebuild import CaptureRebuilder, RebuiltCapture, capture_rebuilder
from harlake.store.catalog_database import CatalogDatabase
from harlake.store.catalog_rows import CaptureRow, SessionRow, insert_captures, insert_sessions
from harlake.store.check import Finding, Remedy
from harlake.store.collector import Collector
from harlake.store.direct_store import DirectStore
from harlake.store.timestamps import to_microseconds

_ROW: Final = "DELETE FROM captures WHERE id = ? RETURNING session, number"


class Repair:
    """Mends findings of one store, in the order in which they were found."""

    def __init__(self, store: DirectStore, rebuilder: CaptureRebuilder, grace: float) -> None:
        self._store = store
        self._rebuilder = rebuilder
        self._grace = grace
        self._rebuilt: uuid.UUID | None = None

    def mend(self, finding: Finding) -> bool:
        """Mend what was found, and return whether that was possible."""
        match finding.remedy, finding.capture:
            case Remedy.REBUILD, uuid.UUID() as capture:
                return self._rebuild(capture)
            case Remedy.COLLECT, _:
                return self._collect(finding)
            case Remedy.REMOVE_FILE, _:
                self._store.index.objects.delete(finding.place.rpartition("/")[2])
                return True
        return False

    def _rebuild(self, capture: uuid.UUID) -> bool:
        """Make index and row of a capture again, once for all that was found of it."""
        if capture == self._rebuilt:
            return True
        try:
            rebuilt = self._rebuilder.rebuild(capture)
        except (DamagedCaptureError, InvalidHarError):
            return False
        self._rebuilt = capture
        replace_row(self._store.catalog.database, rebuilt)
        return True

    def _collect(self, finding: Finding) -> bool:
        """Remove what is left of captures, as the service does when it starts."""
        store = self._store
        collector = Collector(store.catalog, store.captures, store.index, grace=self._grace, is_written=lambda _: False)
        collector.collect()
        return finding.capture is None or not self._is_left(finding.capture)

    def _is_left(self, capture: uuid.UUID) -> bool:
        return capture in self._store.catalog.unfinished()


def replace_row(database: CatalogDatabase, rebuilt: RebuiltCapture) -> None:
    """Let the catalog have the row of a capture, where it was if it had one."""
    record = rebuilt.record
    with database.writing() as cursor:
        rows = cursor.execute(_ROW, [record.id]).fetchall()
        if not rows:
            ((number,),) = cursor.execute("SELECT nextval('capture_order')").fetchall()
            rows = [(rebuilt.session, number)]
        ((session, number),) = rows
        if not cursor.execute("SELECT 1 FROM sessions WHERE id = ?", [session]).fetchall():
            created_us = to_microseconds(record.created_at)
            insert_sessions(cursor, [SessionRow(session, rebuilt.session_name, created_us)])
        insert_captures(cursor, [CaptureRow(session, number, record)])


@contextmanager
def repair_of(store: DirectStore, grace: float = 0) -> Iterator[Repair]:
    """Give what mends a store."""
    with capture_rebuilder(store.captures, store.index) as rebuilder:
        yield Repair(store, rebuilder, grace)
