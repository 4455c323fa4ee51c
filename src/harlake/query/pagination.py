"""Rows of the index: filtered, in any order, from any key on, without counting what comes before.

Strategy: first the keys of the rows, from the few columns that the filter and the order need, then all columns of these
rows. A query begins after the key of the last row before it (*keyset*), so the last rows cost what the first do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from harlake.errors import BadRequestError
from harlake.limits import MIB
from harlake.query.columns import COLUMNS
from harlake.query.conditions import Condition
from harlake.query.filters import Filter
from harlake.query.matches import Matches, find_matches
from harlake.query.rows import rows_at
from harlake.store.catalog import Capture
from harlake.store.index import Index
from harlake.store.timestamps import ISO_FORMAT

_SELECTED: Final = {
    name: f'strftime({sql}, {ISO_FORMAT}) AS "{name}"' if name == "startedDateTime" else f'{sql} AS "{name}"'
    for name, sql in COLUMNS.items()
}

#: What rows are sorted by where that is not the column as it is listed: a key has to be written as JSON.
_SORTED_BY: Final = {"startedDateTime": "epoch_us(started_at)"}


#: Rows that are read at a time by whoever reads on, and bytes of those that are kept, of some readers each.
_WINDOW_ROWS: Final = 1_024
_WINDOW_BYTES: Final = MIB
_MOST_WINDOWS: Final = 2


@dataclass(frozen=True, slots=True)
class Order:
    """By which of :data:`COLUMNS`; ``ordinal`` stands for the stored order."""

    column: str = "ordinal"
    descending: bool = False

    @classmethod
    def parse(cls, text: str) -> Order:
        """Return the order that is written ``time``, or ``-time`` for the largest first.

        Raises BadRequestError, which names the parameter ``sort``.
        """
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


def selected(columns: Iterable[str]) -> str:
    """Return the SQL list that selects columns of :data:`COLUMNS`, as they are listed."""
    return ", ".join(_SELECTED[name] for name in columns)


def sort_sql(order: Order) -> str:
    """Return what SQL sorts by; rows without a value are the last ones."""
    return f"{_sorted_by(order)} {'DESC' if order.descending else 'ASC'} NULLS LAST"


def _sorted_by(order: Order) -> str:
    return _SORTED_BY.get(order.column, COLUMNS[order.column])


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
    if not total:
        return [], 0
    windows: _Windows = index.cached(captures, f"rows {entry_filter.digest()} {order}", _Windows)
    window, first = windows.after(after, limit)
    if window is None:
        # A thousand rows take twice as long as a hundred: they are for whoever reads on, and not for one who jumps.
        count = max(limit, _WINDOW_ROWS) if windows.are_read_up_to(after) else limit
        if order == Order():
            keys = _stored_keys(captures, matches, after, count)
        else:
            keys = _sorted_keys(index, captures, entry_filter, order, after, count)
        rows = rows_at(index, captures, [(key.position, key.ordinal) for key in keys], selected(COLUMNS))
        window, first = _Window(after, keys, rows, is_last=len(keys) < count), 0
        windows.add(window)
    keys, rows = window.keys[first : first + limit], window.rows.slice(first, limit)
    return list(map(ListedRow, [captures[key.position] for key in keys], keys, rows.to_pylist())), total


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
    value = _sorted_by(order)
    where = entry_filter.where(*([] if after is None else [_after_key(value, order, after)]))
    rows = index.rows(
        captures,
        f"""
        SELECT {value} AS value, position, ordinal FROM entries WHERE {where.sql}
        ORDER BY {sort_sql(order)}, row LIMIT ?
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


@dataclass(frozen=True, slots=True)
class _Window:
    """Rows that come one after the other in an order, after a key."""

    after: RowKey | None
    keys: list[RowKey]
    rows: pa.Table
    is_last: bool

    def find(self, after: RowKey | None, limit: int) -> int | None:
        """Return the number of the row after a key, None where not so many of the following rows are here."""
        if after == self.after:
            first = 0
        else:
            first = next((number for number, key in enumerate(self.keys, 1) if key == after), len(self.keys) + 1)
        return first if first + limit <= len(self.keys) or (self.is_last and first <= len(self.keys)) else None


class _Windows:
    """The windows that were read last of captures in an order."""

    def __init__(self) -> None:
        self._windows: tuple[_Window, ...] = ()

    @property
    def nbytes(self) -> int:
        """How many bytes their rows have, at most."""
        return _MOST_WINDOWS * _WINDOW_BYTES

    def after(self, key: RowKey | None, limit: int) -> tuple[_Window | None, int]:
        """Return a window with so many rows after a key, and the number of the first of these."""
        for window in self._windows:
            if (first := window.find(key, limit)) is not None:
                return window, first
        return None, 0

    def are_read_up_to(self, key: RowKey | None) -> bool:
        """Return whether a key is that of a row in a window: that of the last one that a reader got."""
        return any(key in window.keys for window in self._windows)

    def add(self, window: _Window) -> None:
        """Keep a window, unless it is large."""
        if window.rows.nbytes <= _WINDOW_BYTES:
            self._windows = (window, *self._windows[: _MOST_WINDOWS - 1])
