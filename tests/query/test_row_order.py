"""Rows by number: whatever the filter and the order, they are those of the whole list, cut."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harlake.query.columns import COLUMNS
from harlake.query.filters import Filter, parse_filter
from harlake.query.pagination import Order
from harlake.query.row_order import row_order, steps
from harlake.store.catalog import Capture
from harlake.store.data_dir import DataDir
from tests.support.folders import import_har
from tests.support.hars import entry, har

_COUNTS = (3, 700, 40, 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DataDir, list[Capture]]]:
    """A session of several captures, small and large ones, with equal values in all of them."""
    data_dir = DataDir(tmp_path_factory.mktemp("rows"))
    session = None
    for count in _COUNTS:
        entries = (
            entry(number).replace(b'"status":200', b'"status":%d' % (200 + number % 3 * 100)) for number in range(count)
        )
        session = import_har(data_dir, har(*entries), session)
    assert session is not None
    yield data_dir, data_dir.catalog.captures(session.id)
    data_dir.close()


def _all(data_dir: DataDir, captures: list[Capture], entry_filter: Filter, order: Order) -> list[int]:
    """Return the numbers of all rows, sorted by Python."""
    where = entry_filter.where()
    value = "epoch_us(started_at)" if order.column == "startedDateTime" else COLUMNS[order.column]
    sql = f"SELECT row, {value} AS value FROM entries WHERE {where.sql}"
    rows = sorted(data_dir.index.rows(captures, sql, where.parameters))
    known = sorted((row for row in rows if row[1] is not None), key=lambda row: row[1], reverse=order.descending)
    return [row for row, _ in known] + [row for row, value in rows if value is None]


@pytest.mark.slow
@settings(max_examples=60)
@given(
    st.sampled_from(["ordinal", "-ordinal", "status", "-time", "url", "-url", "startedDateTime", "pageref", "hasBody"]),
    st.sampled_from([(), (("status", "3xx"),), (("q", "7"),), (("error", "true"),), (("host", "nobody"),)]),
    st.integers(0, 800),
    st.integers(1, 300),
)
def test_rows_are_those_of_the_whole_list(
    folder: tuple[DataDir, list[Capture]], sort: str, wanted: tuple[tuple[str, str], ...], start: int, limit: int
) -> None:
    """From any number on, as many as there are."""
    data_dir, captures = folder
    order, entry_filter = Order.parse(sort), parse_filter(wanted)
    expected = _all(data_dir, captures, entry_filter, order)
    if order == Order():
        expected.sort()
    with row_order(data_dir.index, captures, entry_filter, order) as rows:
        assert rows.total == len(expected)
        assert rows.numbers(start, limit).tolist() == expected[start : start + limit]
        assert [number for step in steps(rows) for number in step.tolist()] == expected


def test_no_rows(tmp_path: Path) -> None:
    """A session without captures has none in any order."""
    data_dir = DataDir(tmp_path)
    for order in (Order(), Order("url")):
        with row_order(data_dir.index, [], parse_filter([("q", "x")]), order) as rows:
            assert (rows.total, rows.numbers(0, 10).tolist(), list(steps(rows))) == (0, [], [])
    data_dir.close()


def test_the_fixture_is_what_it_says(folder: tuple[DataDir, list[Capture]]) -> None:
    """Captures with rows in the catalog and with files, in order."""
    _, captures = folder
    assert [capture.imported for capture in captures] == list(_COUNTS)
    assert {capture.keeps_entries for capture in captures} == {True, False}
    assert list(accumulate(_COUNTS))[-1] == 744
