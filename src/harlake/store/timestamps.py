"""Timestamps of the catalog: in UTC, written as HARs write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

#: How timestamps are written (ISO 8601), for DuckDB's ``strftime``.
ISO_FORMAT: Final = "'%Y-%m-%dT%H:%M:%S.%gZ'"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def utc_now() -> datetime:
    """Return the time, with its zone."""
    return datetime.now(UTC)


def iso_text(time: datetime) -> str:
    """Return a time as HARs write it."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_microseconds(time: datetime) -> int:
    """Return a time in microseconds since 1970."""
    return (time - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(microseconds: int) -> datetime:
    """Return the time so many microseconds after 1970 began."""
    return _EPOCH + timedelta(microseconds=microseconds)
