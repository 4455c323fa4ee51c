"""Where failures are: in the blocks that Python cuts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.analysis.failure_blocks import failure_blocks
from harlake.query.filters import Filter, parse_filter
from harlake.query.pagination import Order
from tests.support.folders import folder_of
from tests.support.hars import har


def _written(time: int, status: int) -> bytes:
    request = {"url": "http://a.test/", "method": "GET" if time % 2 else "POST"}
    return json.dumps({"time": time, "request": request, "response": {"status": status}}).encode()


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from([0, 200, 404])), max_size=40),
    st.integers(1, 50),
    st.sampled_from(["ordinal", "time", "-time"]),
    st.booleans(),
)
def test_failures_are_in_their_blocks(rows: list[tuple[int, int]], blocks: int, order: str, filtered: bool) -> None:
    """Of nearly equal length, no more than rows, in the order that is asked for."""
    entry_filter = parse_filter([("method", "GET")]) if filtered else Filter()
    with folder_of(har(*(_written(*row) for row in rows))) as folder:
        found = failure_blocks(folder.data_dir.index, folder.captures, entry_filter, Order.parse(order), blocks)
    expected = [row for row in rows if row[0] % 2 or not filtered]
    if order != "ordinal":
        expected.sort(key=lambda row: row[0], reverse=order.startswith("-"))
    assert found.total == len(expected)
    lengths = found.rows.tolist()
    assert (len(lengths), sum(lengths)) == (max(1, min(blocks, len(expected))), len(expected))
    assert max(lengths) - min(lengths) <= 1
    for length, failed in zip(lengths, found.failed.tolist(), strict=True):
        assert failed == sum(status != 200 for _, status in expected[:length])
        expected = expected[length:]
