"""Rows of two sides, joined endpoint by endpoint: what counts as a change, and what is listed."""

from __future__ import annotations

import uuid
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harlake.analysis.comparison_options import ComparisonOptions
from harlake.analysis.endpoint_join import add_endpoints, join_endpoints
from harlake.analysis.endpoints import Differences, Endpoint, EndpointCounts, Thresholds
from harlake.analysis.spill import Spill
from harlake.store.ids import entry_id

_CAPTURES = [[uuid.UUID(int=number << 64) for number in numbers] for numbers in ((1, 2), (3, 4))]
_TEXT = pa.string()
_SCHEMA = pa.schema(
    [
        *(("side", pa.int32()), ("run", pa.int32()), ("partition", pa.int32()), ("method", _TEXT), ("name", _TEXT)),
        *(("folded", _TEXT), ("by_ids", pa.bool_()), ("call", _TEXT), ("operation", _TEXT)),
        *(("position", pa.int32()), ("ordinal", pa.int64()), ("status", pa.int32()), ("failed", pa.bool_())),
        *(
            ("time", pa.float32()),
            ("size", pa.int64()),
            ("transfer", pa.int64()),
            ("media_type", _TEXT),
            ("type", _TEXT),
        ),
    ]
)
_DEFAULT: dict[str, Any] = {"run": 0, "partition": 0, "method": "GET", "position": 0, "ordinal": 0, "status": 200}
_DEFAULT |= {"time": 100.0, "size": 5_000, "transfer": None, "media_type": "text/plain", "type": "xhr"}
_DEFAULT |= {"by_ids": False, "call": "", "operation": "", "failed": False}
SIZE_FLOOR, TIME_FLOOR = 1_024, 50
_THRESHOLDS = Thresholds(size_ratio=1.5, time_ratio=2)


def _joined(folder: Path, rows: list[dict[str, Any]], limit: int = 9, partitions: int = 1) -> Differences:
    differences = Differences()
    path = folder / str(uuid.uuid4())
    with closing(duckdb.connect(config={"threads": 1})) as database, Spill(path, partitions) as spill:
        ordered = sorted((_DEFAULT | {"folded": row["name"]} | row for row in rows), key=lambda row: row["partition"])
        spill.add(pa.Table.from_pylist(ordered, schema=_SCHEMA))
        spill.finish()
        for partition in range(partitions):
            options = ComparisonOptions(_THRESHOLDS, limit=limit)
            if tables := join_endpoints(database, spill, partition, options, (1, 1)):
                add_endpoints(database, tables, differences, _CAPTURES, options)
            else:
                assert not any(row["partition"] == partition for row in ordered)
    return differences


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for files that nobody reads again."""
    return tmp_path_factory.mktemp("endpoints")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("column", "before", "after", "changes"),
    [
        ("status", 200, 404, ["status"]),
        ("size", 2_000, 3_024, ["size"]),  # both the ratio and the floor
        ("size", 3_024, 2_000, ["size"]),
        ("size", 2_000, 2_000 + SIZE_FLOOR - 1, []),
        ("size", 10_000, 14_999, []),
        ("size", 10_000, 15_000, ["size"]),
        ("size", 0, SIZE_FLOOR, ["size"]),
        ("size", None, 90_000, []),
        ("time", 50.0, 50.0 + TIME_FLOOR, ["time"]),
        ("time", 40.0, 40.0 + TIME_FLOOR - 1, []),
        ("time", 100.0, 199.0, []),
        ("time", None, 1e9, []),
        ("media_type", "text/html", "text/plain", ["mime"]),
        ("media_type", "", "text/plain", ["mime"]),
        ("type", "xhr", "fetch", ["type"]),
        ("media_type", "", "", []),
    ],
)
def test_what_is_a_change(folder: Path, column: str, before: Any, after: Any, changes: list[str]) -> None:
    """Each column by itself: ratio and floor must both be reached; a number that is unknown is no change."""
    differences = _joined(folder, [{"side": 0, "name": "u", column: before}, {"side": 1, "name": "u", column: after}])
    assert [endpoint.changes for endpoint in differences.changed] == ([changes] if changes else [])
    flags = {name: int(name in changes) for name in ("status", "size", "time", "mime", "type")}
    assert differences.counts == EndpointCounts(changed=int(bool(changes)), same=int(not changes), **flags)


def test_an_endpoint_is_summed_up(folder: Path) -> None:
    """Percentiles, all that was answered in order, up to twenty of each, and the first entry as an example."""
    rows = [{"side": 0, "name": "u", "position": 1, "ordinal": 7, "time": time} for time in (1.0, 2.0, 9.0)]
    rows += [{"side": 0, "name": "u", "position": 0, "ordinal": 2**31, "media_type": "", "size": 7, "time": None}]
    rows += [{"side": 1, "name": "u", "position": 1, "status": status} for status in range(30, 0, -1)]
    (endpoint,) = _joined(folder, rows).changed
    assert endpoint.a is not None
    assert endpoint.b is not None
    assert (endpoint.a.count, endpoint.a.size, endpoint.a.time) == (4, 5_000, 2)
    assert (endpoint.a.statuses, endpoint.b.statuses) == ([200], list(range(1, 21)))
    assert endpoint.a.mime_types == [None, "text/plain"]
    assert endpoint.a.example == str(entry_id(_CAPTURES[0][0], 2**31))
    assert endpoint.b.example == str(entry_id(_CAPTURES[1][1], 0))


def _keys(endpoints: list[Endpoint]) -> list[tuple[str, str]]:
    return [(endpoint.url, endpoint.method) for endpoint in endpoints]


_sides = st.lists(st.tuples(st.integers(0, 1), st.sampled_from("abcdef"), st.sampled_from(["GET", "PUT"])), max_size=25)


@pytest.mark.slow
@settings(max_examples=20)
@given(_sides, st.integers(0, 4), st.integers(1, 4))
def test_partitions_together_are_all_endpoints(
    folder: Path, requests: list[tuple[int, str, str]], limit: int, partitions: int
) -> None:
    """However endpoints are spread, all are counted, and the first by URL and method are listed."""
    rows = [
        {"side": side, "name": url, "method": method, "partition": ord(url) % partitions, "status": 200 + side}
        for side, url, method in requests
    ]
    differences = _joined(folder, rows, limit, partitions)
    a, b = ({(url, method) for of, url, method in requests if of == side} for side in (0, 1))
    assert _keys(differences.added) == sorted(b - a)[:limit]
    assert _keys(differences.removed) == sorted(a - b)[:limit]
    assert _keys(differences.changed) == sorted(a & b)[:limit]
    changed = len(a & b)
    calls = [Counter((url, method) for of, url, method in requests if of == side) for side in (0, 1)]
    counted = sum(calls[0][key] != calls[1][key] for key in a & b)
    assert differences.counts == EndpointCounts(len(b - a), len(a - b), changed, status=changed, count=counted)
