"""The rows that pass a filter, in an order, by their number in it: any of them is found without those before.

Rows are numbered through all captures in stored order. Without a filter, that is the order itself; with one, bits say
which rows pass it; any other order is a file of row numbers. Bits and files are kept as long as there is room.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

import numpy as np

from harlake.query.filters import Filter
from harlake.query.matches import find_matches
from harlake.query.pagination import Order, sort_sql
from harlake.store.catalog import Capture
from harlake.store.index import Index
from harlake.store.number_files import Numbers

#: Numbers that are read at a time by whoever reads all of them.
_STEP: Final = 1 << 17


class RowOrder(Protocol):
    """Rows in an order: ``total`` of them."""

    total: int

    def numbers(self, start: int, limit: int) -> Numbers:
        """Return the numbers in stored order of up to ``limit`` rows, from the one at ``start`` on."""
        ...


class _StoredOrder:
    def __init__(self, total: int) -> None:
        self.total = total

    def numbers(self, start: int, limit: int) -> Numbers:
        return np.arange(start, max(start, min(start + limit, self.total)), dtype=np.uint64)


def steps(order: RowOrder) -> Iterator[Numbers]:
    """Yield the numbers of all rows, some at a time."""
    for start in range(0, order.total, _STEP):
        yield order.numbers(start, _STEP)


@contextmanager
def row_order(index: Index, captures: Sequence[Capture], entry_filter: Filter, order: Order) -> Iterator[RowOrder]:
    """Give the rows of captures that pass a filter, in an order; those of equal value come in stored order."""
    if order == Order():
        if entry_filter:
            yield find_matches(index, captures, entry_filter)
        else:
            yield _StoredOrder(sum(capture.imported for capture in captures))
        return
    where = entry_filter.where()
    sql = f"SELECT row FROM entries WHERE {where.sql} ORDER BY {sort_sql(order)}, row"

    def sort() -> Iterator[Numbers]:
        with index.question(captures) as question:
            for batch in question.batches(sql, where.parameters):
                yield batch["row"].to_numpy()

    asked = [*(capture.id.hex for capture in captures), entry_filter.digest(), str(order)]
    name = hashlib.sha256(" ".join(asked).encode()).hexdigest()
    with index.orders.opened(name, sort) as file:
        yield file
