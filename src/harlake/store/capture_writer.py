"""Writing a capture: blocks of entries become frames of its object and rows of its index, then all is shown at once.

The order of writing, and what is left of it after a crash, is :mod:`harlake.store.data_dir`'s.
"""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from harlake.har.envelope import OWN_MEMBER, Envelope
from harlake.har.parse.gaps import GapPiece, Part, SalvageReport
from harlake.limits import DEFAULT_LIMITS, MIB
from harlake.store.capture_object import COMMA, OPENING
from harlake.store.catalog import CaptureRecord, Catalog
from harlake.store.data_dir import DataDir
from harlake.store.gap_frames import GapFrames, StoredSalvage
from harlake.store.index_rows import page_batch
from harlake.store.index_writer import IndexWriter, write_pages
from harlake.store.objects import ObjectSink
from harlake.store.sessions import Session
from harlake.store.timestamps import utc_now


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """What is known of an uploaded file when it has been read to its end; sizes in bytes."""

    file_name: str | None
    upload_bytes: int
    har_bytes: int
    sha256: str
    total: int
    envelope: Envelope
    salvage: SalvageReport | None = None


@dataclass(frozen=True, slots=True)
class Destination:
    """The session that a capture goes to; ``new_name`` is None where it exists already."""

    session: uuid.UUID
    new_name: str | None


def begin_capture(data_dir: DataDir, memory: int = 8 * MIB) -> CaptureWriter:
    """Begin a capture in a data folder, which may hold so many bytes. Raises InsufficientStorageError."""
    capture = data_dir.reserve_capture()
    try:
        return CaptureWriter(data_dir, capture, memory)
    except BaseException:
        data_dir.release(capture)
        raise


class CaptureWriter:
    """Writes one capture: blocks, then :meth:`complete`; or :meth:`discard`, which leaves nothing behind."""

    def __init__(self, data_dir: DataDir, capture: uuid.UUID, memory: int) -> None:
        self.id = capture
        self.created_at: datetime = utc_now()
        # An import that is cancelled discards what a thread may be completing.
        self._lock = threading.Lock()
        self._is_complete = False
        self._new_session: uuid.UUID | None = None
        self._data_dir = data_dir
        self._announcement = _Announcement(data_dir.catalog, capture)
        self._object = data_dir.captures.write(self.id, data_dir.threads, memory, self._announcement.make)
        self._gaps = GapFrames()
        self._rows = IndexWriter(self.id, partial(self._sink, "entries"), data_dir.converter, data_dir.threads, memory)

    def append(self, part: Part) -> None:
        """Store a block of entries and index it, or store a piece of a gap."""
        if not self._object.length:
            self._object.put(OPENING)
        if isinstance(part, GapPiece):
            most = DEFAULT_LIMITS.max_problems
            self._object.put(self._gaps.frame(part.gap, part.data, self._object.length, most))
            return
        if self._rows.frame_count:
            self._object.put(COMMA)
        self._rows.add(part, self._object.frame(part.data))

    def complete(self, upload: UploadedFile, destination: Destination, session_name: str) -> Session:
        """Close the object, wait until it is on the disk, and make the capture visible in its session.

        ``session_name`` is kept in the object, for a catalog that has to be rebuilt without the old one.
        Raises SessionNotFoundError when the session has gone. After any error, :meth:`discard` it.
        """
        with self._lock:
            session = self._finish(upload, destination, session_name)
            self._is_complete = True
        self._data_dir.release(self.id)
        return session

    def discard(self) -> None:
        """Leave nothing behind, unless the capture is complete."""
        try:
            with self._lock:
                if not self._is_complete:
                    self._rows.discard()
                    self._object.discard()
                    if self._announcement.was_tried:
                        self._data_dir.discard(self.id, self._new_session)
        finally:
            self._data_dir.release(self.id)

    def _finish(self, upload: UploadedFile, destination: Destination, session_name: str) -> Session:
        if destination.new_name is not None:
            self._new_session = destination.session
        entry_rows = self._rows.close()
        if not self._object.length:
            self._object.put(OPENING)
        salvage = None if upload.salvage is None else self._gaps.described(upload.salvage)
        closing = _closing(self, upload, destination, session_name, salvage)
        end = self._object.frame(closing)
        self._object.close()
        pages = self._data_dir.converter.pages(self.id, page_batch(upload.envelope.pages()))
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
                pages=len(pages),
                entry_rows=entry_rows,
                page_rows=write_pages(pages, self._sink("pages")),
            ),
            destination.session,
            destination.new_name,
        )

    def _sink(self, table: str, number: int = 0) -> ObjectSink:
        def check() -> None:
            self._data_dir.captures.check_free()
            self._announcement.make()

        return self._data_dir.index_files.sink(self.id, table, check, number)


class _Announcement:
    """Announces a capture before its first byte is written; nothing is known of an upload that is refused before."""

    def __init__(self, catalog: Catalog, capture: uuid.UUID) -> None:
        self._catalog = catalog
        self._capture = capture
        self._lock = threading.Lock()
        self._is_made = False
        self._error: BaseException | None = None
        #: Whether the catalog may know of the capture.
        self.was_tried = False

    def make(self) -> None:
        """Announce it, unless it is already. What has failed once is not tried again: the catalog may know of it."""
        with self._lock:
            if self._is_made:
                return
            if self._error is not None:
                raise self._error
            self.was_tried = True
            try:
                self._catalog.announce(self._capture)
            except BaseException as error:
                self._error = error
                raise
            self._is_made = True


def _closing(
    writer: CaptureWriter,
    upload: UploadedFile,
    destination: Destination,
    session_name: str,
    salvage: StoredSalvage | None,
) -> bytes:
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
            | ({} if salvage is None else {"salvage": salvage})
        }
    )
