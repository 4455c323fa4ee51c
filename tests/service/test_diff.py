"""Comparisons: what Python makes of the same entries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harlake.har.url_folding import fold_url
from tests.conftest import FIXTURES
from tests.support.hars import all_entries, entry, har, imported, saved
from tests.support.server import Server

_QUERY = frozenset({"query"})
_CHANGES = ("count", "status", "size", "transfer", "time", "mime", "type", "body", "headers", "redirect")


def _endpoints(rows: list[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(((row["method"] or "").upper(), fold_url(row["url"], _QUERY).folded), []).append(row)
    return found


def _two(server: Server, first: Path, second: Path) -> tuple[str, str]:
    return imported(server, first)["sessionId"], imported(server, second)["sessionId"]


def _remove(server: Server, *sessions: str) -> None:
    for session in sessions:
        server.curl("-X", "DELETE", f"/api/sessions/{session}")


@pytest.mark.slow
def test_real_sessions_compare_as_python_does(server: Server) -> None:
    """What is added, removed and common of two browsers' HARs of the same site."""
    files = sorted(FIXTURES.glob("*_embed.har"))[:1] + sorted(FIXTURES.glob("chrome-har-capturer*.har"))[:1]
    a, b = _two(server, *files)
    first, second = (_endpoints(all_entries(server, one, 1000)) for one in (a, b))
    diff = server.json(f"/api/sessions/{a}/diff/{b}?fold=query")
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
    assert server.json(f"/api/diff?a={a}&b={b}&fold=query") == diff
    _remove(server, a, b)


def _variant(number: int, **changes: Any) -> bytes:
    one = json.loads(entry(number))
    one["request"]["url"] = f"http://example.test/p{number}"
    one["response"]["status"] = changes.get("status", 200)
    one["response"]["content"] |= {"size": changes.get("size", 5000), "mimeType": changes.get("mime", "text/plain")}
    one["time"] = changes.get("time", 100)
    return json.dumps(one).encode()


@pytest.mark.slow
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
    counts = diff["counts"]
    assert [counts[name] for name in ("added", "removed", "changed", "same", "sporadic")] == [1, 1, 4, 3, 0]
    assert counts["changedBy"] == dict.fromkeys(_CHANGES, 0) | {"status": 1, "size": 1, "time": 1, "mime": 1}
    size = diff["changed"][1]
    assert (size["a"]["size"], size["b"]["size"], size["sizeRatio"]) == (5000, 10_000, 2.0)
    ignoring = server.json(f"/api/sessions/{a}/diff/{b}?ignore=status,mime&ignore=size&min_ms=1000")
    assert (ignoring["changed"], ignoring["counts"]["same"]) == ([], 7)
    strict = server.json(f"/api/sessions/{a}/diff/{b}?size_ratio=3&time_ratio=3")
    assert [one["changes"] for one in strict["changed"]] == [["status"], ["mime"]]
    filtered = server.json(f"/api/sessions/{a}/diff/{b}?path=/p1")
    assert filtered["counts"]["changed"] == 1
    cut = server.json(f"/api/sessions/{a}/diff/{b}?limit=1")
    assert cut["limited"] == {"changed": {"listed": 1, "of": 4}}
    assert cut["changed"] == diff["changed"][:1]
    _remove(server, a, b)


@pytest.mark.parametrize(
    "query",
    [
        *("limit=-1", "size_ratio=0.5", "time_ratio=nan", "min_ms=-1", "nope=1", "fold=nope", "key=nope", "key=query:"),
        *("map_host=a", "map_host==b", "ignore=nope", "bodies=maybe", f"key={'url,' * 300}"),
    ],
)
def test_wrong_parameters_are_refused(server: Server, query: str) -> None:
    """A parameter that makes no sense is refused, before the sessions are looked up."""
    assert server.status(f"/api/sessions/x/diff/y?{query}")[0] == 400
    assert server.status(f"/api/diff?a=x&b=y&{query}")[0] == 400


def test_sides_must_be_there(server: Server) -> None:
    """Both are needed, and sessions or captures; the route of two sessions takes no more of them."""
    assert server.status("/api/sessions/x/diff/y")[0] == 404
    assert server.status("/api/diff?a=x&b=y")[0] == 404
    assert server.status("/api/diff?a=x")[0] == 400
    assert server.status("/api/sessions/x/diff/y?a=x")[0] == 400


@pytest.mark.slow
def test_captures_and_several_runs_are_compared(server: Server, tmp_path: Path) -> None:
    """Medians over the runs of each side, with what they differ by; captures of a session by their ids."""
    slow = [saved(tmp_path / f"{time}.har", har(_variant(1, time=time))) for time in (100, 900, 150, 2_000)]
    ids = [imported(server, file) for file in slow]
    sessions = [one["sessionId"] for one in ids]
    query = "&".join(f"a={session}" for session in sessions[:3])
    assert server.json(f"/api/diff?{query}&b={sessions[1]}")["counts"]["same"] == 1
    diff = server.json(f"/api/diff?{query}&b={sessions[3]}")
    (time,) = [one for one in diff["changed"][0]["measures"] if one["name"] == "time.p50"]
    assert (time["a"], time["b"], time["spreadA"], time["changed"]) == (150, 2_000, [100, 900], True)
    assert len(diff["a"]["runs"]) == 3
    capture = server.json(f"/api/sessions/{sessions[0]}/captures")["captures"][0]["id"]
    assert server.json(f"/api/diff?a={capture}&b={sessions[3]}")["changed"][0]["changes"] == ["time"]
    _remove(server, *sessions)


@pytest.mark.slow
def test_bodies_headers_and_redirects_are_compared(server: Server, tmp_path: Path) -> None:
    """Members of JSON that are added, removed or of another type; headers that one side never has; where it leads."""

    def one(number: int, text: str, header: str, target: str = "") -> bytes:
        made = json.loads(_variant(number))
        made["response"]["content"] |= {"text": text, "mimeType": "application/json"}
        made["response"] |= {"headers": [{"name": header, "value": "x"}], "redirectURL": target}
        if target:
            made["response"]["status"] = 302
        return json.dumps(made).encode()

    before = har(one(1, '{"items": [{"price": 2.5, "old": 1}], "by": {"17": 1}}', "X-Old"), one(2, "", "x", "/home"))
    after = har(one(1, '{"items": [{"price": "2.5", "new": null}], "by": {"18": 1}}', "X-New"), one(2, "", "x", "/in"))
    a, b = _two(server, saved(tmp_path / "a.har", before), saved(tmp_path / "b.har", after))
    assert server.json(f"/api/diff?a={a}&b={b}")["counts"]["same"] == 2
    diff = server.json(f"/api/diff?a={a}&b={b}&bodies=true")
    details = {one["url"]: [(d["part"], d["change"], d["name"]) for d in one["details"]] for one in diff["changed"]}
    assert details["http://example.test/p1"] == [
        ("responseBody", "added", "items[].new"),
        ("responseBody", "removed", "items[].old"),
        ("responseBody", "type", "items[].price"),
        ("responseHeaders", "added", "x-new"),
        ("responseHeaders", "removed", "x-old"),
    ]
    assert details["http://example.test/p2"] == [
        ("redirects", "removed", "302 http://example.test/home"),
        ("redirects", "added", "302 http://example.test/in"),
    ]
    assert [one["changes"] for one in diff["changed"]] == [["body", "headers"], ["redirect"]]
    _remove(server, a, b)


@pytest.mark.slow
def test_percentiles_are_those_of_sql(server: Server, tmp_path: Path) -> None:
    """Of statistics and of a comparison."""
    times = [float(number * number % 997) for number in range(1, 60)]
    entries = [json.dumps(json.loads(_variant(1, time=time))).encode() for time in times]
    (session, *_) = [imported(server, saved(tmp_path / "a.har", har(*entries)))["sessionId"]]
    stats = server.json(f"/api/sessions/{session}/stats")["time"]
    columns = [f"quantile_disc(time_ms, 0.{share}) AS p{share}" for share in (50, 90, 99)]
    sql = f"SELECT {', '.join(columns)}, max(time_ms) AS max FROM entries WHERE session = '{session}'"
    rows = server.curl("--fail", "/api/sql", "-H", "Content-Type: application/json", "-d", json.dumps({"sql": sql}))
    assert json.loads(rows.splitlines()[0]) == stats
    _remove(server, session)
