"""Rebuilds the catalog from the capture objects: same captures, same sessions, same ids.

The new catalog is written beside the old one and replaces it when it is complete; until then a failure leaves
everything as it was. Where the old one can still be read, it decides on the sessions' names; where it cannot, a
session has the name that it had when its latest capture was imported.
"""

from __future__ import annotations

import logging
import shutil
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from harlake.errors import DamagedCaptureError, DataDirError, DataDirInUseError
from harlake.har.envelope import OWN_MEMBER, Envelope
from harlake.har.parse.reader import HarReader
from harlake.limits import MIB, Limits
from harlake.store import address_file
from harlake.store.capture_object import Frame
from harlake.store.captures import CaptureStore
from harlake.store.catalog import CaptureRecord, Catalog
from harlake.store.data_dir import CAPTURES, CATALOG, INDEX, make_private
from harlake.store.database import Database
from harlake.store.ids import new_id
from harlake.store.index_files import IndexFiles
from harlake.store.index_rows import RowConverter, page_batch
from harlake.store.index_writer import IndexWriter, write_pages
from harlake.store.local_objects import LocalObjects
from harlake.store.objects import ObjectSink
from harlake.store.sessions import Session
from harlake.store.timestamps import utc_now

_SEPARATOR = b","

#: Bytes of an object that are fetched before they are read, where it is not on this machine.
_AHEAD = 8 * MIB

#: Later than any import.
_FOREVER = datetime.max.replace(tzinfo=UTC)

_log = logging.getLogger(__name__)


def rebuild_catalog(data_dir: Path, catalog_memory: str) -> Iterator[tuple[uuid.UUID, int]]:
    """Rebuild a data folder's catalog; yield each capture with its number of entries as it is done.

    What interrupted imports left in the folder goes. Raises DamagedCaptureError, and leaves the old catalog as it was,
    when an object cannot be read.
    """
    if not (data_dir / CAPTURES).is_dir():
        raise DataDirError(f"{data_dir} holds no captures")
    make_private(data_dir)
    captures = CaptureStore(LocalObjects(data_dir / CAPTURES), keep_free=0)
    old, new = data_dir / CATALOG, data_dir / f"{CATALOG}.new"
    sessions = _sessions(old)
    _remove(new)
    try:
        catalog = Catalog(Database(new))
        try:
            for session in sessions.values():
                catalog.create_session(session.id, session.name, datetime.fromisoformat(session.created_at))
            named_at: dict[uuid.UUID, datetime] = dict.fromkeys(sessions, _FOREVER)
            files = LocalObjects(data_dir / INDEX)
            index = IndexFiles(files, files)
            with ThreadPoolExecutor(1, "index") as thread, closing(RowConverter()) as converter:
                for capture in sorted(captures.ids()):
                    yield capture, _Rebuild(captures, catalog, index, converter, capture, thread, named_at).run()
            catalog.renumber()
        finally:
            catalog.close()
    except BaseException:
        _remove(new)
        raise
    _remove(old)
    new.rename(old)
    for name in captures.remove_staged():
        _log.warning("removed %s, which nobody writes any more", name)


class _Rebuild:
    """Reads one object, frame by frame, into a catalog; ``named_at`` says when each session got its name."""

    def __init__(
        self,
        captures: CaptureStore,
        catalog: Catalog,
        index: IndexFiles,
        converter: RowConverter,
        capture: uuid.UUID,
        thread: ThreadPoolExecutor,
        named_at: dict[uuid.UUID, datetime],
    ) -> None:
        self._captures = captures
        self._catalog = catalog
        self._capture = capture
        self._named_at = named_at
        # What was imported once is imported again, whatever the limits are today.
        self._reader = HarReader(Limits(max_entry_bytes=1 << 62, block_bytes=1 << 62))
        self._index = index
        self._converter = converter
        self._rows = IndexWriter(capture, self._sink("entries"), converter, thread)

    def run(self) -> int:
        envelope: Envelope | None = None
        try:
            with self._captures.open(self._capture, _AHEAD) as reader:
                for frame, text in reader.frames():
                    blocks = self._reader.feed(text)
                    if text.startswith(b"]"):
                        _, envelope = self._reader.close()
                        end = frame
                    elif text != _SEPARATOR:
                        blocks += self._reader.cut()
                    for block in blocks:
                        self._rows.add(block, frame)
            if envelope is None:
                raise DamagedCaptureError(f"capture {self._capture} has no end")
            entry_rows = self._rows.close()
        finally:
            self._rows.discard()
        self._complete(envelope, end, entry_rows)
        return self._reader.imported

    def _sink(self, table: str) -> ObjectSink:
        return self._index.sink(self._capture, table, lambda: None)

    def _complete(self, envelope: Envelope, end: Frame, entry_rows: bytes | None) -> None:
        own = envelope.get(OWN_MEMBER)
        own = own if isinstance(own, dict) else {}
        session = uuid.UUID(own["session"]) if "session" in own else new_id()
        created_at = datetime.fromisoformat(own["createdAt"]) if "createdAt" in own else utc_now()
        name = own.get("sessionName", "Recovered")
        pages = self._converter.pages(self._capture, page_batch(envelope.pages()))
        self._catalog.announce(self._capture)
        self._catalog.complete(
            CaptureRecord(
                id=self._capture,
                file_name=own.get("fileName"),
                created_at=created_at,
                upload_bytes=own.get("uploadBytes", 0),
                har_bytes=own.get("harBytes", 0),
                object_bytes=end.start + end.length,
                total=own.get("total", self._reader.total),
                imported=self._reader.imported,
                sha256=own.get("sha256", ""),
                envelope=end,
                pages=len(pages),
                entry_rows=entry_rows,
                page_rows=write_pages(pages, self._sink("pages")),
            ),
            session,
            None if session in self._named_at else name,
        )
        self._catalog.backdate_session(session, created_at)
        if created_at >= self._named_at.setdefault(session, created_at):
            self._catalog.rename_session(session, name)
            self._named_at[session] = created_at


def _sessions(path: Path) -> dict[uuid.UUID, Session]:
    """Return the sessions of the old catalog, none where it is missing or cannot be read."""
    if not path.exists():
        return {}
    try:
        catalog = Catalog(Database(path))
    except DataDirInUseError as error:
        raise address_file.in_use_error(path.parent) from error
    except DataDirError:
        return {}
    try:
        return {session.id: session for session in catalog.sessions()}
    finally:
        catalog.close()


def _remove(path: Path) -> None:
    for name in (path, path.with_name(f"{path.name}.wal")):
        name.unlink(missing_ok=True)
    shutil.rmtree(path.with_name(f"{path.name}.tmp"), ignore_errors=True)
