"""Lists of captures, as the catalog has them: those of sessions that were read last are kept.

A list is read again when its session has others by now, which takes a fiftieth of the time to find out: how many there
are, and the sum of their numbers. Numbers are never used again: fewer have another count, and with new
ones there is another greatest number. As it is the catalog that is asked, it does not matter which node has changed it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from harlake.limits import MIB
from harlake.pipeline.lru_cache import LruCache
from harlake.store.capture_object import Frame
from harlake.store.catalog_database import CatalogCursor

CAPTURE_COLUMNS: Final = """
    c.id, c.imported, c.envelope_start, c.envelope_length, c.envelope_text_length, c.pages,
    c.keeps_entries, c.keeps_pages, c.number
"""

_OF_SESSION: Final = f"SELECT {CAPTURE_COLUMNS} FROM captures c WHERE c.session = ? ORDER BY c.number"
_STATE: Final = "SELECT count(*), max(number), sum(number)::BIGINT FROM captures WHERE session = ?"

#: Captures of a list that is kept. Fewer are read as fast as it is found out that they are the same.
_LEAST: Final = 64
_MOST: Final = 32_768

#: Bytes of all lists, and of a capture in one.
_BYTES: Final = 16 * MIB
_CAPTURE_BYTES: Final = 512


@dataclass(frozen=True, slots=True)
class Capture:
    """What is to be known of a complete capture before it is read.

    ``envelope`` is the frame that ends its object; ``keeps_entries`` and ``keeps_pages`` say that the catalog has these
    rows of its index, and no file. ``number`` is its place in the order in which captures were completed.
    """

    id: uuid.UUID
    imported: int
    envelope: Frame
    pages: int
    keeps_entries: bool
    keeps_pages: bool
    number: int = field(default=0, compare=False)

    def keeps(self, table: str) -> bool:
        """Return whether the catalog has the rows of ``entries`` or ``pages``."""
        return self.keeps_entries if table == "entries" else self.keeps_pages

    def rows_of(self, table: str) -> int:
        """Return how many rows ``entries`` or ``pages`` have."""
        return self.imported if table == "entries" else self.pages


def capture_from_row(row: Sequence[Any]) -> Capture:
    """Return the capture of a row that consists of CAPTURE_COLUMNS."""
    capture, imported, start, length, text_length, *rest = row
    return Capture(capture, imported, Frame(start, length, text_length), *rest)


class CaptureLists:
    """The captures of sessions."""

    def __init__(self) -> None:
        self._lists: LruCache[uuid.UUID, list[Capture]] = LruCache(_BYTES, lambda kept: len(kept) * _CAPTURE_BYTES)

    def captures(self, cursor: CatalogCursor, session: uuid.UUID) -> list[Capture]:
        """Return the captures of a session, in the order in which they were imported; the list is the caller's."""
        kept = self._lists.get(session)
        if kept is None or _state(kept) != tuple(cursor.execute(_STATE, [session]).fetchall()[0]):
            kept = list(map(capture_from_row, cursor.execute(_OF_SESSION, [session]).fetchall()))
            if _LEAST <= len(kept) <= _MOST:
                self._lists.put(session, kept)
        return list(kept)


def _state(captures: Sequence[Capture]) -> tuple[int, int, int]:
    """Return what the catalog says of captures that are all of a session."""
    return len(captures), captures[-1].number, sum(capture.number for capture in captures)
