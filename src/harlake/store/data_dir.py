"""The data folder: catalog and capture objects together, and what keeps the two in step.

Order of writing: the catalog announces a capture, then its object is written, then, when that is on the disk, the
catalog shows it. Order of removing: the catalog hides it, then the object goes, then the last row. So whenever the
process dies, the catalog knows of everything that is to be cleaned up, and nothing else is ever removed.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import pyarrow as pa

from harlake.har.envelope import OWN_MEMBER, Envelope
from harlake.har.reader import Block
from harlake.limits import MIB
from harlake.store import index
from harlake.store.captures import COMMA, OPENING, CaptureStore
from harlake.store.catalog import ROW_GROUP_SIZE, Capture, Catalog, Session, now
from harlake.store.ids import new_id

CATALOG: Final = "catalog.duckdb"
CAPTURES: Final = "captures"

#: Index rows that are held as Python objects, of about 2 KB, before they become Arrow columns.
_ARROW_ROWS: Final = 1_024

_log = logging.getLogger(__name__)


class DataDir:
    """An open data folder. ``keep_free`` is in bytes, ``catalog_memory`` is DuckDB's ``memory_limit``."""

    def __init__(self, path: Path, *, keep_free: int = 64 * MIB, catalog_memory: str = "10MB") -> None:
        path.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.captures = CaptureStore(path / CAPTURES, keep_free)
        self.catalog = Catalog(path / CATALOG, catalog_memory)
        self.catalog.try_write(index.sample_rows())
        self._recover()

    def close(self) -> None:
        """Let go of the folder."""
        self.catalog.close()

    def new_capture(self) -> CaptureWriter:
        """Begin a capture."""
        self.captures.check_free()
        return CaptureWriter(self)

    def delete_session(self, session: uuid.UUID) -> None:
        """Remove a session and its captures. Raises SessionNotFoundError."""
        for capture in self.catalog.remove_session(session):
            self._delete_object(capture)

    def discard(self, capture: uuid.UUID) -> None:
        """Remove a capture in whatever state it is."""
        self.catalog.remove(capture)
        self._delete_object(capture)

    def _delete_object(self, capture: uuid.UUID) -> None:
        self.captures.delete(capture)
        self.catalog.forget(capture)

    def _recover(self) -> None:
        """Remove what a crash left half done, and report what is not ours to remove."""
        for capture in self.catalog.unfinished():
            self.discard(capture)
            _log.warning("removed capture %s, which was not complete", capture)
        known, stored = self.catalog.complete_ids(), set(self.captures.ids())
        for capture in sorted(known - stored):
            _log.error("the object of capture %s is missing from %s", capture, CAPTURES)
        if unknown := stored - known:
            _log.error("%d captures are not in the catalog; `harlake reindex` brings them back", len(unknown))


@dataclass(frozen=True, slots=True)
class Upload:
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


class RowBuffer:
    """Collects the rows of frames and of their entries, and adds them to the catalog.

    A row group at a time: DuckDB writes whole ones straight to its file, and keeps others in memory until it has
    written them twice.
    """

    def __init__(self, catalog: Catalog, capture: uuid.UUID) -> None:
        self.frame_count = 0
        self.entry_count = 0
        self._catalog = catalog
        self._capture = capture
        self._frames: list[index.FrameRow] = []
        self._rows = index.Rows(0)
        self._batches: list[pa.RecordBatch] = []
        self._pending = 0

    def add(self, block: Block, start: int, length: int) -> None:
        """Add a block that is stored as the frame at ``start``, ``length`` bytes long."""
        count = len(block.entries)
        self._frames.append(index.FrameRow(self.frame_count, start, length, len(block.data), self.entry_count, count))
        self._rows.add(block, self.frame_count)
        self.frame_count += 1
        self.entry_count += count
        if len(self._rows.entries) >= _ARROW_ROWS:
            self._end_batch()
        if self._pending >= ROW_GROUP_SIZE:
            rows = pa.Table.from_batches(self._batches)
            self._append(rows.slice(0, ROW_GROUP_SIZE))
            self._batches = rows.slice(ROW_GROUP_SIZE).to_batches()
            self._pending -= ROW_GROUP_SIZE

    def flush(self) -> None:
        """Add what is pending."""
        self._end_batch()
        if self._batches:
            self._append(pa.Table.from_batches(self._batches))
            self._batches, self._pending = [], 0

    def _append(self, rows: pa.Table) -> None:
        self._catalog.append(self._capture, index.frame_rows(self._frames), rows)
        self._frames = []

    def _end_batch(self) -> None:
        if self._rows.entries:
            self._batches.append(index.record_batch(self._rows))
            self._pending += len(self._rows.entries)
            self._rows = index.Rows(self.entry_count)


class CaptureWriter:
    """Writes one capture: blocks, then :meth:`complete`; or :meth:`discard`, which leaves nothing behind."""

    def __init__(self, data_dir: DataDir) -> None:
        self.id = new_id()
        self.created_at: datetime = now()
        self._data_dir = data_dir
        self._rows = RowBuffer(data_dir.catalog, self.id)
        data_dir.catalog.begin(self.id)
        self._object = data_dir.captures.write(self.id)

    def append(self, block: Block) -> None:
        """Store a block of entries and index it."""
        self._object.put(COMMA if self._rows.frame_count else OPENING)
        start, length = self._object.frame(block.data)
        self._rows.add(block, start, length)

    def complete(self, upload: Upload, destination: Destination, session_name: str) -> Session:
        """Close the object, wait until it is on the disk, and make the capture visible in its session.

        ``session_name`` is kept in the object, for a catalog that has to be rebuilt without the old one.
        Raises SessionNotFoundError when the session has gone.
        """
        self._rows.flush()
        if not self._rows.frame_count:
            self._object.put(OPENING)
        self._object.frame(_closing(self, upload, destination, session_name))
        self._object.close()
        return self._data_dir.catalog.complete(
            Capture(
                id=self.id,
                file_name=upload.file_name,
                created_at=self.created_at,
                upload_bytes=upload.upload_bytes,
                har_bytes=upload.har_bytes,
                object_bytes=self._object.length,
                total=upload.total,
                imported=self._rows.entry_count,
                sha256=upload.sha256,
                envelope=upload.envelope,
            ),
            destination.session,
            destination.new_name,
        )

    def discard(self) -> None:
        """Leave nothing behind."""
        self._object.discard()
        self._data_dir.discard(self.id)


def _closing(writer: CaptureWriter, upload: Upload, destination: Destination, session_name: str) -> bytes:
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
