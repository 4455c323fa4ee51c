"""Reads an object frame by frame in flat memory, and goes on behind a frame that is damaged.

A frame is cut into its blocks, as RFC 8878 §3.1.1 says: these have 128 KiB at most, compressed or not. So however large
a frame is, and however well it is compressed, no more than that of it is held.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import zstandard

from harlake.store.capture_object import Frame
from harlake.store.gap_frames import GAP_FRAME, SKIPPED_HEADER

#: How long the header of a frame is at most, and that of a block.
_FRAME_HEADER: Final = 18
_BLOCK_HEADER: Final = 3

_CHECKSUM: Final = 4

#: The types of blocks that are not as long as their text: one repeated byte, and none that there is.
_REPEATED: Final = 1
_RESERVED: Final = 3

#: With which byte the frame begins that ends an object, and up to which length the text of others is held.
_ENVELOPE: Final = b"]"
_HELD: Final = 32


class BrokenFrameError(Exception):
    """Something that is no frame, behind which nothing can be found; ``start`` is where it is."""

    def __init__(self, start: int, reason: str) -> None:
        super().__init__(reason)
        self.start = start


@dataclass(frozen=True, slots=True)
class ReadFrame:
    """A frame: where it is, what is wrong with it, and its text where that is short, or the envelope's."""

    frame: Frame
    has_checksum: bool
    problem: str | None
    text: bytes | None


class FrameReader:
    """Reads the frames of an object whose bytes come in pieces."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._buffer = b""
        self._position = 0

    def frames(self) -> Iterator[ReadFrame]:
        """Yield each frame. Raises BrokenFrameError, and what the pieces do."""
        while self._fill(1):
            yield self._frame()

    def _frame(self) -> ReadFrame:
        start = self._position
        if self._fill(SKIPPED_HEADER.size) and SKIPPED_HEADER.unpack_from(self._buffer)[0] == GAP_FRAME:
            return self._gap_frame(start)
        try:
            self._fill(_FRAME_HEADER)
            parameters = zstandard.get_frame_parameters(self._buffer)
            header = self._take(start, zstandard.frame_header_size(self._buffer))
        except zstandard.ZstdError as error:
            raise BrokenFrameError(start, "there is no zstd frame") from error
        text = _Text(header)
        is_last = False
        while not is_last:
            head = self._take(start, _BLOCK_HEADER)
            bits = int.from_bytes(head, "little")
            is_last, kind, size = bool(bits & 1), bits >> 1 & 3, bits >> 3
            if kind == _RESERVED or size > zstandard.BLOCKSIZE_MAX:
                raise BrokenFrameError(start, "the zstd frame is damaged")
            text.add(head + self._take(start, 1 if kind == _REPEATED else size))
        if parameters.has_checksum:
            text.add(self._take(start, _CHECKSUM))
        frame = Frame(start, self._position - start, text.length)
        return ReadFrame(frame, parameters.has_checksum, text.problem, text.held)

    def _gap_frame(self, start: int) -> ReadFrame:
        """Read a frame that decoders skip, whose content is itself one frame."""
        _, length = SKIPPED_HEADER.unpack(self._take(start, SKIPPED_HEADER.size))
        content = self._frame()
        if self._position != start + SKIPPED_HEADER.size + length:
            raise BrokenFrameError(start, "the frame of a gap is damaged")
        return ReadFrame(Frame(start, self._position - start, 0), content.has_checksum, content.problem, b"")

    def _take(self, start: int, size: int) -> bytes:
        """Return the next bytes, of the frame that begins at ``start``."""
        if not self._fill(size):
            raise BrokenFrameError(start, "the zstd frame is cut off")
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        self._position += size
        return taken

    def _fill(self, size: int) -> bool:
        """Have so many bytes in the buffer, if there are as many."""
        while len(self._buffer) < size:
            piece = next(self._pieces, b"")
            if not piece:
                return False
            self._buffer += piece
        return True


class _Text:
    """The text of a frame, as its blocks come; what is held of it is None where that is too long."""

    def __init__(self, header: bytes) -> None:
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._parts: list[bytes] = []
        self._is_held = True
        self.length = 0
        self.problem: str | None = None
        self.add(header)

    @property
    def held(self) -> bytes | None:
        return b"".join(self._parts) if self._is_held and self.problem is None else None

    def add(self, data: bytes) -> None:
        if self.problem is not None:
            return
        try:
            text = self._frame.decompress(data)
        except zstandard.ZstdError as error:
            self.problem = str(error)
            return
        self.length += len(text)
        if self._is_held and text:
            self._parts.append(text)
            self._is_held = self.length <= _HELD or self._parts[0].startswith(_ENVELOPE)
            if not self._is_held:
                self._parts = []
