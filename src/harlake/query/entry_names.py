"""Entries by what people call them: an id, or a short one, of which the catalog knows what it stands for."""

from __future__ import annotations

import uuid
from typing import Final

from harlake.errors import BadRequestError
from harlake.store.catalog import Capture, Catalog
from harlake.store.ids import entry_id
from harlake.store.short_ids import parse_short_id, short_entry_id

#: Captures that are looked at, of those whose ids begin alike, and entries that an error names.
_MOST_CAPTURES: Final = 100
_NAMED: Final = 5


class EntryNames:
    """Finds the ids that short ones stand for; each capture is looked up once."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._captures: dict[tuple[uuid.UUID, uuid.UUID], list[Capture]] = {}

    def full_id(self, name: str) -> str:
        """Return the id that a short one stands for; what is none, or stands for nothing, stays as it is.

        Raises BadRequestError where it stands for several.
        """
        short = parse_short_id(name)
        if short is None:
            return name
        found: list[str] = []
        count = 0
        for capture in self._captures_between(short.least, short.greatest):
            last = min(short.last, capture.imported - 1)
            count += max(0, last - short.first + 1)
            ordinals = range(short.first, min(last, short.first + _NAMED) + 1)
            found += (str(entry_id(capture.id, ordinal)) for ordinal in ordinals)
        if count > 1:
            some = ", ".join(map(short_entry_id, found[:_NAMED]))
            raise BadRequestError(f"{name!r} stands for {count:,} entries: {some}{', …' if count > _NAMED else ''}")
        return found[0] if found else name

    def _captures_between(self, least: uuid.UUID, greatest: uuid.UUID) -> list[Capture]:
        captures = self._captures.get((least, greatest))
        if captures is None:
            captures = self._catalog.captures_between(least, greatest, _MOST_CAPTURES)
            self._captures[least, greatest] = captures
        return captures
