"""What comes out of reading a HAR: blocks of entries as the bytes they came in, and what could not be imported."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec

from harlake.har.entry import Entry
from harlake.har.parse.fast_path import ProvedEntry
from harlake.har.parse.position import START, Position
from harlake.limits import MIB

#: Bytes from which on a view takes less than a copy; and of a buffer that a view may keep alive, unless it is of most.
_VIEWED: Final = 512
_MOST_KEPT: Final = 2 * MIB


class EntryError(msgspec.Struct, frozen=True):
    """An entry that could not be imported: its ordinal in the file, where it begins, and what is wrong with it.

    ``byte`` counts from 0 in the UTF-8 text after decompression, ``line`` and ``column``, in bytes, from 1; ``path`` is
    the JSON path to blame.
    """

    entry: int
    byte: int
    line: int
    column: int
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Segment:
    """Entries of a block that follow each other in the document: the first one's index, ordinal and position."""

    index: int
    ordinal: int
    position: Position


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive entries: ``data`` is their text, with commas between; entry *i* is ``data[starts[i]:ends[i]]``.

    Within each of the ``segments``, ``data`` is the text of the document.
    """

    data: bytes | memoryview
    entries: list[Entry]
    starts: list[int]
    ends: list[int]
    segments: list[Segment]

    def texts(self) -> Iterator[bytes]:
        """Yield the text of each entry."""
        for start, end in zip(self.starts, self.ends, strict=True):
            yield bytes(self.data[start:end])

    def ordinal(self, index: int) -> int:
        """Return an entry's ordinal in the document."""
        segment = self.segment(index)
        return segment.ordinal + index - segment.index

    def byte(self, index: int) -> int:
        """Return the offset in the document at which an entry begins."""
        segment = self.segment(index)
        return segment.position.byte + self.starts[index] - self.starts[segment.index]

    def position(self, index: int) -> Position:
        """Return where in the document an entry begins; this reads all that stands before it in its segment."""
        return EntryPositions(self).position(index)

    def segment(self, index: int) -> Segment:
        """Return the segment that an entry is in."""
        return self.segments[bisect_right(self.segments, index, key=lambda segment: segment.index) - 1]


class EntryPositions:
    """Where in the document the entries of a block begin; asked for in their order, nothing is read twice."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self._segment: Segment | None = None
        self._start = 0
        self._position = START

    def position(self, index: int) -> Position:
        """Return where an entry begins."""
        block, start = self._block, self._block.starts[index]
        segment = block.segment(index)
        if segment is not self._segment or start < self._start:
            self._segment, self._start, self._position = segment, block.starts[segment.index], segment.position
        self._position = self._position.after(memoryview(block.data)[self._start : start])
        self._start = start
        return self._position


@dataclass(frozen=True, slots=True)
class RejectedEntry:
    """A value among the entries that cannot be imported; ``text`` is None where it is over the limit."""

    ordinal: int
    position: Position
    text: bytes | None


@dataclass(slots=True)
class BlockBuilder:
    """Collects consecutive entries for the next block."""

    parts: list[bytes | memoryview] = field(default_factory=list)
    size: int = 0
    entries: list[Entry] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)

    def add(self, buffer: bytes, entries: list[ProvedEntry], ordinal: int, position: Position) -> None:
        """Add entries that follow each other in the buffer, with what stands between them."""
        self.segments.append(Segment(len(self.entries), ordinal, position))
        if self.parts:
            self.parts.append(b",")
            self.size += 1
        begin, end = entries[0].start, entries[-1].end
        shift = self.size - begin
        is_viewed = end - begin >= _VIEWED and len(buffer) <= max(_MOST_KEPT, 2 * (end - begin))
        self.parts.append(memoryview(buffer)[begin:end] if is_viewed else buffer[begin:end])
        self.size += end - begin
        for proved in entries:
            self.entries.append(proved.entry)  # type: ignore[arg-type]  # the caller leaves the rejected ones out
            self.starts.append(proved.start + shift)
            self.ends.append(proved.end + shift)

    def block(self) -> Block:
        """Return the block of all that were added."""
        data = self.parts[0] if len(self.parts) == 1 else b"".join(self.parts)
        return Block(data, self.entries, self.starts, self.ends, self.segments)
