"""The gaps of a capture that was made of a damaged file: which there are, and their bytes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Generator
from typing import Final

from harlake.errors import CaptureNotFoundError, DamagedCaptureError, GapNotFoundError
from harlake.har.envelope import BEFORE_ENTRIES, Envelope
from harlake.store.data_dir import DataDir
from harlake.store.gap_frames import StoredGap, StoredSalvage, gap_pieces, salvage_of
from harlake.store.own_member import own_member

_NUMBER: Final = re.compile(r"\d{1,9}", re.ASCII)


def stored_salvage(data_dir: DataDir, capture: uuid.UUID) -> StoredSalvage | None:
    """Return what a capture says of the damaged file that it was made of; None if it was whole.

    Raises CaptureNotFoundError and DamagedCaptureError.
    """
    found = data_dir.catalog.captures_by_id([capture])
    if not found:
        raise CaptureNotFoundError(f"no capture {str(capture)!r}")
    with data_dir.captures.open(capture) as reader:
        text = reader.text(found[0].envelope)
    try:
        return salvage_of(own_member(Envelope.parse(BEFORE_ENTRIES + text)))
    except (ValueError, LookupError, StopIteration) as error:
        raise DamagedCaptureError(f"capture {capture} has no end where the catalog says") from error


def stored_gap(data_dir: DataDir, capture: uuid.UUID, number: str) -> StoredGap:
    """Return a gap by its number, as a client wrote it. Raises as :func:`stored_salvage`, and GapNotFoundError."""
    salvage = stored_salvage(data_dir, capture)
    gaps = [] if salvage is None else salvage.gaps
    if not _NUMBER.fullmatch(number) or int(number) >= len(gaps):
        raise GapNotFoundError(f"no gap {number[:80]!r}: {len(gaps)} are described")
    return gaps[int(number)]


def gap_bytes(data_dir: DataDir, capture: uuid.UUID, gap: StoredGap) -> Generator[bytes]:
    """Yield the bytes of a gap. Raises DamagedCaptureError."""
    with data_dir.captures.open(capture) as reader:
        yield from gap_pieces(reader, gap)
