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
    """An import that has completed; ``errors`` has the first 100 entries that were left out.

    Of a file that was damaged and taken nevertheless (``salvaged``), ``gaps`` has the first 100 of ``gap_count`` places
    that are in no entry; ``truncated`` says that its end is missing.
    """

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
    salvaged: bool = False
    gaps: list[dict[str, Any]] = []
    gap_count: int = 0
    truncated: bool = False
