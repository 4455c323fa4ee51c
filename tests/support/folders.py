"""Data folders with HARs imported into them, without a server."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from harlake.har.parse.reader import HarReader
from harlake.limits import Limits
from harlake.query.filters import Filter
from harlake.query.selection import FilteredSelection
from harlake.store.capture_writer import CaptureWriter, Destination, UploadedFile, begin_capture
from harlake.store.catalog import Capture
from harlake.store.data_dir import DataDir
from harlake.store.ids import new_id
from harlake.store.sessions import Session


def import_har(data_dir: DataDir, text: bytes, session: Session | None = None, *, block_bytes: int = 2_000) -> Session:
    """Import a HAR into a session, or a new one, in frames of about so many bytes; return the session."""
    writer = begin_capture(data_dir)
    try:
        return _write(writer, text, session, block_bytes)
    except BaseException:
        writer.discard()
        raise


def _write(writer: CaptureWriter, text: bytes, session: Session | None, block_bytes: int) -> Session:
    reader = HarReader(Limits(block_bytes=block_bytes))
    blocks = reader.feed(text)
    rest, envelope = reader.close()
    for block in [*blocks, *rest]:
        writer.append(block)
    digest = hashlib.sha256(text).hexdigest()
    upload = UploadedFile("x.har", len(text), len(text), digest, reader.total, envelope)
    destination = Destination(new_id(), "Session") if session is None else Destination(session.id, None)
    return writer.complete(upload, destination, "Session")


@dataclass(frozen=True)
class Folder:
    """An open data folder, and its session."""

    data_dir: DataDir
    session: Session

    @property
    def captures(self) -> Sequence[Capture]:
        """Return the session's captures, in stored order."""
        return self.data_dir.catalog.captures(self.session.id)

    def entries(self, entry_filter: Filter = Filter()) -> FilteredSelection:  # noqa: B008 - immutable
        """Return the session's entries that pass a filter, in stored order."""
        return FilteredSelection(self.data_dir.index, self.captures, entry_filter, by_time=False)


@contextmanager
def folder_of(*hars: bytes, path: Path | None = None, block_bytes: int = 2_000) -> Iterator[Folder]:
    """Open a folder whose session has a capture for each HAR; of its own, unless a path is given."""
    with TemporaryDirectory() as temporary:
        data_dir = DataDir(path or Path(temporary))
        try:
            session = import_har(data_dir, hars[0], block_bytes=block_bytes)
            for text in hars[1:]:
                import_har(data_dir, text, session, block_bytes=block_bytes)
            yield Folder(data_dir, session)
        finally:
            data_dir.close()
