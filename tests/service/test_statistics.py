"""Statistics: what Python makes of the same HARs, with totals to the last byte and in percentiles within 2 %."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import FIXTURES, SHARED_HARS
from tests.support.hars import all_entries, entry, har, imported, saved
from tests.support.server import Server

_FILES = [
    *sorted(path for path in FIXTURES.glob("*.har") if not path.name.startswith("refused"))[::3],
    *(pytest.param(path, marks=pytest.mark.slow) for path in sorted(SHARED_HARS.glob("*/*.har"))[::6]),
]
_PRECISION = 0.02


def _failed(row: dict[str, Any]) -> bool:
    return bool(row["error"]) or (row["status"] or 0) <= 0 or row["status"] >= 400


def _status_class(status: int) -> str:
    if status <= 0:
        return "0"
    return f"{status // 100}xx" if 100 <= status <= 999 else "other"


def _totals(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    return {
        "count": len(rows),
        "errors": sum(map(_failed, rows)),
        **{f"{name}Bytes": sum(max(row[f"{name}Size"] or 0, 0) for row in rows) for name in ("content", "transfer")},
    }


def _by(rows: Sequence[dict[str, Any]], column: str) -> dict[Any, dict[str, int]]:
    names = {row[column] for row in rows}
    return {name: _totals([row for row in rows if row[column] == name]) for name in names}


def _check_times(found: dict[str, Any], rows: Sequence[dict[str, Any]], column: str) -> None:
    values = sorted(row[column] for row in rows if row[column] is not None and row[column] >= 0)
    assert found["max"] == (values[-1] if values else None)
    for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
        expected = values[math.ceil(len(values) * share) - 1] if values else None
        assert found[name] == (expected if expected is None else pytest.approx(expected, rel=_PRECISION, abs=0.01))


def _greatest(rows: Sequence[dict[str, Any]], column: str) -> list[float]:
    known = (row[column] for row in rows if row[column] is not None and row[column] >= 0)
    return sorted(known, reverse=True)[:10]


def _check(stats: dict[str, Any], rows: Sequence[dict[str, Any]]) -> None:
    """Check statistics against the rows of the listing."""
    totals = _totals(rows)
    assert {"count": stats["total"]} | {name: stats[name] for name in list(totals)[1:]} == totals
    assert stats["requestBytes"] == sum(max(row["requestSize"] or 0, 0) for row in rows)
    hosts = _by(rows, "host")
    if "hosts" not in stats["limited"]:
        assert {one["host"] for one in stats["hosts"]} == set(hosts)
    for host in stats["hosts"]:
        assert {name: host[name] for name in totals} == hosts[host["host"]]
    types = {one.pop("type"): one for one in stats["types"]}
    assert types == _by(rows, "type")
    for name in ("time", "wait", "connect"):
        _check_times(stats[name], rows, name)
        for host in stats["hosts"]:
            _check_times(host[name], [row for row in rows if row["host"] == host["host"]], name)
    slowest = _greatest(rows, "time")
    assert [one["time"] for one in stats["slowest"]] == slowest
    largest = _greatest(rows, "contentSize")
    assert [one["contentSize"] for one in stats["largest"]] == largest
    assert [one["id"] for one in stats["failures"]] == [row["id"] for row in rows if _failed(row)][:10]
    classes = Counter(_status_class(row["status"] or 0) for row in rows)
    assert {one["status"]: one["count"] for one in stats["statuses"]} == classes


def _check_histogram(stats: dict[str, Any], rows: Sequence[dict[str, Any]]) -> None:
    started = [datetime.fromisoformat(row["startedDateTime"]) for row in rows if row["startedDateTime"]]
    buckets = stats["histogram"]["buckets"]
    assert sum(one["count"] for one in buckets) == len(started)
    width = timedelta(milliseconds=stats["histogram"]["intervalMs"])
    starts = [datetime.fromisoformat(one["start"]) for one in buckets]
    assert all(later - earlier == width for earlier, later in pairwise(starts))
    for start, bucket in zip(starts, buckets, strict=True):
        assert bucket["count"] == sum(start <= one < start + width for one in started)


@pytest.mark.slow
@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.name)
def test_statistics_are_what_python_makes_of_the_rows(server: Server, file: Path) -> None:
    """Totals, percentiles, the ten of each list and the histogram of real HARs, filtered and not."""
    status, answer = server.status("/api/har/import", "-F", f"file=@{file}")
    if status != 200:
        pytest.skip("no HAR")
    session = answer["sessionId"]
    rows = all_entries(server, session, 1000)
    rows = [row | row.get("timings", {}) for row in rows]
    stats = server.json(f"/api/sessions/{session}/stats")
    _check_histogram(stats, rows)
    _check(stats, rows)
    failed = server.json(f"/api/sessions/{session}/stats?error=true")
    _check(failed, [row for row in rows if _failed(row)])
    server.curl("-X", "DELETE", f"/api/sessions/{session}")


def test_captures_count_together(server: Server, tmp_path: Path) -> None:
    """A session of two captures is counted as one, also where it was asked before; its entries are told apart."""
    file = saved(tmp_path / "some.har", har(*map(entry, range(7))))
    session = imported(server, file)["sessionId"]
    first = server.json(f"/api/sessions/{session}/stats")
    assert first["total"] == 7
    assert server.json(f"/api/sessions/{session}/stats") == first
    assert server.json(f"/api/sessions/{session}/stats?status=404")["total"] == 0
    imported(server, file, "-F", f"sessionId={session}")
    stats = server.json(f"/api/sessions/{session}/stats")
    assert stats["total"] == stats["hosts"][0]["count"] == 14
    assert stats["time"] == {"p50": 3.5, "p90": 3.5, "p99": 3.5, "max": 3.5}
    assert stats["histogram"]["buckets"] == [{"start": "2024-02-28T16:00:00.000Z", "count": 14, "errors": 0}]
    ids = [row["id"] for row in all_entries(server, session, 1000)]
    assert [one["id"] for one in stats["slowest"]] == ids[:10]
    server.curl("-X", "DELETE", f"/api/sessions/{session}")


def test_pages_have_the_entries_of_their_capture(server: Server, tmp_path: Path) -> None:
    """Pages of the same id in two captures are two; a page without an id has no entry, nor an unknown page a line."""
    pages = b'"pages":[{"id":"a","title":"A","pageTimings":{"onLoad":7}},{"title":"none"},{"id":"b"}],'
    refs = [b"a", b"a", b"b", b"x"]
    entries = [entry(number, b',"pageref":"%b"' % ref) for number, ref in enumerate(refs)]
    file = saved(tmp_path / "paged.har", har(*entries, entry(9), head=pages))
    session = imported(server, file)["sessionId"]
    imported(server, saved(tmp_path / "again.har", har(entries[0], head=pages)), "-F", f"sessionId={session}")
    stats = server.json(f"/api/sessions/{session}/stats")
    assert [(page["id"], page["entries"]) for page in stats["pages"]] == [
        *[("a", 2), (None, 0), ("b", 1)],
        *[("a", 1), (None, 0), ("b", 0)],
    ]
    assert (stats["pages"][0]["title"], stats["pages"][0]["onLoad"]) == ("A", 7)
    some = server.json(f"/api/sessions/{session}/stats?path=/1")
    assert [page["entries"] for page in some["pages"]] == [1, 0, 0, 0, 0, 0]
    server.curl("-X", "DELETE", f"/api/sessions/{session}")


def test_lists_that_are_cut_say_so(server: Server, tmp_path: Path) -> None:
    """Of more than a hundred hosts the largest are listed, and all count."""
    entries = [entry(0).replace(b"example.test", b"h%d.test" % number) for number in [*range(150), 149]]
    session = imported(server, saved(tmp_path / "hosts.har", har(*entries)))["sessionId"]
    stats = server.json(f"/api/sessions/{session}/stats")
    assert stats["limited"] == {"hosts": {"listed": 100, "of": 150}}
    assert stats["total"] == 151
    assert (stats["hosts"][0]["host"], stats["hosts"][0]["count"]) == ("h149.test", 2)
    server.curl("-X", "DELETE", f"/api/sessions/{session}")


def test_absurd_numbers_do_no_harm(server: Server, tmp_path: Path) -> None:
    """Sizes that no total can hold, times without end and dates out of every calendar, which are none, do no harm."""
    odd = json.loads(entry(1))
    odd["response"]["content"]["size"] = 9_000_000_000_000_000_000
    odd["time"] = 1e300
    far = json.loads(entry(2)) | {"startedDateTime": "infinity", "time": -1}
    late = json.loads(entry(2)) | {"startedDateTime": "20000-01-01T00:00:00Z", "time": 0}
    early = json.loads(entry(2)) | {"startedDateTime": "0001-01-01T00:00:00Z", "time": None}
    text = har(*(json.dumps(one).encode() for one in (odd, odd, far, late, early)))
    session = imported(server, saved(tmp_path / "odd.har", text))["sessionId"]
    status, stats = server.status(f"/api/sessions/{session}/stats")
    assert status == 200
    assert stats["total"] == 5
    assert stats["contentBytes"] == 2**63 - 1
    assert (stats["time"]["max"], stats["slowest"][-1]["time"]) == (1e300, 0)
    assert sum(one["count"] for one in stats["histogram"]["buckets"]) == 3
    server.curl("-X", "DELETE", f"/api/sessions/{session}")


def test_a_session_without_entries(server: Server) -> None:
    """The statistics of nothing are zeros."""
    session = server.json("-X", "POST", "/api/sessions")["id"]
    stats = server.json(f"/api/sessions/{session}/stats")
    assert (stats["total"], stats["hosts"], stats["histogram"]) == (0, [], {"intervalMs": 0, "buckets": []})
    assert stats["time"] == {"p50": None, "p90": None, "p99": None, "max": None}
    server.curl("-X", "DELETE", f"/api/sessions/{session}")


@pytest.mark.parametrize(
    ("path", "status"),
    [("00000000-0000-4000-8000-000000000000/stats", 404), ("x/stats", 404), ("x/stats?hosts=1", 400)],
)
def test_refusals(server: Server, path: str, status: int) -> None:
    """An unknown session is not found, an unknown parameter refused."""
    assert server.status(f"/api/sessions/{path}")[0] == status
