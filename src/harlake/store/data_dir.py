"""The data folder: catalog and capture objects together, and what keeps the two in step.

Order of writing: the catalog announces a capture, then its object is written, then, when that is on the disk, the
catalog shows it. Order of removing: the catalog hides it, then the object goes (which makes room for the rest, should
the disk be full), then its rows, then the last one. So whenever the process dies, or something fails, the catalog knows
of what is to be cleaned up, and the next start does it. Nothing else is ever removed, but what only harlake can have
left: objects that were being written.
"""

from __future__ import annotations

import logging
import shutil
import threading
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from harlake.errors import DamagedCaptureError, DataDirInUseError, SessionNotFoundError
from harlake.har.envelope import BEFORE_ENTRIES, OWN_MEMBER, Envelope
from harlake.har.parse.blocks import Block
from harlake.limits import MIB
from harlake.store import address_file, index
from harlake.store.captures import COMMA, OPENING, CaptureStore
from harlake.store.catalog import Capture, CaptureRecord, Catalog, Session, utc_now
from harlake.store.ids import new_id, parse_id
from harlake.store.row_buffer import RowBuffer

CATALOG: Final = "catalog.duckdb"
CAPTURES: Final = "captures"
SCRATCH: Final = "scratch"

#: Seconds that closing a folder waits for the captures that are being written to it.
_PATIENCE: Final = 30

_log = logging.getLogger(__name__)


class DataDir:
    """An open data folder. ``keep_free`` is in bytes, ``catalog_memory`` is DuckDB's ``memory_limit``."""

    def __init__(self, path: Path, *, keep_free: int = 64 * MIB, catalog_memory: str = "16MB") -> None:
        path.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.captures = CaptureStore(path / CAPTURES, keep_free)
        try:
            self.catalog = Catalog(path / CATALOG, catalog_memory)
        except DataDirInUseError as error:
            raise address_file.in_use_error(path) from error
        # Whoever has the catalog has the folder: what an earlier service wrote about itself is no longer true.
        address_file.remove(path)
        #: What is needed for the time of a request, and worth nothing after a crash.
        self.scratch = path / SCRATCH
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()
        self.catalog.try_write(index.sample_rows())
        self._writing: set[uuid.UUID] = set()
        self._changed = threading.Condition()
        self._recover()

    def close(self) -> None:
        """Let go of the folder, when the captures that are being written have been completed or discarded."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self._writing, _PATIENCE):
                _log.warning("%d captures are still being written; the next start removes them", len(self._writing))
        address_file.remove(self.path)
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.catalog.close()

    def announce(self, address: str) -> None:
        """Let other processes that find the folder in use know where it is served."""
        address_file.write(self.path, address)

    def new_capture(self) -> CaptureWriter:
        """Begin a capture."""
        self.captures.check_free()
        capture = new_id()
        with self._changed:
            self._writing.add(capture)
        try:
            return CaptureWriter(self, capture)
        except BaseException:
            self.discard(capture)
            self.release(capture)
            raise

    def release(self, capture: uuid.UUID) -> None:
        """Wait no more for a capture, which is complete or discarded."""
        with self._changed:
            self._writing.discard(capture)
            self._changed.notify_all()

    def session(self, session_id: str) -> Session:
        """Return the session that a client names by its id. Raises SessionNotFoundError."""
        parsed = parse_id(session_id)
        found = None if parsed is None else self.catalog.session(parsed)
        if found is None:
            raise SessionNotFoundError(f"no session {session_id!r}")
        return found

    def envelope(self, capture: Capture) -> Envelope:
        """Return a capture's HAR without its entries. Raises DamagedCaptureError."""
        with self.captures.open(capture.id) as stored:
            text = stored.text(capture.envelope)
        try:
            return Envelope.parse(BEFORE_ENTRIES + text).without(OWN_MEMBER)
        except ValueError as error:
            raise DamagedCaptureError(f"capture {capture.id} has no end where the catalog says: {error}") from error

    def delete_session(self, session: uuid.UUID) -> None:
        """Remove a session and its captures. Raises SessionNotFoundError."""
        for capture in self.catalog.remove_session(session):
            self._clean_up(capture)

    def discard(self, capture: uuid.UUID, new_session: uuid.UUID | None = None) -> None:
        """Remove a capture in whatever state it is, and a session that was created for it."""
        try:
            self.catalog.hide(capture, new_session)
        except Exception as error:
            _log.warning("capture %s is left to the next start: %s", capture, error)
        else:
            self._clean_up(capture)

    def _clean_up(self, capture: uuid.UUID) -> None:
        """Remove what is left of a hidden capture. What cannot be removed now is no failure of the request."""
        try:
            self.captures.delete(capture)
            self.catalog.remove_rows(capture)
            self.catalog.forget(capture)
        except Exception as error:
            _log.warning("the rest of capture %s is left to the next start: %s", capture, error)

    def _recover(self) -> None:
        """Remove what a crash left half done, and report what is not ours to remove."""
        for capture in self.catalog.unfinished():
            _log.warning("removing capture %s, which was not complete", capture)
            self.discard(capture)
        for name in self.captures.remove_staged():
            _log.warning("removed %s, which nobody writes any more", name)
        known, stored = self.catalog.complete_ids(), set(self.captures.ids())
        for capture in sorted(known - stored):
            _log.error("the object of capture %s is missing from %s", capture, CAPTURES)
        if unknown := stored - known:
            _log.error("%d captures are not in the catalog; `harlake reindex` brings them back", len(unknown))


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """What is known of an uploaded file when it has been read to its end; sizes in bytes."""

    file_name: str | None
    upload_bytes: int
    har_bytes: int
    sha256: str
    total: int
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Destination:
    """The session that a capture goes to; ``new_name`` is None where it exists already."""

    session: uuid.UUID
    new_name: str | None


class CaptureWriter:
    """Writes one capture: blocks, then :meth:`complete`; or :meth:`discard`, which leaves nothing behind."""

    def __init__(self, data_dir: DataDir, capture: uuid.UUID) -> None:
        self.id = capture
        self.created_at: datetime = utc_now()
        # An import that is cancelled discards what a thread may be completing.
        self._turn = threading.Lock()
        self._complete = False
        self._new_session: uuid.UUID | None = None
        self._data_dir = data_dir
        self._rows = RowBuffer(data_dir.catalog, self.id)
        data_dir.catalog.begin(self.id)
        self._object = data_dir.captures.write(self.id)

    def append(self, block: Block) -> None:
        """Store a block of entries and index it."""
        self._object.put(COMMA if self._rows.frame_count else OPENING)
        self._rows.add(block, self._object.frame(block.data))

    def complete(self, upload: UploadedFile, destination: Destination, session_name: str) -> Session:
        """Close the object, wait until it is on the disk, and make the capture visible in its session.

        ``session_name`` is kept in the object, for a catalog that has to be rebuilt without the old one.
        Raises SessionNotFoundError when the session has gone. After any error, :meth:`discard` it.
        """
        with self._turn:
            session = self._finish(upload, destination, session_name)
            self._complete = True
        self._data_dir.release(self.id)
        return session

    def discard(self) -> None:
        """Leave nothing behind, unless the capture is complete."""
        try:
            with self._turn:
                if not self._complete:
                    self._rows.discard()
                    self._object.discard()
                    self._data_dir.discard(self.id, self._new_session)
        finally:
            self._data_dir.release(self.id)

    def _finish(self, upload: UploadedFile, destination: Destination, session_name: str) -> Session:
        if destination.new_name is not None:
            self._new_session = destination.session
        self._rows.close()
        if not self._rows.frame_count:
            self._object.put(OPENING)
        closing = _closing(self, upload, destination, session_name)
        end = self._object.frame(closing)
        self._object.close()
        return self._data_dir.catalog.complete(
            CaptureRecord(
                id=self.id,
                file_name=upload.file_name,
                created_at=self.created_at,
                upload_bytes=upload.upload_bytes,
                har_bytes=upload.har_bytes,
                object_bytes=self._object.length,
                total=upload.total,
                imported=self._rows.entry_count,
                sha256=upload.sha256,
                envelope=end,
                pages=index.page_rows(upload.envelope.pages()),
            ),
            destination.session,
            destination.new_name,
        )


def _closing(writer: CaptureWriter, upload: UploadedFile, destination: Destination, session_name: str) -> bytes:
    """Return the text that ends an object, with all that its rows in the catalog say."""
    return upload.envelope.closing(
        {
            OWN_MEMBER: {
                "session": destination.session,
                "sessionName": session_name,
                "createdAt": writer.created_at,
                "fileName": upload.file_name,
                "uploadBytes": upload.upload_bytes,
                "harBytes": upload.har_bytes,
                "total": upload.total,
                "sha256": upload.sha256,
            }
        }
    )
