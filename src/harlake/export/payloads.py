"""What an export consists of: a HAR that is put together from streams of entries, or a file that is generated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from harlake.export.chunks import dropped, recompressed
from harlake.export.entry_streams import EntryStream
from harlake.har.writer import CLOSING
from harlake.store.capture_object import COMMA, compressor

#: The end of a line, and the white space that the next one begins with.
_LINE_BREAK: Final = re.compile(rb"[\r\n][ \t\r\n]*")


class Payload(Protocol):
    """What an export consists of. Both iterators read as they go, and block."""

    @property
    def text_length(self) -> int | None:
        """Bytes of the text, None where it is not known beforehand."""

    @property
    def held(self) -> int:
        """Bytes that are held for the largest entry while nobody takes it."""

    def text(self, start: int = 0) -> Iterator[bytes]:
        """Yield it from a byte on, in pieces cut anywhere."""

    def frames(self) -> Iterator[bytes]:
        """Yield the same as zstd frames, in pieces cut anywhere."""


@dataclass(frozen=True, slots=True)
class HarPayload:
    """A HAR: everything before its entries, and these."""

    opening: bytes
    streams: Sequence[EntryStream]

    @property
    def text_length(self) -> int | None:
        """Bytes of the text, None where entries are changed on the way."""
        lengths = [stream.text_length for stream in self.streams]
        commas = max(0, len(lengths) - 1)
        known = [length for length in lengths if length is not None]
        return len(self.opening) + sum(known) + commas + len(CLOSING) if len(known) == len(lengths) else None

    @property
    def held(self) -> int:
        """Bytes that are held for the largest entry, and for all that precedes the entries."""
        return len(self.opening) + max((stream.held for stream in self.streams), default=0)

    def text(self, start: int = 0) -> Iterator[bytes]:
        """Yield the HAR as UTF-8 text, from a byte on, which may be another than the first where lengths are known."""
        for part in self._parts():
            length = len(part) if isinstance(part, bytes) else part.text_length
            if length is not None and length <= start:
                start -= length
                continue
            if isinstance(part, bytes):
                yield part[start:]
            else:
                yield from part.text(start)
            start = 0

    def _parts(self) -> Iterator[bytes | EntryStream]:
        yield self.opening
        for number, stream in enumerate(self.streams):
            if number:
                yield b","
            yield stream
        yield CLOSING

    def frames(self) -> Iterator[bytes]:
        """Yield the HAR as zstd frames."""
        compress = compressor().compress
        yield compress(self.opening)
        for number, stream in enumerate(self.streams):
            if number:
                yield COMMA
            yield from stream.frames()
        yield compress(CLOSING)


@dataclass(frozen=True, slots=True)
class GeneratedPayload:
    """A file that is written while it is sent: ``pieces`` begins it anew each time, and ``held`` bytes are."""

    pieces: Callable[[], Iterator[bytes]]
    held: int
    text_length: None = None

    def text(self, start: int = 0) -> Iterator[bytes]:
        """Yield the pieces."""
        return dropped(self.pieces(), start)

    def frames(self) -> Iterator[bytes]:
        """Yield the pieces in frames of their own."""
        return recompressed(self.pieces())


def as_line(entry: bytes) -> bytes:
    """Return an entry as a line: inside of a string, a line break would be escaped, so all of them are white space."""
    compact = _LINE_BREAK.sub(b"", entry) if b"\n" in entry or b"\r" in entry else entry
    return compact + b"\n"
