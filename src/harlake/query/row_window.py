"""Rows of a session by their numbers in an order, in columns: what is seen of a table that is scrolled anywhere."""

from __future__ import annotations

import uuid
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from harlake.errors import BadRequestError
from harlake.query.columns import COLUMNS
from harlake.query.filter_checks import check_filter
from harlake.query.filters import Filter
from harlake.query.listing import complete_rows
from harlake.query.pagination import ListedRow, Order, RowKey, selected
from harlake.query.row_order import row_order
from harlake.query.rows import rows_at
from harlake.store.data_dir import DataDir
from harlake.store.ids import entry_id

#: What rows can have: all that is listed, and the entry's id.
FIELDS: Final = ("id", *COLUMNS)


@dataclass(frozen=True, slots=True)
class RowWindow:
    """Rows from number ``start`` on, of ``total`` in all: of each field the values, in the order of the rows.

    ``truncated`` has of each row the fields that are only the beginning of what was captured, None where none are.
    """

    start: int
    total: int
    columns: dict[str, list[Any]]
    truncated: list[list[str] | None] | None
    warnings: list[str]


def parse_fields(text: str | None) -> tuple[str, ...]:
    """Return the fields that a list with commas names, all without one. Raises BadRequestError."""
    if text is None:
        return FIELDS
    names = tuple(dict.fromkeys(text.split(",")))
    unknown = next((name for name in names if name not in FIELDS), None)
    if unknown is not None:
        raise BadRequestError(
            f"fields={unknown!r} is not allowed; fields takes some of {', '.join(FIELDS)}, with commas"
        )
    return names


def row_window(
    data_dir: DataDir,
    session: uuid.UUID,
    start: int,
    limit: int,
    fields: Sequence[str],
    entry_filter: Filter,
    order: Order,
) -> RowWindow:
    """Return up to ``limit`` rows of a session that pass a filter, from the one at ``start`` on in an order."""
    index, captures = data_dir.index, data_dir.catalog.captures(session)
    warnings = check_filter(index, captures, entry_filter)
    with row_order(index, captures, entry_filter, order) as rows:
        total, numbers = rows.total, rows.numbers(start, limit).tolist()
    firsts = [0, *accumulate(capture.imported for capture in captures)]
    positions = [bisect_right(firsts, number) - 1 for number in numbers]
    places = [(at, number - firsts[at]) for at, number in zip(positions, numbers, strict=True)]
    columns = [name for name in fields if name != "id"]
    found = rows_at(index, captures, places, selected(columns or ["ordinal"])).to_pylist()
    listed = [
        ListedRow(captures[at], RowKey(ordinal, at, ordinal), row)
        for (at, ordinal), row in zip(places, found, strict=True)
    ]
    complete_rows(data_dir, listed)
    for row in listed:
        row.columns["id"] = str(entry_id(row.capture.id, row.key.ordinal))
    truncated = [row.columns.get("truncated") for row in listed]
    return RowWindow(
        start,
        total,
        {name: [row.columns[name] for row in listed] for name in fields},
        truncated if any(truncated) else None,
        warnings,
    )
