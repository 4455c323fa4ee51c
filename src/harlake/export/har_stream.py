"""What an export consists of, and the sources of its entries.

A source is a whole capture, as it is stored, or the entries of a selection, one by one. A body puts sources together.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, Protocol

from harlake.har.envelope import BEFORE_ENTRIES
from harlake.har.parse.reader import HarReader
from harlake.har.writer import CLOSING, rename_page
from harlake.limits import KIB, MIB, Limits
from harlake.query.entry_reader import read_entries
from harlake.query.selection import Selection
from harlake.store.capture_object import COMMA, Frame, compressor
from harlake.store.captures import CaptureStore

#: What one chunk holds at least, except for the last one; smaller ones cost more in the server than they hold.
_CHUNK: Final = 256 * KIB
_RANGE: Final = MIB

#: The end of a line, and the white space that the next one begins with.
_LINE_BREAK: Final = re.compile(rb"[\r\n][ \t\r\n]*")


class EntrySource(Protocol):
    """Entries with the commas between them, and none around them."""

    @property
    def text_length(self) -> int | None:
        """Bytes of the text, None where it is not known beforehand."""

    def text(self) -> Iterator[bytes]:
        """Yield them as text, in pieces cut anywhere."""

    def frames(self) -> Iterator[bytes]:
        """Yield the same as zstd frames, in pieces cut anywhere."""


@dataclass(frozen=True, slots=True)
class WholeCapture:
    """All entries of a capture, as they are stored."""

    captures: CaptureStore
    capture: uuid.UUID
    locations: Sequence[Frame]
    renames: dict[str, str]

    @property
    def text_length(self) -> int | None:
        """Bytes of the text, None where pages are renamed."""
        return None if self.renames else sum(frame.text_length + 1 for frame in self.locations) - 1

    def text(self) -> Iterator[bytes]:
        """Yield the entries as text."""
        with self.captures.open(self.capture) as stored:
            for number, frame in enumerate(self.locations):
                if number:
                    yield b","
                if self.renames:
                    yield _renamed(stored.text(frame), self.renames)
                else:
                    yield from stored.pieces(frame)

    def frames(self) -> Iterator[bytes]:
        """Yield the stored frames, unless pages are renamed."""
        if self.renames:
            yield from recompressed(self.text())
            return
        start, end = self.locations[0].start, self.locations[-1].start + self.locations[-1].length
        with self.captures.open(self.capture) as stored:
            while start < end:
                length = min(_RANGE, end - start)
                yield stored.stored(start, length)
                start += length


@dataclass(frozen=True, slots=True)
class SelectedEntries:
    """The entries of a selection, one by one: renamed where pages are, then rewritten, if they are to be.

    ``renames`` has the page ids that are replaced, by capture.
    """

    captures: CaptureStore
    selection: Selection
    renames: Mapping[uuid.UUID, dict[str, str]]
    rewrite: Callable[[bytes], bytes] | None = None

    @property
    def text_length(self) -> int | None:
        """Bytes of the text, None where entries are changed."""
        if any(self.renames.values()) or self.rewrite is not None:
            return None
        numbers = self.selection.numbers
        return numbers.length + max(0, numbers.entries - 1)

    def entries(self) -> Iterator[bytes]:
        """Yield one entry after the other."""
        read_back = read_entries(self.captures, chain.from_iterable(self.selection.batches()))
        if not any(self.renames.values()):
            entries = (entry for _, entry in read_back)
        else:
            entries = (
                rename_page(entry, renames) if (renames := self.renames[location.capture]) else entry
                for location, entry in read_back
            )
        return entries if self.rewrite is None else map(self.rewrite, entries)

    def text(self) -> Iterator[bytes]:
        """Yield the entries as text."""
        for number, entry in enumerate(self.entries()):
            if number:
                yield b","
            yield entry

    def frames(self) -> Iterator[bytes]:
        """Yield the text in frames of their own."""
        yield from recompressed(self.text())


class Payload(Protocol):
    """What an export consists of. Both iterators read as they go, and block."""

    @property
    def text_length(self) -> int | None:
        """Bytes of the text, None where it is not known beforehand."""

    def text(self) -> Iterator[bytes]:
        """Yield it in pieces cut anywhere."""

    def frames(self) -> Iterator[bytes]:
        """Yield the same as zstd frames, in pieces cut anywhere."""


@dataclass(frozen=True, slots=True)
class HarPayload:
    """A HAR: everything before its entries, and these."""

    opening: bytes
    sources: Sequence[EntrySource]

    @property
    def text_length(self) -> int | None:
        """Bytes of the text, None where entries are changed on the way."""
        lengths = [source.text_length for source in self.sources]
        commas = max(0, len(lengths) - 1)
        known = [length for length in lengths if length is not None]
        return len(self.opening) + sum(known) + commas + len(CLOSING) if len(known) == len(lengths) else None

    def text(self) -> Iterator[bytes]:
        """Yield the HAR as UTF-8 text."""
        yield self.opening
        for number, source in enumerate(self.sources):
            if number:
                yield b","
            yield from source.text()
        yield CLOSING

    def frames(self) -> Iterator[bytes]:
        """Yield the HAR as zstd frames."""
        compress = compressor().compress
        yield compress(self.opening)
        for number, source in enumerate(self.sources):
            if number:
                yield COMMA
            yield from source.frames()
        yield compress(CLOSING)


@dataclass(frozen=True, slots=True)
class StreamedPayload:
    """Whatever is made on the way, by what ``pieces`` begins anew each time."""

    pieces: Callable[[], Iterator[bytes]]
    text_length: None = None

    def text(self) -> Iterator[bytes]:
        """Yield the pieces."""
        return self.pieces()

    def frames(self) -> Iterator[bytes]:
        """Yield the pieces in frames of their own."""
        return recompressed(self.pieces())


def as_line(entry: bytes) -> bytes:
    """Return an entry as a line: inside of a string, a line break would be escaped, so all of them are white space."""
    compact = _LINE_BREAK.sub(b"", entry) if b"\n" in entry or b"\r" in entry else entry
    return compact + b"\n"


def chunked(pieces: Iterable[bytes]) -> Generator[bytes]:
    """Join small pieces, so that each chunk but the last has at least 256 KiB."""
    pending: list[bytes] = []
    size = 0
    for piece in pieces:
        pending.append(piece)
        size += len(piece)
        if size >= _CHUNK:
            yield pending[0] if len(pending) == 1 else b"".join(pending)
            pending, size = [], 0
    if pending:
        yield b"".join(pending)


def recompressed(text: Iterable[bytes]) -> Iterator[bytes]:
    """Yield text as zstd frames, one a chunk: a comma makes a poor frame."""
    compress = compressor().compress
    for chunk in chunked(text):
        yield compress(chunk)


def _renamed(text: bytes, renames: dict[str, str]) -> bytes:
    """Return a run of entries with their page ids renamed."""
    reader = HarReader(Limits(max_entry_bytes=len(text)))
    blocks = reader.feed(BEFORE_ENTRIES + text)
    blocks += reader.cut()
    return b",".join(rename_page(entry, renames) for block in blocks for entry in block.texts())
