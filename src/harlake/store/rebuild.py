"""Rebuilds the catalog from the capture objects: same captures, same sessions, same ids, same order.

The new catalog is written beside the old one and replaces it in one step when it is complete; until then a failure
leaves everything as it was. Where the old one can still be read, it decides on the sessions' names and on the order of
captures. Where it cannot, it is kept under another name, sessions have the names that they had when their latest
captures were imported, and captures are in the order in which their imports began.
"""

from __future__ import annotations

import logging
import shutil
import uuid
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from harlake.errors import DamagedCaptureError, DataDirError, InsufficientStorageError, InvalidHarError
from harlake.har.envelope import OWN_MEMBER, Envelope
from harlake.har.parse.reader import HarReader
from harlake.limits import MIB, Limits
from harlake.store.backends import CAPTURES, CATALOG, INDEX
from harlake.store.capture_object import Frame
from harlake.store.captures import CaptureStore
from harlake.store.catalog import CaptureRecord, Catalog
from harlake.store.data_dir import make_private
from harlake.store.database import Database
from harlake.store.folder_lock import FolderLock
from harlake.store.ids import new_id
from harlake.store.index_files import IndexFiles
from harlake.store.index_rows import RowConverter, page_batch
from harlake.store.index_writer import IndexWriter, write_pages
from harlake.store.local_objects import LocalObjects
from harlake.store.objects import ObjectSink
from harlake.store.old_catalog import OldCatalog, read_old_catalog
from harlake.store.timestamps import utc_now

_SEPARATOR = b","

#: Bytes of an object that are fetched before they are read, where it is not on this machine.
_AHEAD = 8 * MIB

#: Later than any import.
_FOREVER = datetime.max.replace(tzinfo=UTC)

_log = logging.getLogger(__name__)


def rebuild_catalog(data_dir: Path) -> Iterator[tuple[uuid.UUID, int]]:
    """Rebuild a data folder's catalog; yield each capture with its number of entries as it is done.

    What interrupted imports left in the folder goes. Raises DataDirError, DataDirInUseError or
    InsufficientStorageError, and leaves the old catalog as it was. Objects that cannot be read are left out; when the
    catalog is rebuilt without them, that is a DamagedCaptureError.
    """
    if not (data_dir / CAPTURES).is_dir():
        raise DataDirError(f"{data_dir} holds no captures")
    make_private(data_dir)
    with closing(FolderLock(data_dir)) as lock:
        data_dir = lock.folder
        files = LocalObjects(data_dir / INDEX)
        captures, index = CaptureStore(LocalObjects(data_dir / CAPTURES), keep_free=0), IndexFiles(files, files)
        path, new_path = data_dir / CATALOG, data_dir / f"{CATALOG}.new"
        old = read_old_catalog(path)
        for name in (*captures.remove_unfinished(_is_abandoned), *index.remove_unfinished(_is_abandoned)):
            _log.warning("removed unfinished %s, which nobody writes any more", name)
        _remove(new_path)
        try:
            damaged = yield from _write(new_path, captures, index, old)
            _replace(path, new_path, old)
        finally:
            _remove(new_path)
    if damaged:
        names = ", ".join(map(str, damaged))
        raise DamagedCaptureError(f"the catalog is rebuilt without damaged captures: {names}")


def _write(
    path: Path, captures: CaptureStore, index: IndexFiles, old: OldCatalog
) -> Generator[tuple[uuid.UUID, int], None, list[uuid.UUID]]:
    """Write a new catalog; return the captures that are damaged."""
    stored = set(captures.ids())
    known = [capture for capture in old.captures if capture in stored]
    named_at: dict[uuid.UUID, datetime] = dict.fromkeys((session for session, *_ in old.sessions), _FOREVER)
    damaged: list[uuid.UUID] = []
    with (
        closing(Catalog(Database(path))) as catalog,
        ThreadPoolExecutor(1, "index") as thread,
        closing(RowConverter()) as converter,
    ):
        for session, name, created_at in old.sessions:
            catalog.create_session(session, name, created_at)
        # Numbers are given as captures are completed: the old catalog's order first, then that of objects.
        for capture in (*known, *sorted(stored.difference(known))):
            try:
                entries = _Rebuild(captures, catalog, index, converter, capture, thread, named_at).run()
            except (DamagedCaptureError, InvalidHarError) as error:
                _log.error("capture %s is left out: %s", capture, error)
                damaged.append(capture)
            else:
                yield capture, entries
        catalog.renumber(len(known) - len(set(known) & set(damaged)))
    return damaged


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
        self._rows = IndexWriter(capture, partial(self._sink, "entries"), converter, thread)

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

    def _sink(self, table: str, number: int = 0) -> ObjectSink:
        return self._index.sink(self._capture, table, lambda: None, number)

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


def _replace(path: Path, new_path: Path, old: OldCatalog) -> None:
    """Let the new catalog take the place of the old one, which is kept where something may be lost with it."""
    if _write_ahead_log(new_path).exists():  # DuckDB closes a database also where it cannot write to its file
        raise InsufficientStorageError("there is no room for the new catalog")
    log = _write_ahead_log(path)
    if not old.is_understood:
        kept = path.with_name(f"{path.name}.{path.stat().st_mtime_ns}")
        with suppress(FileExistsError):
            kept.hardlink_to(path)
        if log.exists():
            log.rename(_write_ahead_log(kept))
        _log.warning("the old catalog, which could not be read as a whole, is kept as %s", kept.name)
    elif log.exists():  # else it would become the new catalog's
        raise InsufficientStorageError("there is no room to close the old catalog")
    new_path.rename(path)


def _is_abandoned(_: str) -> bool:
    """Nobody writes into a folder that is locked."""
    return True


def _write_ahead_log(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")


def _remove(path: Path) -> None:
    for name in (path, _write_ahead_log(path)):
        name.unlink(missing_ok=True)
    shutil.rmtree(path.with_name(f"{path.name}.tmp"), ignore_errors=True)
