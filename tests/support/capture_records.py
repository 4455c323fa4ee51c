"""Captures for a catalog, without any objects."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from harlake.store.capture_object import Frame
from harlake.store.catalog import CaptureRecord

CREATED = datetime(2024, 2, 28, 16, tzinfo=UTC)


def capture_record(capture: uuid.UUID, imported: int = 3) -> CaptureRecord:
    """Return a small capture, which keeps its rows in the catalog."""
    return CaptureRecord(
        id=capture,
        file_name="x.har",
        created_at=CREATED,
        upload_bytes=10,
        har_bytes=20,
        object_bytes=5,
        total=imported,
        imported=imported,
        sha256="ab",
        envelope=Frame(4, 2, 8),
        pages=1,
        entry_rows=b"rows of " + capture.bytes,
        page_rows=None,
    )
