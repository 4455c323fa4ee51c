"""The export: captures → frames → HAR, in chunks, as text or as the zstd frames that are stored.

Everything that can be wrong with a request is found before the first byte is sent. What fails later is raised, so
that the response is cut off: a HAR that ends early must never look complete.
"""

from __future__ import annotations

import threading
import uuid
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Protocol

import harlake
from harlake.errors import EntryNotFoundError, NoEntriesFoundError, NoEntryIdsError, SessionNotFoundError
from harlake.flow import Flow, FlowCancelled, FlowEnded
from harlake.har.envelope import BEFORE_ENTRIES
from harlake.har.reader import HarReader
from harlake.har.writer import CLOSING, Part, opening, rename_page
from harlake.limits import KIB, MIB, Limits
from harlake.store.captures import COMMA, CaptureStore, Frame, compressor
from harlake.store.catalog import Place
from harlake.store.data_dir import DataDir
from harlake.store.ids import parse_id, split_entry_id
from harlake.store.index import is_cut

#: What one chunk holds at least, except for the last one; smaller ones cost more in the server than they hold.
_CHUNK: Final = 256 * KIB
_RANGE: Final = MIB
_IN_FLIGHT: Final = 2 * MIB


class Source(Protocol):
    """The entries that one capture contributes, with the commas between them, and none around them."""

    @property
    def text_length(self) -> int | None:
        """Bytes of the text, None where it is not known beforehand."""

    def text(self) -> Iterator[bytes]:
        """Yield them as text, in pieces cut anywhere."""

    def frames(self) -> Iterator[bytes]:
        """Yield the same as zstd frames, in pieces cut anywhere."""


@dataclass(frozen=True, slots=True)
class Export:
    """A HAR that is ready to be streamed. Both iterators read as they go, and block: run them in a thread."""

    name: str
    opening: bytes
    sources: Sequence[Source]

    @property
    def text_length(self) -> int | None:
        """Bytes of the HAR as text, None where it is not known beforehand: entries are rewritten on the way."""
        lengths = [source.text_length for source in self.sources]
        commas = max(0, len(lengths) - 1)
        known = [length for length in lengths if length is not None]
        return len(self.opening) + sum(known) + commas + len(CLOSING) if len(known) == len(lengths) else None

    def text(self) -> Generator[bytes]:
        """Yield the HAR as UTF-8 text."""
        yield from _chunked(self._texts())

    def gzip(self) -> Generator[bytes]:
        """Yield the HAR as gzip; fast rather than small."""
        member = zlib.compressobj(level=1, wbits=31)
        for text in self.text():
            if data := member.compress(text):
                yield data
        yield member.flush()

    def zstd(self) -> Generator[bytes]:
        """Yield the HAR as zstd frames: those that are stored, where entries go out as they are."""
        yield from _chunked(self._frames())

    def _texts(self) -> Iterator[bytes]:
        yield self.opening
        for number, source in enumerate(self.sources):
            if number:
                yield b","
            yield from source.text()
        yield CLOSING

    def _frames(self) -> Iterator[bytes]:
        compress = compressor().compress
        yield compress(self.opening)
        for number, source in enumerate(self.sources):
            if number:
                yield COMMA
            yield from source.frames()
        yield compress(CLOSING)


def session_export(data_dir: DataDir, session: str) -> Export:
    """Prepare the export of a whole session. Raises SessionNotFoundError."""
    session_id = parse_id(session)
    found = None if session_id is None else data_dir.catalog.session(session_id)
    if found is None:
        raise SessionNotFoundError(f"no session {session!r}")
    captures = data_dir.catalog.captures(found.id)
    begin = opening([Part(data_dir.envelope(capture)) for capture in captures], harlake.__version__)
    sources = [
        _Whole(data_dir.captures, capture.id, data_dir.catalog.frames(capture.id), renames)
        for capture, renames in zip(captures, begin.renames, strict=True)
    ]
    return Export(found.name, begin.text, [source for source in sources if source.places])


def selection_export(data_dir: DataDir, entry_ids: Sequence[str], name: str) -> Export:
    """Prepare the export of entries given by id, in stored order, each once; unknown ids are passed over.

    Raises NoEntryIdsError, NoEntriesFoundError.
    """
    if not entry_ids:
        raise NoEntryIdsError
    places = _find(data_dir, entry_ids)
    if not places:
        raise NoEntriesFoundError(f"none of the {len(entry_ids)} ids is known")
    captures = data_dir.catalog.captures_by_id(list(places))
    parts = [Part(data_dir.envelope(capture), _page_ids(places[capture.id])) for capture in captures]
    begin = opening(parts, harlake.__version__)
    sources = [
        _Selected(data_dir.captures, capture.id, places[capture.id], renames)
        for capture, renames in zip(captures, begin.renames, strict=True)
    ]
    return Export(name, begin.text, sources)


def entry_text(data_dir: DataDir, entry_id: str) -> bytes:
    """Return one entry as it was captured. Raises EntryNotFoundError."""
    for capture, (place,) in _find(data_dir, [entry_id]).items():
        with data_dir.captures.open(capture) as stored:
            return place.cut(stored.text(place.frame))
    raise EntryNotFoundError(f"no entry {entry_id!r}")


async def stream(chunks: Generator[bytes]) -> AsyncIterator[bytes]:
    """Yield what a blocking generator yields, from a thread of its own that runs a little ahead."""
    flow: Flow[bytes] = Flow(_IN_FLIGHT)
    errors: list[Exception] = []

    def produce() -> None:
        try:
            for chunk in chunks:
                flow.send(chunk, len(chunk))
        except FlowCancelled:
            chunks.close()
        except Exception as error:  # raised again on the other side
            errors.append(error)
        flow.close()

    # Not from a pool: it lives as long as the client takes to download.
    threading.Thread(target=produce, name="export", daemon=True).start()
    try:
        while True:
            yield await flow.areceive()
    except FlowEnded:
        if errors:
            raise errors[0] from None
    finally:
        flow.cancel()


@dataclass(frozen=True, slots=True)
class _Whole:
    """All entries of a capture."""

    captures: CaptureStore
    capture: uuid.UUID
    places: Sequence[Frame]
    renames: dict[str, str]

    @property
    def text_length(self) -> int | None:
        return None if self.renames else sum(frame.text_length + 1 for frame in self.places) - 1

    def text(self) -> Iterator[bytes]:
        with self.captures.open(self.capture) as stored:
            for number, frame in enumerate(self.places):
                if number:
                    yield b","
                if self.renames:
                    yield _renamed(stored.text(frame), self.renames)
                else:
                    yield from stored.pieces(frame)

    def frames(self) -> Iterator[bytes]:
        if self.renames:
            yield from _recompressed(self.text())
            return
        start, end = self.places[0].start, self.places[-1].start + self.places[-1].length
        with self.captures.open(self.capture) as stored:
            while start < end:
                length = min(_RANGE, end - start)
                yield stored.stored(start, length)
                start += length


@dataclass(frozen=True, slots=True)
class _Selected:
    """Some entries of one capture; each frame is read once."""

    captures: CaptureStore
    capture: uuid.UUID
    places: Sequence[Place]
    renames: dict[str, str]

    @property
    def text_length(self) -> int | None:
        return None if self.renames else sum(place.length + 1 for place in self.places) - 1

    def text(self) -> Iterator[bytes]:
        with self.captures.open(self.capture) as stored:
            for number, (frame, places) in enumerate(groupby(self.places, key=lambda place: place.frame)):
                text = stored.text(frame)
                entries = (place.cut(text) for place in places)
                if self.renames:
                    entries = (rename_page(entry, self.renames) for entry in entries)
                yield b"," * bool(number) + b",".join(entries)

    def frames(self) -> Iterator[bytes]:
        yield from _recompressed(self.text())


def _page_ids(places: Sequence[Place]) -> set[str] | None:
    """Return the ids of the pages that entries belong to, None where the index does not have them as a whole."""
    page_ids = {place.page_ref for place in places if place.page_ref is not None}
    return None if any(map(is_cut, page_ids)) else page_ids


def _find(data_dir: DataDir, entry_ids: Iterable[str]) -> dict[uuid.UUID, list[Place]]:
    """Return where the entries are, by capture, each capture's in stored order."""
    ordinals: dict[tuple[uuid.UUID, uuid.UUID], set[int]] = defaultdict(set)
    for text in entry_ids:
        if (entry_id := parse_id(text)) is not None and entry_id.version == 8:
            least, greatest, ordinal = split_entry_id(entry_id)
            ordinals[least, greatest].add(ordinal)
    found: dict[uuid.UUID, list[Place]] = {}
    for (least, greatest), wanted in ordinals.items():
        capture = data_dir.catalog.capture_between(least, greatest)
        if capture is None:
            continue
        places = data_dir.catalog.places(capture, sorted(wanted))
        if places:
            found[capture] = places
    return found


def _renamed(text: bytes, renames: dict[str, str]) -> bytes:
    """Return a run of entries with their page ids renamed."""
    reader = HarReader(Limits(max_entry_bytes=len(text)))
    blocks = reader.feed(BEFORE_ENTRIES + text)
    blocks += reader.cut()
    return b",".join(rename_page(entry, renames) for block in blocks for entry in block.texts())


def _recompressed(text: Iterator[bytes]) -> Iterator[bytes]:
    """Yield text as zstd frames, one a chunk: a comma makes a poor frame."""
    compress = compressor().compress
    for chunk in _chunked(text):
        yield compress(chunk)


def _chunked(pieces: Iterator[bytes]) -> Generator[bytes]:
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
