"""Timestamps of the catalog: in UTC, written as HARs write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

#: How timestamps are written (ISO 8601), for DuckDB's ``strftime``.
ISO_FORMAT: Final = "'%Y-%m-%dT%H:%M:%S.%gZ'"


def utc_now() -> datetime:
    """Return the time, with its zone."""
    return datetime.now(UTC)
