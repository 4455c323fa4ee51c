"""What the catalog and the index say of a capture, made again from its object."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from harlake.errors import DamagedCaptureError
from harlake.har.envelope import Envelope
from harlake.har.parse.reader import HarReader
from harlake.limits import MIB, Limits
from harlake.store.capture_object import Frame
from harlake.store.captures import CaptureStore
from harlake.store.catalog import CaptureRecord
from harlake.store.ids import new_id
from harlake.store.index_files import IndexFiles
from harlake.store.index_rows import RowConverter, page_batch
from harlake.store.index_writer import IndexWriter, write_pages
from harlake.store.objects import ObjectSink
from harlake.store.own_member import own_member
from harlake.store.timestamps import utc_now

_SEPARATOR: Final = b","

#: Bytes of an object that are fetched before they are read, where it is not on this machine.
_AHEAD: Final = 8 * MIB

#: What was imported once is imported again, whatever the limits are today.
_LIMITS: Final = Limits(max_entry_bytes=1 << 62, block_bytes=1 << 62)


@dataclass(frozen=True, slots=True)
class RebuiltCapture:
    """A capture's row of the catalog, its session, and the name that this had when the capture was imported."""

    record: CaptureRecord
    session: uuid.UUID
    session_name: str


class CaptureRebuilder:
    """Reads objects frame by frame, and writes the files of their indexes."""

    def __init__(
        self, captures: CaptureStore, index: IndexFiles, converter: RowConverter, thread: ThreadPoolExecutor
    ) -> None:
        self._captures = captures
        self._index = index
        self._converter = converter
        self._thread = thread

    def rebuild(self, capture: uuid.UUID) -> RebuiltCapture:
        """Read a capture. Raises DamagedCaptureError, InvalidHarError and InsufficientStorageError."""
        reader = HarReader(_LIMITS)
        rows = IndexWriter(capture, partial(self._sink, capture, "entries"), self._converter, self._thread)
        try:
            envelope, end = self._read(capture, reader, rows)
            entry_rows = rows.close()
        finally:
            rows.discard()
        return self._rebuilt(capture, reader, envelope, end, entry_rows)

    def _read(self, capture: uuid.UUID, reader: HarReader, rows: IndexWriter) -> tuple[Envelope, Frame]:
        found: tuple[Envelope, Frame] | None = None
        with self._captures.open(capture, _AHEAD) as stored:
            for frame, text in stored.frames():
                if not text:  # a piece of a gap
                    continue
                blocks = reader.feed(text)
                if text.startswith(b"]"):
                    found = reader.close()[1], frame
                elif text != _SEPARATOR:
                    blocks += reader.cut()
                for block in blocks:
                    rows.add(block, frame)
        if found is None:
            raise DamagedCaptureError(f"capture {capture} has no end")
        return found

    def _rebuilt(
        self, capture: uuid.UUID, reader: HarReader, envelope: Envelope, end: Frame, entry_rows: bytes | None
    ) -> RebuiltCapture:
        own = own_member(envelope)
        pages = self._converter.pages(capture, page_batch(envelope.pages()))
        record = CaptureRecord(
            id=capture,
            file_name=own.get("fileName"),
            created_at=datetime.fromisoformat(own["createdAt"]) if "createdAt" in own else utc_now(),
            upload_bytes=own.get("uploadBytes", 0),
            har_bytes=own.get("harBytes", 0),
            object_bytes=end.start + end.length,
            total=own.get("total", reader.total),
            imported=reader.imported,
            sha256=own.get("sha256", ""),
            envelope=end,
            pages=len(pages),
            entry_rows=entry_rows,
            page_rows=write_pages(pages, self._sink(capture, "pages")),
        )
        session = uuid.UUID(own["session"]) if "session" in own else new_id()
        return RebuiltCapture(record, session, own.get("sessionName", "Recovered"))

    def _sink(self, capture: uuid.UUID, table: str, number: int = 0) -> ObjectSink:
        return self._index.sink(capture, table, lambda: None, number)


@contextmanager
def capture_rebuilder(captures: CaptureStore, index: IndexFiles) -> Iterator[CaptureRebuilder]:
    """Give what reads objects, with a thread for what it writes."""
    with ThreadPoolExecutor(1, "index") as thread, closing(RowConverter()) as converter:
        yield CaptureRebuilder(captures, index, converter, thread)
