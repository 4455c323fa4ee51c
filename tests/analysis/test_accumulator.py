"""Totals over rows that come in batches, against sums in Python."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from harlake.analysis.accumulator import MAX_TOTAL, SIZES, TIMES, Accumulator
from harlake.analysis.histogram import TimeAxis
from harlake.query.pagination import RowKey

#: Hashes of hosts and pages, of which the last ones are not of interest.
_HOSTS = (2**64 - 1, 7, 8, 9)
_PAGES = (2**63, 5, 6)
_LISTED_HOSTS, _LISTED_PAGES = _HOSTS[:2], _PAGES[:2]
_AXIS = TimeAxis(width=10, first=-2, count=5)
_TYPES = {"position": pa.int32(), "ordinal": pa.int64(), "host": pa.uint64(), "page": pa.uint64()}
_TYPES |= {"failed": pa.uint8(), "started": pa.timestamp("us", "UTC")}
_TYPES |= {name: pa.float64() for name in TIMES} | {name: pa.int64() for name in SIZES}

_numbers = st.sampled_from([-1, 0, 1, 5, 6_000])
_rows = st.fixed_dictionaries(
    {
        "host": st.sampled_from(_HOSTS),
        "page": st.sampled_from([None, *_PAGES]),
        "failed": st.integers(0, 1),
        "started": st.none() | st.integers(_AXIS.first * 10, (_AXIS.first + _AXIS.count) * 10 - 1),
        **dict.fromkeys((*TIMES, *SIZES), _numbers),
    }
)


def _summed_up(batches: list[list[dict[str, Any]]]) -> tuple[Accumulator, list[dict[str, Any]]]:
    """Return what becomes of batches, each of a capture of its own, and all of their rows."""
    accumulator = Accumulator(_LISTED_HOSTS, {None, *_LISTED_PAGES}, _AXIS)
    everything: list[dict[str, Any]] = []
    for position, batch in enumerate(batches):
        rows = [row | {"position": position, "ordinal": ordinal} for ordinal, row in enumerate(batch)]
        accumulator.add(pa.table({name: pa.array([row[name] for row in rows], t) for name, t in _TYPES.items()}))
        everything += rows
    return accumulator, everything


def _greatest(rows: list[dict[str, Any]], column: str) -> list[RowKey]:
    known = sorted((row for row in rows if row[column] >= 0), key=lambda row: -row[column])
    return [RowKey(row[column], row["position"], row["ordinal"]) for row in known[:10]]


@given(st.lists(st.lists(_rows, max_size=15), max_size=4))
def test_totals_are_those_of_python(batches: list[list[dict[str, Any]]]) -> None:
    """However rows come; numbers that are not known count nowhere, hosts that are not listed count in all."""
    accumulator, rows = _summed_up(batches)
    for number in (None, 0, 1):
        of_host = [row for row in rows if number is None or row["host"] == _HOSTS[number]]
        assert accumulator.counts(number) == (len(of_host), sum(row["failed"] for row in of_host))
        for column in SIZES:
            assert accumulator.bytes(column, number) == sum(max(row[column], 0) for row in of_host)
        for name, percentiles in accumulator.times(number)._asdict().items():
            assert percentiles.max == max((row[name] for row in of_host if row[name] >= 0), default=None)
    for page in _LISTED_PAGES:
        assert accumulator.of_page(page) == sum(row["page"] == page for row in rows)
    assert accumulator.of_page(None) == 0
    assert (accumulator.slowest, accumulator.largest) == (_greatest(rows, "time"), _greatest(rows, "content_size"))
    failed = [RowKey(None, row["position"], row["ordinal"]) for row in rows if row["failed"]]
    assert accumulator.failures == failed[:10]
    started = [(row["started"] // 10 - _AXIS.first, row["failed"]) for row in rows if row["started"] is not None]
    assert accumulator.buckets() == [
        (sum(at == bucket for at, _ in started), sum(at == bucket and failed for at, failed in started))
        for bucket in range(_AXIS.count)
    ]


def test_totals_that_no_number_holds_stop_there() -> None:
    """What is too much for 64 bits is the greatest number that they hold."""
    row: dict[str, Any] = dict.fromkeys(_TYPES, 0) | {"host": 7, "page": None, "content_size": 2**62}
    accumulator, _ = _summed_up([[row] * 3])
    assert accumulator.bytes("content_size") == accumulator.bytes("content_size", 1) == MAX_TOTAL
    assert accumulator.bytes("content_size", 0) == accumulator.bytes("request_size") == 0


def test_nothing_of_interest_is_no_hindrance() -> None:
    """Without hosts, pages or times there are totals over all rows."""
    accumulator = Accumulator([], [None], TimeAxis(1, 0, 0))
    row = dict.fromkeys(_TYPES, 1) | {"page": None, "started": None}
    accumulator.add(pa.table({name: pa.array([row[name]], kind) for name, kind in _TYPES.items()}))
    assert (accumulator.counts(), accumulator.buckets(), accumulator.of_page(None)) == ((1, 1), [], 0)
