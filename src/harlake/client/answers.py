"""What the client returns where an answer has a fixed form; what it says more is passed over."""

from __future__ import annotations

from typing import Any

import msgspec


class ClientSession(msgspec.Struct, frozen=True, rename="camel"):
    """A named container of captures."""

    id: str
    name: str
    created_at: str
    entry_count: int
    capture_count: int


class Imported(msgspec.Struct, frozen=True, rename="camel"):
    """An import that has completed; ``errors`` has the first 100 entries that were left out."""

    session_id: str
    session_name: str
    capture_id: str
    imported: int
    total: int
    errors: list[dict[str, Any]]
    warnings: list[str]
    encoding: str
    upload_bytes: int
    har_bytes: int
    sha256: str
