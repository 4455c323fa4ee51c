"""Comparisons: what Python makes of the same entries."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.conftest import FIXTURES
from tests.support.folding import folded
from tests.support.hars import all_entries, entry, har, imported, saved
from tests.support.server import Server


def _endpoints(rows: list[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["method"] or "", folded(row["url"])), []).append(row)
    return found


def _two(server: Server, first: Path, second: Path) -> tuple[str, str]:
    return imported(server, first)["sessionId"], imported(server, second)["sessionId"]


def _remove(server: Server, *sessions: str) -> None:
    for session in sessions:
        server.curl("-X", "DELETE", f"/api/sessions/{session}")


def test_real_sessions_compare_as_python_does(server: Server) -> None:
    """What is added, removed and common of two browsers' HARs of the same site."""
    files = sorted(FIXTURES.glob("*_embed.har"))[:1] + sorted(FIXTURES.glob("chrome-har-capturer*.har"))[:1]
    a, b = _two(server, *files)
    first, second = (_endpoints(all_entries(server, one, 1000)) for one in (a, b))
    diff = server.json(f"/api/sessions/{a}/diff/{b}")
    listed = {name: [(one["method"], one["url"]) for one in diff[name]] for name in ("added", "removed", "changed")}
    assert listed["added"] == sorted(second.keys() - first.keys(), key=lambda one: one[::-1])
    assert listed["removed"] == sorted(first.keys() - second.keys(), key=lambda one: one[::-1])
    assert set(listed["changed"]) <= first.keys() & second.keys()
    counts = diff["counts"]
    assert counts["changed"] + counts["same"] == len(first.keys() & second.keys())
    for one in diff["removed"]:
        rows = first[one["method"], one["url"]]
        assert one["count"] == len(rows)
        assert one["statuses"] == sorted({max(row["status"] or 0, 0) for row in rows})
        assert one["example"] == rows[0]["id"]
    assert server.json(f"/api/sessions/{a}/diff/{b}") == diff
    _remove(server, a, b)


def _variant(number: int, **changes: Any) -> bytes:
    one = json.loads(entry(number))
    one["request"]["url"] = f"http://example.test/p{number}"
    one["response"]["status"] = changes.get("status", 200)
    one["response"]["content"] |= {"size": changes.get("size", 5000), "mimeType": changes.get("mime", "text/plain")}
    one["time"] = changes.get("time", 100)
    return json.dumps(one).encode()


def test_each_kind_of_change_is_told(server: Server, tmp_path: Path) -> None:
    """Status, size, time and media type, each with what it was and is; noise is no change."""
    changes: list[dict[str, Any]] = [
        *({"status": 500}, {"size": 10_000}, {"time": 250.0}, {"mime": "text/html"}),
        *({"time": 149.0}, {"size": 5900}, {}),
    ]
    before = saved(tmp_path / "a.har", har(*(_variant(number) for number in range(8))))
    after = har(*(_variant(number, **one) for number, one in enumerate(changes)), _variant(9))
    a, b = _two(server, before, saved(tmp_path / "b.har", after))
    diff = server.json(f"/api/sessions/{a}/diff/{b}")
    assert [one["changes"] for one in diff["changed"]] == [["status"], ["size"], ["time"], ["mime"]]
    assert diff["counts"] == {
        "added": 1,
        "removed": 1,
        "changed": 4,
        "same": 3,
        "changedBy": {"status": 1, "size": 1, "time": 1, "mime": 1},
    }
    size = diff["changed"][1]
    assert (size["a"]["size"], size["b"]["size"], size["sizeRatio"]) == (median([5000]), 10_000, 2.0)
    strict = server.json(f"/api/sessions/{a}/diff/{b}?size_ratio=3&time_ratio=3")
    assert [one["changes"] for one in strict["changed"]] == [["status"], ["mime"]]
    filtered = server.json(f"/api/sessions/{a}/diff/{b}?path=/p1")
    assert filtered["counts"]["changed"] == 1
    cut = server.json(f"/api/sessions/{a}/diff/{b}?limit=1")
    assert cut["limited"] == {"changed": {"listed": 1, "of": 4}}
    assert cut["changed"] == diff["changed"][:1]
    _remove(server, a, b)


@pytest.mark.parametrize("query", ["limit=-1", "size_ratio=0.5", "nope=1"])
def test_wrong_parameters_are_refused(server: Server, query: str) -> None:
    """A parameter that makes no sense is refused, before the sessions are looked up."""
    assert server.status(f"/api/sessions/x/diff/y?{query}")[0] == 400
    assert server.status("/api/sessions/x/diff/y")[0] == 404
