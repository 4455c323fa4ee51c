"""The listing: a page of a session's index rows, from anywhere, without reading what comes before."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from harlake.errors import BadRequestError
from harlake.store.data_dir import DataDir
from harlake.store.ids import entry_id, parse_id, split_entry_id


@dataclass(frozen=True, slots=True)
class Page:
    """Index rows, each with the id of its entry; ``cursor`` begins the next page, None after the last one."""

    entries: list[dict[str, Any]]
    cursor: str | None


def list_entries(data_dir: DataDir, session: uuid.UUID, limit: int, cursor: str | None) -> Page:
    """Return up to ``limit`` entries of a session in stored order, from the cursor on.

    A cursor is the id of the first entry that it stands for. Raises BadRequestError where it is none of the session's.
    """
    captures = data_dir.catalog.captures(session)
    position, ordinal = _start(captures_ids=[capture.id for capture in captures], cursor=cursor)
    rows: list[dict[str, Any]] = []
    for capture in captures[position:]:
        if len(rows) == limit:
            if capture.imported > ordinal:
                return Page(rows, str(entry_id(capture.id, ordinal)))
        else:
            found = data_dir.catalog.entries(capture.id, ordinal, limit - len(rows))
            rows += ({"id": str(entry_id(capture.id, row["ordinal"])), **row} for row in found)
            if ordinal + len(found) < capture.imported:
                return Page(rows, str(entry_id(capture.id, ordinal + len(found))))
        ordinal = 0
    return Page(rows, None)


def _start(captures_ids: list[uuid.UUID], cursor: str | None) -> tuple[int, int]:
    """Return which capture the cursor points into, and the ordinal in it."""
    if cursor is None:
        return 0, 0
    first = parse_id(cursor)
    if first is not None:
        least, greatest, ordinal = split_entry_id(first)
        for position, capture in enumerate(captures_ids):
            if least <= capture <= greatest:
                return position, ordinal
    raise BadRequestError(f"cursor {cursor!r} is not one of this session")
