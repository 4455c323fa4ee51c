"""Rows in any order: listing a few at a time is sorting all of them in Python."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harlake.errors import BadRequestError
from harlake.query.columns import COLUMNS
from harlake.query.filters import Filter, parse_filter
from harlake.query.pagination import ListedRow, Order, list_rows
from tests.support.folders import Folder, folder_of
from tests.support.hars import har

_RANDOM = Random(9)


def _entry() -> bytes:
    choose = _RANDOM.choice
    second = choose([None, "2024-01-01T00:00:01Z", "2024-01-01T00:00:02.5Z", "2024-01-01T10:00:00+09:00"])
    one: dict[str, Any] = {
        "startedDateTime": second,
        "time": choose([None, 1.5, 2, 2, 100]),
        "request": {"method": choose(["GET", "POST", None]), "url": choose(["", "http://a.test/x", "http://B.test/é"])},
        "response": {"status": choose([0, 200, 200, 404]), "content": {"mimeType": choose(["a/b", "", None])}},
    }
    return json.dumps(one).encode()


@pytest.fixture(scope="module")
def folder() -> Iterator[Folder]:
    """A session of captures, one without entries."""
    with folder_of(*(har(*(_entry() for _ in range(count))) for count in (40, 0, 1, 17))) as folder:
        yield folder


def _listed(folder: Folder, entry_filter: Filter, order: Order, limit: int) -> list[ListedRow]:
    index, captures = folder.data_dir.index, folder.captures
    rows: list[ListedRow] = []
    more, total = list_rows(index, captures, entry_filter, order, None, limit)
    while more:
        assert len(more) <= limit
        rows += more
        more, still = list_rows(index, captures, entry_filter, order, rows[-1].key, limit)
        assert still == total
    assert len(rows) == total
    return rows


def _sort_key(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


@pytest.mark.slow
@settings(max_examples=20)
@given(
    st.sampled_from(list(COLUMNS)),
    st.booleans(),
    st.sampled_from([1, 7, 19, 70]),
    st.sampled_from([[], [("status", "2xx")], [("method", "!GET")], [("status", "999")]]),
)
def test_rows_are_those_of_a_sort(
    folder: Folder, column: str, descending: bool, limit: int, parameters: list[tuple[str, str]]
) -> None:
    """By any column, however few at a time, rows come once, without a value last, and equal ones in stored order."""
    stored = _listed(folder, Filter(), Order(), 1_000)
    assert len(stored) == 58
    passing = [row for row in stored if _passes(row.columns, parameters)]
    known = [row for row in passing if row.columns[column] is not None]
    known.sort(key=lambda row: _sort_key(row.columns[column]), reverse=descending)
    expected = known + [row for row in passing if row.columns[column] is None]
    if (column, descending) == ("ordinal", False):
        expected = passing
    rows = _listed(folder, parse_filter(parameters), Order(column, descending), limit)
    assert [(row.capture, row.columns) for row in rows] == [(row.capture, row.columns) for row in expected]


def _passes(columns: dict[str, Any], parameters: list[tuple[str, str]]) -> bool:
    match parameters:
        case []:
            return True
        case [("method", _)]:
            return bool(columns["method"] != "GET")
        case [("status", "2xx")]:
            return bool(columns["status"] == 200)
        case _:
            return False


def test_orders_are_named_by_columns() -> None:
    """A minus is for descending; what is no column is refused, with those that are."""
    assert Order.parse("time") == Order("time")
    assert Order.parse("-startedDateTime") == Order("startedDateTime", descending=True)
    for text in ("", "-", "size", "--time", "started_at"):
        with pytest.raises(BadRequestError, match="startedDateTime"):
            Order.parse(text)
