"""Entries on their way into a HAR: a whole capture, as it is stored, or a selection, entry by entry.

Strategy: what is not changed goes out as it is stored, in whole frames, which are neither decompressed nor compressed.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, Protocol

from harlake.export.chunks import dropped, recompressed
from harlake.har.envelope import BEFORE_ENTRIES
from harlake.har.parse.reader import HarReader
from harlake.har.writer import rename_page
from harlake.limits import KIB, MIB, Limits
from harlake.query.entry_reader import read_entries
from harlake.query.selection import Selection
from harlake.store.capture_object import COMMA, Frame
from harlake.store.captures import CaptureStore

#: Bytes of a share for each location that is looked up before it is read: as much as it takes, and some for its entry.
_LOCATION_BYTES: Final = KIB

#: Bytes of stored frames that are read at a time, where there is memory for them.
_READ_BYTES: Final = MIB


class EntryStream(Protocol):
    """Entries with the commas between them, and none around them."""

    @property
    def text_length(self) -> int | None:
        """Bytes of the text, None where it is not known beforehand."""

    @property
    def held(self) -> int:
        """Bytes that the largest entry takes while nobody takes it."""

    def text(self, start: int = 0) -> Iterator[bytes]:
        """Yield them as text, from a byte on, in pieces cut anywhere."""

    def frames(self) -> Iterator[bytes]:
        """Yield the same as zstd frames, in pieces cut anywhere."""


@dataclass(frozen=True, slots=True)
class WholeCapture:
    """All entries of a capture, as they are stored."""

    captures: CaptureStore
    capture: uuid.UUID
    stored_frames: Sequence[Frame]
    renames: dict[str, str]

    @property
    def text_length(self) -> int | None:
        """Bytes of the text, None where pages are renamed."""
        return None if self.renames else sum(frame.text_length + 1 for frame in self.stored_frames) - 1

    @property
    def held(self) -> int:
        """Bytes of the largest frame, twice, where it has to be changed as a whole; else it is read in pieces."""
        return 2 * max(frame.text_length for frame in self.stored_frames) if self.renames else 0

    def text(self, start: int = 0) -> Iterator[bytes]:
        """Yield the entries as text, from a byte on: frames before it are not read."""
        number = 0
        while number < len(self.stored_frames) and not self.renames:
            following = start - self.stored_frames[number].text_length - len(b",")
            if following < 0:
                break
            start, number = following, number + 1
        yield from dropped(self._text_from(number), start)

    def _text_from(self, first: int) -> Iterator[bytes]:
        with self.captures.reading.member() as share, self.captures.open(self.capture, share) as stored:
            for number, frame in enumerate(self.stored_frames[first:]):
                if number:
                    yield b","
                if self.renames:
                    yield _renamed(stored.text(frame), self.renames)
                else:
                    yield from self.captures.pieces(self.capture, frame, stored, share)

    def frames(self) -> Iterator[bytes]:
        """Yield the stored frames, unless pages are renamed."""
        if self.renames:
            yield from recompressed(self.text())
            return
        with self.captures.reading.member() as share, self.captures.open(self.capture, share) as stored:
            for number, (start, end) in enumerate(self._runs()):
                if number:
                    yield COMMA
                for at in range(start, end, size := min(_READ_BYTES, share)):
                    yield stored.stored(at, min(size, end - at))

    def _runs(self) -> Iterator[tuple[int, int]]:
        """Yield from where to where in the object there are entries and separators only: gaps are for nobody else."""
        start = end = self.stored_frames[0].start
        for frame in self.stored_frames:
            if frame.start - end > 2 * len(COMMA):
                yield start, end
                start = frame.start
            end = frame.start + frame.length
        yield start, end


@dataclass(frozen=True, slots=True)
class SelectedEntries:
    """The entries of a selection, each with its page renamed and then rewritten, as far as that is asked for.

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
        totals = self.selection.totals
        return totals.length + max(0, totals.entries - 1)

    @property
    def held(self) -> int:
        """Bytes of the largest entry, as it is stored and as it becomes."""
        return 2 * self.selection.totals.largest

    def entries(self) -> Iterator[bytes]:
        """Yield one entry after the other."""
        with self.captures.reading.member() as share:
            locations = chain.from_iterable(self.selection.batches(share // _LOCATION_BYTES))
            for location, entry in read_entries(self.captures, locations, share):
                renames = self.renames.get(location.capture)
                renamed = rename_page(entry, renames) if renames else entry
                yield renamed if self.rewrite is None else self.rewrite(renamed)

    def text(self, start: int = 0) -> Iterator[bytes]:
        """Yield the entries as text, from a byte on."""
        return dropped(self._text(), start)

    def _text(self) -> Iterator[bytes]:
        for number, entry in enumerate(self.entries()):
            if number:
                yield b","
            yield entry

    def frames(self) -> Iterator[bytes]:
        """Yield the text in frames of their own."""
        yield from recompressed(self.text())


def _renamed(text: bytes, renames: dict[str, str]) -> bytes:
    """Return entries, with the commas between them, with their page ids renamed."""
    reader = HarReader(Limits(max_entry_bytes=len(text)))
    blocks = reader.feed(BEFORE_ENTRIES + text)
    blocks += reader.cut()
    return b",".join(rename_page(entry, renames) for block in blocks for entry in block.texts())
