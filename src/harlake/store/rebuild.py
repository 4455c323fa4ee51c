"""Rebuilds the catalog from the capture objects: same captures, same sessions, same ids.

The new catalog is written beside the old one and takes its place when it is complete. Where the old one can still be
read, it has the last word on the sessions' names.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from harlake.errors import DamagedCaptureError, DataDirError, DataDirInUseError
from harlake.har.envelope import OWN_MEMBER, Envelope
from harlake.har.reader import HarReader
from harlake.limits import Limits
from harlake.store.captures import CaptureStore
from harlake.store.catalog import Capture, Catalog, Session, now
from harlake.store.data_dir import CAPTURES, CATALOG, RowBuffer
from harlake.store.ids import new_id

_SEPARATOR = b","


def rebuild_catalog(data_dir: Path, catalog_memory: str) -> Iterator[tuple[uuid.UUID, int]]:
    """Rebuild a data folder's catalog; yield each capture with its number of entries as it is done.

    Raises DamagedCaptureError, and leaves the old catalog as it was, when an object cannot be read.
    """
    if not (data_dir / CAPTURES).is_dir():
        raise DataDirError(f"{data_dir} holds no captures")
    captures = CaptureStore(data_dir / CAPTURES, keep_free=0)
    old, new = data_dir / CATALOG, data_dir / f"{CATALOG}.new"
    sessions = _sessions(old, catalog_memory)
    _remove(new)
    catalog = Catalog(new, catalog_memory)
    try:
        for session in sessions.values():
            catalog.create_session(session.id, session.name, datetime.fromisoformat(session.created_at))
        for capture in sorted(captures.ids()):
            yield capture, _Rebuild(captures, catalog, capture).run()
    finally:
        catalog.close()
    _remove(old)
    new.rename(old)


class _Rebuild:
    """Reads one object, frame by frame, into a catalog."""

    def __init__(self, captures: CaptureStore, catalog: Catalog, capture: uuid.UUID) -> None:
        self._captures = captures
        self._catalog = catalog
        self._capture = capture
        # What was imported once is imported again, whatever the limits are today.
        self._reader = HarReader(Limits(max_entry_bytes=1 << 62, block_bytes=1 << 62))
        self._rows = RowBuffer(catalog, capture)

    def run(self) -> int:
        self._catalog.begin(self._capture)
        end = 0
        envelope: Envelope | None = None
        for start, length, text in self._captures.frames(self._capture):
            blocks = self._reader.feed(text)
            end = start + length
            if text.startswith(b"]"):
                _, envelope = self._reader.close()
            elif text != _SEPARATOR:
                blocks += self._reader.cut()
            for block in blocks:
                self._rows.add(block, start, length)
        if envelope is None:
            raise DamagedCaptureError(f"capture {self._capture} has no end")
        self._rows.flush()
        self._complete(envelope, end)
        return self._reader.imported

    def _complete(self, envelope: Envelope, object_bytes: int) -> None:
        own = envelope.get(OWN_MEMBER)
        own = own if isinstance(own, dict) else {}
        session = uuid.UUID(own["session"]) if "session" in own else new_id()
        created_at = datetime.fromisoformat(own["createdAt"]) if "createdAt" in own else now()
        missing = self._catalog.session(session) is None
        self._catalog.complete(
            Capture(
                id=self._capture,
                file_name=own.get("fileName"),
                created_at=created_at,
                upload_bytes=own.get("uploadBytes", 0),
                har_bytes=own.get("harBytes", 0),
                object_bytes=object_bytes,
                total=own.get("total", self._reader.total),
                imported=self._reader.imported,
                sha256=own.get("sha256", ""),
                envelope=envelope.without(OWN_MEMBER),
            ),
            session,
            own.get("sessionName", "Recovered") if missing else None,
        )
        self._catalog.backdate_session(session, created_at)


def _sessions(path: Path, catalog_memory: str) -> dict[uuid.UUID, Session]:
    """Return the sessions of the old catalog, none where it is missing or cannot be read."""
    if not path.exists():
        return {}
    try:
        catalog = Catalog(path, catalog_memory)
    except DataDirInUseError:
        raise
    except DataDirError:
        return {}
    try:
        return {session.id: session for session in catalog.sessions()}
    finally:
        catalog.close()


def _remove(path: Path) -> None:
    for name in (path, path.with_name(f"{path.name}.wal")):
        name.unlink(missing_ok=True)
