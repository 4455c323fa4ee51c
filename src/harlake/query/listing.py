"""The listing: a session's index rows, filtered and sorted, a few at a time, without reading what comes before."""

from __future__ import annotations

import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any, Final

import msgspec

from harlake.errors import BadRequestError
from harlake.har.raw_json import decoded
from harlake.limits import KIB
from harlake.query.columns import is_sort_value
from harlake.query.filter_checks import check_filter
from harlake.query.filters import Filter
from harlake.query.locations import locate_ordinals
from harlake.query.pagination import ListedRow, Order, RowKey, list_rows
from harlake.store.catalog import Capture
from harlake.store.data_dir import DataDir
from harlake.store.ids import entry_id, parse_id, split_entry_id
from harlake.store.index_columns import truncated_columns

#: Characters of a URL that are listed: more than any server takes, less than a picture in a `data:` URL.
_MAX_URL: Final = 64 * KIB

#: Characters that an error shows of what is no cursor.
_MAX_CURSOR: Final = 200


@dataclass(frozen=True, slots=True)
class Listing:
    """Index rows, each with the id of its entry; from ``cursor`` on, the listing continues; None after the last row.

    ``total`` counts all entries that pass the filter.
    """

    entries: list[dict[str, Any]]
    cursor: str | None
    total: int
    warnings: list[str]


class _Cursor(msgspec.Struct, frozen=True, array_like=True):
    """What is written into a cursor: the key of the last row before, and the order that it belongs to."""

    column: str
    descending: bool
    value: str | int | float | bool | None
    capture: uuid.UUID
    ordinal: Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)]


_cursor_decoder: Final = msgspec.json.Decoder(_Cursor)


def list_entries(
    data_dir: DataDir,
    session: uuid.UUID,
    limit: int,
    cursor: str | None = None,
    entry_filter: Filter = Filter(),  # noqa: B008 - immutable
    order: Order = Order(),  # noqa: B008 - immutable
) -> Listing:
    """Return up to ``limit`` entries of a session that pass a filter, in an order, from the cursor on.

    Raises BadRequestError where the cursor is none of the session's in this order.
    """
    index = data_dir.index
    captures = data_dir.catalog.captures(session)
    after = None if cursor is None else _parse_cursor(cursor, [capture.id for capture in captures], order)
    warnings = check_filter(index, captures, entry_filter)
    rows, total = list_rows(index, captures, entry_filter, order, after, limit + 1)
    listed = rows[:limit]
    complete_rows(data_dir, listed)
    return Listing(
        [{"id": str(entry_id(row.capture.id, row.key.ordinal)), **row.columns} for row in listed],
        _format_cursor(listed[-1], order) if len(rows) > limit else None,
        total,
        warnings,
    )


def complete_rows(data_dir: DataDir, rows: Sequence[ListedRow]) -> None:
    """Say which columns of rows are the beginning of what was captured, and complete their URLs."""
    for row in rows:
        if truncated := truncated_columns(row.columns):
            row.columns["truncated"] = truncated
    _complete_urls(data_dir, rows)


def _format_cursor(row: ListedRow, order: Order) -> str:
    text = msgspec.json.encode(_Cursor(order.column, order.descending, row.key.value, row.capture.id, row.key.ordinal))
    return urlsafe_b64encode(text).rstrip(b"=").decode()


def _parse_cursor(cursor: str, captures: list[uuid.UUID], order: Order) -> RowKey:
    """Return the key after which rows are asked for; in stored order, an entry's id is a cursor for rows from it on."""
    entry = parse_id(cursor)
    if entry is not None and order == Order():
        least, greatest, ordinal = split_entry_id(entry)
        for position, capture in enumerate(captures):
            if least <= capture <= greatest:
                return RowKey(ordinal, position, ordinal - 1)
    try:
        last = _cursor_decoder.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if order == Order(last.column, last.descending) and is_sort_value(last.column, last.value):
            return RowKey(last.value, captures.index(last.capture), last.ordinal)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass
    shown = cursor if len(cursor) <= _MAX_CURSOR else f"{cursor[:_MAX_CURSOR]}…"
    raise BadRequestError(f"cursor {shown!r} is not one of this session in this order")


def _complete_urls(data_dir: DataDir, rows: Sequence[ListedRow]) -> None:
    """Read the URLs that are too long for the index from where they are stored as a whole."""
    truncated: dict[Capture, dict[int, dict[str, Any]]] = {}
    for row in rows:
        if "url" in row.columns.get("truncated", ()):
            truncated.setdefault(row.capture, {})[row.key.ordinal] = row.columns
    located = locate_ordinals(data_dir.index, {capture: set(by_ordinal) for capture, by_ordinal in truncated.items()})
    for capture, by_ordinal in truncated.items():
        with data_dir.captures.open(capture.id) as stored:
            for frame, in_frame in groupby(located.get(capture.id, ()), key=lambda location: location.frame):
                text = stored.text(frame)
                for location in in_frame:
                    _complete_url(by_ordinal[location.ordinal], location.cut(text))


def _complete_url(row: dict[str, Any], entry: bytes) -> None:
    with suppress(RecursionError, TypeError):  # nested too deep to be decoded
        url = decoded(entry)["request"]["url"]
        row["url"] = url[:_MAX_URL]
        if len(url) <= _MAX_URL:
            row["truncated"] = [name for name in row["truncated"] if name != "url"]
            if not row["truncated"]:
                del row["truncated"]
