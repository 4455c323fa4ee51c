"""Gaps of a damaged file, inside of the capture's object: in frames that every decoder of zstd skips.

So they are written, copied, checked and removed with the object, and what it decompresses to is a HAR all the same.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

import msgspec
from zstandard import frame_content_size

from harlake.har.parse.gaps import GAP_PIECE_BYTES, SalvageReport
from harlake.store.capture_object import Frame, ObjectReader, compressor

#: Of a frame that decoders skip: its magic number, and the length of its content (RFC 8878 §3.1.2).
SKIPPED_HEADER: Final = struct.Struct("<II")
GAP_FRAME: Final = 0x184D2A5E

#: Of a frame.
_LONGEST_HEADER: Final = 18

_Number = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]


class StoredGap(msgspec.Struct):
    """A gap, and its frames as a range of bytes of the object."""

    byte: _Number
    length: _Number
    line: _Number
    reason: str
    start: _Number
    end: _Number


class StoredSalvage(msgspec.Struct, rename="camel"):
    """What an object says of the damaged file that it was made of."""

    gaps: list[StoredGap]
    gap_count: _Number
    truncated: bool
    envelope: Literal["kept", "rebuilt"]


class GapFrames:
    """Makes frames of the pieces of gaps, and knows where those of the first are."""

    def __init__(self) -> None:
        self._ranges: list[tuple[int, int]] = []

    def frame(self, gap: int, data: bytes, start: int, most: int) -> bytes:
        """Return the frame of the next piece of a gap, which will be written at ``start``; note it of so many gaps."""
        content = compressor().compress(data)
        frame = SKIPPED_HEADER.pack(GAP_FRAME, len(content)) + content
        if gap < most:
            if gap == len(self._ranges):
                self._ranges.append((start, start))
            self._ranges[gap] = (self._ranges[gap][0], start + len(frame))
        return frame

    def described(self, report: SalvageReport) -> StoredSalvage:
        """Return what the object says of its gaps."""
        gaps = [
            StoredGap(gap.byte, gap.length, gap.line, gap.reason, start, end)
            for gap, (start, end) in zip(report.gaps, self._ranges, strict=True)
        ]
        envelope: Literal["kept", "rebuilt"] = "kept" if report.is_envelope_kept else "rebuilt"
        return StoredSalvage(gaps, report.gap_count, report.is_truncated, envelope)


def salvage_of(own: dict[str, Any]) -> StoredSalvage | None:
    """Return what an object says of the damaged file that it was made of, by its own member; None of others."""
    return msgspec.convert(own["salvage"], StoredSalvage) if "salvage" in own else None


def gap_pieces(stored: ObjectReader, gap: StoredGap) -> Iterator[bytes]:
    """Yield the bytes of a gap, as they were in the file. Raises DamagedCaptureError."""
    at = gap.start
    left = gap.length
    while left > 0:
        if at >= gap.end:
            raise stored.damaged("a gap is cut off")
        magic, length = SKIPPED_HEADER.unpack(stored.stored(at, SKIPPED_HEADER.size))
        if magic != GAP_FRAME:
            raise stored.damaged(f"no gap is at byte {at}")
        at += SKIPPED_HEADER.size
        size = frame_content_size(stored.stored(at, min(length, _LONGEST_HEADER)))
        data = stored.text(Frame(at, length, min(size, GAP_PIECE_BYTES)))
        yield data
        left -= len(data)
        at += length
