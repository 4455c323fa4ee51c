"""Writes HARs in parts, for readers that cannot take one as large: a zip archive of HARs, each valid on its own.

Each part has the members of the log, as many entries as it may hold, and the pages that these refer to. Which pages
those are is known at a part's end only, so ``pages`` comes after ``entries``: the order of members is free in HAR 1.2,
and every reader that parses a part as a whole, as browsers do, takes it. Pages that no entry refers to are in no part.

The archive is written as it is sent, so each part is preceded by a header without sizes, and followed by a descriptor
with them. Its dates are all the same, so the same entries make the same bytes. At most an entry is held, besides the
pages.
"""

from __future__ import annotations

import zipfile
from collections.abc import Generator, Iterable, Iterator, Mapping
from itertools import count
from typing import Final

from harlake.har.raw_json import joined, listed
from harlake.limits import MIB

#: An entry as it goes into a part: the id of its page, if it has one, and its text.
PagedEntry = tuple[str | None, bytes]

#: Smaller parts are not worth their archive, which keeps a note of each until its end.
MIN_PART_BYTES: Final = 1_000_000

#: zlib's fastest: HARs shrink to a fifth.
_LEVEL: Final = 1

#: A larger entry is compressed, and given on, in pieces.
_PIECE: Final = MIB


def zip_hars(
    name: str,
    log: Mapping[str, bytes],
    pages: Mapping[str, bytes],
    entries: Iterable[PagedEntry],
    max_bytes: int,
) -> Generator[bytes]:
    """Yield a zip archive of HARs ``NAME-001.har``, ``NAME-002.har`` …, of at most ``max_bytes`` each; one at least.

    ``log`` has the members of the log but for ``pages`` and ``entries``, as JSON text; ``pages`` the pages by id;
    ``entries`` the entries in order. An entry that fits into no part of ``max_bytes`` is alone in one of its own,
    ``NAME-003-oversize.har``, with a comment in the archive that says so. Raises what ``entries`` raises.
    """
    head = b'{"log":%b"entries":[' % (joined(log.items())[:-1] + b"," * bool(log))
    sink = _Sink()
    source = iter(entries)
    entry = next(source, None)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:  # type: ignore[call-overload]
        for number in count(1):
            part = _Part(len(head), pages)
            size = part.size if entry is None else part.size_with(entry)
            member = f"{name}-{number:03}{'-oversize' * (size > max_bytes)}.har"
            with archive.open(member, "w", force_zip64=max(size, max_bytes) > zipfile.ZIP64_LIMIT // 2) as file:
                file.write(head)
                while entry is not None and (part.is_empty or part.size_with(entry) <= max_bytes):
                    for piece in part.add(entry):
                        file.write(piece)
                        yield from sink.drained()
                    entry = next(source, None)
                file.write(part.tail())
            if size > max_bytes:
                archive.getinfo(member).comment = b"%d bytes, and nothing in it that could be in another part" % size
            yield from sink.drained()
            if entry is None:
                break
    yield from sink.drained()


class _Part:
    """A HAR that is being written: how large it would be if it ended here, and which pages it needs."""

    def __init__(self, head_bytes: int, pages: Mapping[str, bytes]) -> None:
        self.is_empty = True
        self._all = pages
        self._pages: dict[str, bytes] = {}
        self.size = head_bytes + len(self.tail())

    def size_with(self, entry: PagedEntry) -> int:
        """Return how large the part would be with one more entry."""
        page_id, text = entry
        page = self._needed(page_id)
        return self.size + len(text) + (not self.is_empty) + (len(page) + bool(self._pages) if page else 0)

    def add(self, entry: PagedEntry) -> Iterator[memoryview | bytes]:
        """Take an entry in, and yield what is to be written for it."""
        page_id, text = entry
        self.size = self.size_with(entry)
        if page_id is not None and (page := self._needed(page_id)):
            self._pages[page_id] = page
        if not self.is_empty:
            yield b","
        self.is_empty = False
        view = memoryview(text)
        for start in range(0, len(view), _PIECE):
            yield view[start : start + _PIECE]

    def tail(self) -> bytes:
        """Return what follows the last entry."""
        return b'],"pages":%b}}' % listed(self._pages.values())

    def _needed(self, page_id: str | None) -> bytes:
        """Return the page that an entry needs and the part does not have yet, no text where there is none."""
        return b"" if page_id is None or page_id in self._pages else self._all.get(page_id, b"")


class _Sink:
    """Takes what an archive writes until it is given on; the archive finds that it cannot go back in it."""

    def __init__(self) -> None:
        self._pending: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Take some bytes."""
        self._pending.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: there is nowhere to flush to."""

    def drained(self) -> Iterator[bytes]:
        """Yield what was written since the last time."""
        pending, self._pending = self._pending, []
        yield from filter(None, pending)
