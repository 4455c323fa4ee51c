"""Pages of index rows: filtered, in any order, from anywhere, without counting what comes before.

Strategy: first the keys of a page, from the few columns that the filter and the order need, then all columns of these
rows. A page begins behind the key of the last row before it (*keyset*), so the last page costs what the first does.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from harlake.errors import BadRequestError
from harlake.query.filters import HOST, Condition, Filter
from harlake.store.catalog import Catalog
from harlake.store.index import ELLIPSIS, MAX_TEXT_BYTES
from harlake.store.timestamps import ISO_FORMAT

_TIMINGS: Final = ("blocked", "dns", "connect", "ssl", "send", "wait", "receive")

#: What is listed of an entry, and what it can be sorted by: names as in a HAR, where it has one for it.
COLUMNS: Final = {
    "ordinal": "ordinal",
    "startedDateTime": "started_at",
    "method": "method",
    "url": "url",
    "host": HOST,
    "path": "path",
    "status": "status",
    "statusText": "status_text",
    "httpVersion": "http_version",
    "mimeType": "mime_type",
    "resourceType": "resource_type",
    "type": "type",
    "pageref": "page_ref",
    "serverIPAddress": "server_ip",
    "connection": "connection",
    "time": "time_ms",
    "requestSize": "request_size",
    "responseSize": "response_size",
    "contentSize": "content_size",
    "transferSize": "transfer_size",
    "error": "error",
    "fromCache": "from_cache",
    "hasBody": "has_body",
    "bytes": "length",
    **{name: f"{name}_ms" for name in _TIMINGS},
}

_SELECTED: Final = ", ".join(
    f'strftime({sql}, {ISO_FORMAT}) AS "{name}"' if name == "startedDateTime" else f'{sql} AS "{name}"'
    for name, sql in COLUMNS.items()
)


@dataclass(frozen=True, slots=True)
class Order:
    """By which of :data:`COLUMNS`; ``ordinal`` stands for the stored order."""

    column: str = "ordinal"
    descending: bool = False

    @classmethod
    def parse(cls, text: str) -> Order:
        """Return the order that is written ``time``, or ``-time`` for the largest first. Raises BadRequestError."""
        column = text.removeprefix("-")
        if column not in COLUMNS:
            raise BadRequestError(
                f"sort={text!r} is not allowed; sort takes {', '.join(COLUMNS)}, with - before it for descending"
            )
        return cls(column, text.startswith("-"))


@dataclass(frozen=True, slots=True)
class RowKey:
    """Where a row is in an order: its value, the position of its capture in the session, and its ordinal."""

    value: Any
    position: int
    ordinal: int


@dataclass(frozen=True, slots=True)
class ListedRow:
    """An entry's index row: ``columns`` are those of :data:`COLUMNS`."""

    capture: uuid.UUID
    key: RowKey
    columns: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FrameEntry:
    """An entry in the text of its frame, and what a line about it begins with."""

    ordinal: int
    start: int
    length: int
    method: str | None
    url: str
    status: int | None


#: What a page is sorted by where that is not the column as it is listed: a key has to be written as JSON.
_SORTED: Final = {"startedDateTime": "epoch_us(started_at)"}

#: That a URL is longer than what the index has of it.
_CUT_URL: Final = f"(strlen(url) > {MAX_TEXT_BYTES - 4} AND url LIKE '%{ELLIPSIS}')"


def count_entries(catalog: Catalog, captures: Sequence[uuid.UUID], entry_filter: Filter) -> int:
    """Return how many entries of the captures pass the filter."""
    where = entry_filter.where(in_captures(captures))
    return int(catalog.rows(f"SELECT count(*) FROM entries WHERE {where.sql}", where.parameters)[0][0])


def list_rows(
    catalog: Catalog,
    captures: Sequence[uuid.UUID],
    entry_filter: Filter,
    order: Order,
    after: RowKey | None,
    limit: int,
) -> list[ListedRow]:
    """Return up to ``limit`` rows that pass the filter, in an order, behind a key; of equal value in stored order."""
    keys = _keys(catalog, captures, entry_filter, order, after, limit)
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for position in {key.position for key in keys}:
        ordinals = [key.ordinal for key in keys if key.position == position]
        for row in _columns(catalog, captures[position], ordinals):
            found[position, row["ordinal"]] = row
    # Rows whose session is removed meanwhile are not there any more.
    known = (key for key in keys if (key.position, key.ordinal) in found)
    return [ListedRow(captures[key.position], key, found[key.position, key.ordinal]) for key in known]


def check_filter(catalog: Catalog, captures: Sequence[uuid.UUID], entry_filter: Filter) -> list[str]:
    """Return what is to be said of a filter of the captures' entries: where it cannot see all that it asks for.

    Raises BadRequestError where it has a pattern that is no regular expression.
    """
    check_patterns(catalog, entry_filter)
    return blind_spots(catalog, captures, entry_filter)


def check_patterns(catalog: Catalog, entry_filter: Filter) -> None:
    """Raise BadRequestError where a filter has a pattern that is no regular expression."""
    for pattern in entry_filter.patterns:
        catalog.check_pattern(pattern)


def blind_spots(catalog: Catalog, captures: Sequence[uuid.UUID], entry_filter: Filter) -> list[str]:
    """Return where a filter, whose patterns are regular expressions, cannot see all that it asks for."""
    if entry_filter.reads_urls and (cut := count_cut_urls(catalog, captures)):
        return [filter_of_cut_urls(cut)]
    return []


def filter_of_cut_urls(cut: int) -> str:
    """Return what is to be said of a filter that reads URLs, where some are cut."""
    return f"of {cut} URLs, the filter sees the first 1,024 bytes only"


def count_cut_urls(catalog: Catalog, captures: Sequence[uuid.UUID]) -> int:
    """Return how many entries have URLs that filters see the beginning of only."""
    return count_entries(catalog, captures, Filter((Condition(_CUT_URL),)))


def frame_numbers(catalog: Catalog, capture: uuid.UUID, entry_filter: Filter) -> list[int]:
    """Return the numbers of a capture's frames with entries that pass the filter, in order."""
    where = entry_filter.where(in_captures([capture]))
    rows = catalog.rows(f"SELECT DISTINCT frame FROM entries WHERE {where.sql} ORDER BY frame", where.parameters)
    return [frame for (frame,) in rows]


def entries_in_frame(catalog: Catalog, capture: uuid.UUID, frame: int, entry_filter: Filter) -> list[FrameEntry]:
    """Return the entries of a frame that pass the filter, in order."""
    where = entry_filter.where(in_captures([capture]), Condition("frame = ?", (frame,)))
    rows = catalog.rows(
        f"SELECT ordinal, start, length, method, url, status FROM entries WHERE {where.sql} ORDER BY ordinal",
        where.parameters,
    )
    return [FrameEntry(*row) for row in rows]


def in_captures(captures: Sequence[uuid.UUID]) -> Condition:
    """Return the condition that an entry belongs to one of the captures; with one, row groups can be passed over.

    As a list in the statement, DuckDB compares in a quarter of the time that a parameter takes. They are ids of ours.
    """
    if len(captures) == 1:
        return Condition("capture = ?", (captures[0],))
    ids = ", ".join(f"'{one}'::UUID" for one in captures)
    return Condition(f"capture IN ({ids or 'NULL'})")


def capture_position(captures: Sequence[uuid.UUID], first: int = 0) -> Condition:
    """Return what a capture's place among some is in SQL, counted from ``first``."""
    if len(captures) == 1:
        return Condition(f"{first:d}")
    return Condition(f"(list_position(?, capture) - 1 + {first:d})", (list(captures),))


def _keys(
    catalog: Catalog,
    captures: Sequence[uuid.UUID],
    entry_filter: Filter,
    order: Order,
    after: RowKey | None,
    limit: int,
) -> list[RowKey]:
    if order != Order():
        return _sorted_keys(catalog, captures, entry_filter, order, after, limit)
    keys: list[RowKey] = []
    position, ordinal = (after.position, after.ordinal) if after else (0, -1)
    while position < len(captures) and len(keys) < limit:
        # Without a filter, no ordinal is passed over; so DuckDB need not look further.
        last = Condition("true") if entry_filter else Condition("ordinal <= ?", (ordinal + limit,))
        where = entry_filter.where(in_captures([captures[position]]), Condition("ordinal > ?", (ordinal,)), last)
        rows = catalog.rows(
            f"SELECT ordinal FROM entries WHERE {where.sql} ORDER BY ordinal LIMIT ?",
            [*where.parameters, limit - len(keys)],
        )
        keys += (RowKey(found, position, found) for (found,) in rows)
        position, ordinal = position + 1, -1
    return keys


def _sorted_keys(
    catalog: Catalog,
    captures: Sequence[uuid.UUID],
    entry_filter: Filter,
    order: Order,
    after: RowKey | None,
    limit: int,
) -> list[RowKey]:
    value = _SORTED.get(order.column, COLUMNS[order.column])
    position = capture_position(captures)
    where = entry_filter.where(
        in_captures(captures), *([] if after is None else [_behind(value, order, position, after)])
    )
    rows = catalog.rows(
        f"""
        SELECT {value} AS value, {position.sql} AS position, ordinal FROM entries WHERE {where.sql}
        ORDER BY value {"DESC" if order.descending else "ASC"} NULLS LAST, position, ordinal LIMIT ?
        """,
        [*position.parameters, *where.parameters, limit],
    )
    return [RowKey(*row) for row in rows]


def _behind(value: str, order: Order, position: Condition, key: RowKey) -> Condition:
    """The condition that a row comes behind a key: rows without a value are the last ones."""
    tie = f"({position.sql} > ? OR ({position.sql} = ? AND ordinal > ?))"
    ties = (*position.parameters, key.position, *position.parameters, key.position, key.ordinal)
    if key.value is None:
        return Condition(f"({value} IS NULL AND {tie})", ties)
    beyond = f"{value} {'<' if order.descending else '>'} ?"
    return Condition(f"({beyond} OR {value} IS NULL OR ({value} = ? AND {tie}))", (key.value, key.value, *ties))


def _columns(catalog: Catalog, capture: uuid.UUID, ordinals: Sequence[int]) -> list[dict[str, Any]]:
    """Return rows by their ordinals, and maybe some of those between."""
    some = has_ordinal(ordinals)
    return catalog.rows(f"SELECT {_SELECTED} FROM entries WHERE capture = ? AND {some}", [capture], named=True)


def has_ordinal(ordinals: Sequence[int]) -> str:
    """Return the condition that a row has one of the ordinals, or is between them where they are dense.

    As a list in the statement, DuckDB compares them with what it knows of each row group; as a parameter it would not,
    and read all of them. They are numbers of ours.
    """
    if max(ordinals) - min(ordinals) < 2 * len(ordinals):
        return f"ordinal BETWEEN {min(ordinals):d} AND {max(ordinals):d}"
    return f"ordinal IN ({', '.join(f'{ordinal:d}' for ordinal in ordinals)})"
