"""The listing: a page of a session's index rows, from anywhere, without reading what comes before."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from harlake.errors import BadRequestError
from harlake.har.envelope import decoded
from harlake.limits import KIB
from harlake.store.data_dir import DataDir
from harlake.store.ids import entry_id, parse_id, split_entry_id
from harlake.store.index import cut_texts

#: Characters of a URL that are listed: more than any server takes, less than a picture in a `data:` URL.
_MAX_URL: Final = 64 * KIB


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
            _note_cut_texts(found)
            _complete_urls(data_dir, capture.id, found)
            rows += ({"id": str(entry_id(capture.id, row["ordinal"])), **row} for row in found)
            if ordinal + len(found) < capture.imported:
                return Page(rows, str(entry_id(capture.id, ordinal + len(found))))
        ordinal = 0
    return Page(rows, None)


def _note_cut_texts(rows: list[dict[str, Any]]) -> None:
    """Add to each row with texts that are too long for the index which ones those are, as ``truncated``."""
    for row in rows:
        if cut := cut_texts(row):
            row["truncated"] = cut


def _complete_urls(data_dir: DataDir, capture: uuid.UUID, rows: list[dict[str, Any]]) -> None:
    """Read the URLs that are too long for the index from where they are stored as a whole."""
    cut = {row["ordinal"]: row for row in rows if "url" in row.get("truncated", ())}
    if not cut:
        return
    with data_dir.captures.open(capture) as stored:
        for frame, places in groupby(data_dir.catalog.places(capture, list(cut)), key=lambda place: place.frame):
            text = stored.text(frame)
            for place in places:
                _complete_url(cut[place.ordinal], place.cut(text))


def _complete_url(row: dict[str, Any], entry: bytes) -> None:
    with suppress(RecursionError, TypeError):  # nested too deep to be decoded
        url = decoded(entry)["request"]["url"]
        row["url"] = url[:_MAX_URL]
        if len(url) <= _MAX_URL:
            row["truncated"] = [name for name in row["truncated"] if name != "url"]
            if not row["truncated"]:
                del row["truncated"]


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
