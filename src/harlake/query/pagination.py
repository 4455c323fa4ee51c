"""Rows of the index: filtered, in any order, from any key on, without counting what comes before.

Strategy: first the keys of the rows, from the few columns that the filter and the order need, then all columns of these
rows. A query begins after the key of the last row before it (*keyset*), so the last rows cost what the first do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from harlake.errors import BadRequestError
from harlake.query.columns import COLUMNS
from harlake.query.conditions import Condition, has_ordinal
from harlake.query.filters import Filter
from harlake.query.matches import Matches, find_matches
from harlake.store.catalog import Capture
from harlake.store.index import Index
from harlake.store.timestamps import ISO_FORMAT

_SELECTED: Final = ", ".join(
    f'strftime({sql}, {ISO_FORMAT}) AS "{name}"' if name == "startedDateTime" else f'{sql} AS "{name}"'
    for name, sql in COLUMNS.items()
)

#: What rows are sorted by where that is not the column as it is listed: a key has to be written as JSON.
_SORTED_BY: Final = {"startedDateTime": "epoch_us(started_at)"}


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

    capture: Capture
    key: RowKey
    columns: dict[str, Any]


def list_rows(
    index: Index,
    captures: Sequence[Capture],
    entry_filter: Filter,
    order: Order,
    after: RowKey | None,
    limit: int,
) -> tuple[list[ListedRow], int]:
    """Return up to ``limit`` rows that pass the filter, in an order, after a key; and how many pass it in all.

    Those of equal value come in stored order.
    """
    if entry_filter:
        matches = find_matches(index, captures, entry_filter)
        total = matches.total
    else:
        matches, total = None, sum(capture.imported for capture in captures)
    if order == Order():
        keys = _stored_keys(captures, matches, after, limit)
    else:
        keys = _sorted_keys(index, captures, entry_filter, order, after, limit) if total else []
    rows: dict[tuple[int, int], dict[str, Any]] = {}
    for position in {key.position for key in keys}:
        ordinals = [key.ordinal for key in keys if key.position == position]
        for columns in _columns(index, captures[position], ordinals):
            rows[position, columns["ordinal"]] = columns
    # Rows whose session is removed meanwhile are not there any more.
    present = (key for key in keys if (key.position, key.ordinal) in rows)
    return [ListedRow(captures[key.position], key, rows[key.position, key.ordinal]) for key in present], total


def _stored_keys(
    captures: Sequence[Capture], matches: Matches | None, after: RowKey | None, limit: int
) -> list[RowKey]:
    position, ordinal = (after.position, after.ordinal) if after else (0, -1)
    if matches is not None:
        return [RowKey(number, at, number) for at, number in matches.after(position, ordinal, limit)]
    keys: list[RowKey] = []
    while position < len(captures) and len(keys) < limit:
        end = min(ordinal + 1 + limit - len(keys), captures[position].imported)
        keys += (RowKey(number, position, number) for number in range(ordinal + 1, end))
        position, ordinal = position + 1, -1
    return keys


def _sorted_keys(
    index: Index,
    captures: Sequence[Capture],
    entry_filter: Filter,
    order: Order,
    after: RowKey | None,
    limit: int,
) -> list[RowKey]:
    value = _SORTED_BY.get(order.column, COLUMNS[order.column])
    where = entry_filter.where(*([] if after is None else [_after_key(value, order, after)]))
    rows = index.rows(
        captures,
        f"""
        SELECT {value} AS value, position, ordinal FROM entries WHERE {where.sql}
        ORDER BY value {"DESC" if order.descending else "ASC"} NULLS LAST, row LIMIT ?
        """,
        [*where.parameters, limit],
    )
    return [RowKey(*row) for row in rows]


def _after_key(value: str, order: Order, key: RowKey) -> Condition:
    """The condition that a row comes after a key: rows without a value are the last ones."""
    tie = "(position > ? OR (position = ? AND ordinal > ?))"
    ties = (key.position, key.position, key.ordinal)
    if key.value is None:
        return Condition(f"({value} IS NULL AND {tie})", ties)
    beyond = f"{value} {'<' if order.descending else '>'} ?"
    return Condition(f"({beyond} OR {value} IS NULL OR ({value} = ? AND {tie}))", (key.value, key.value, *ties))


def _columns(index: Index, capture: Capture, ordinals: Sequence[int]) -> list[dict[str, Any]]:
    """Return rows by their ordinals, and maybe others between those."""
    return index.rows([capture], f"SELECT {_SELECTED} FROM entries WHERE {has_ordinal(ordinals)}", named=True)
