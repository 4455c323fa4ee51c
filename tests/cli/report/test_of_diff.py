"""Comparisons as reports."""

from __future__ import annotations

from typing import Any

from harlake.cli.report.model import fact_text
from harlake.cli.report.of_diff import diff_report
from harlake.cli.report.texts import text_lines

_SIDE = {"count": 1, "statuses": [200], "size": 10.0, "time": 100.0, "mimeTypes": ["text/plain"], "example": "x"}
_ANSWER: dict[str, Any] = {
    "a": {"id": "1", "name": "Before", "entryCount": 2},
    "b": {"id": "2", "name": "After", "entryCount": 2},
    "counts": {"added": 1, "removed": 0, "changed": 3, "same": 0, "changedBy": {"status": 1, "time": 1}},
    "added": [{"method": "GET", "url": "http://a/new", "count": 3, "statuses": [200, 404], "example": "x"}],
    "removed": [],
    "changed": [
        {"method": "GET", "url": "http://a/x", "changes": ["status", "time"], "a": _SIDE}
        | {"b": _SIDE | {"statuses": [200, 500], "time": 5_000.0}}
    ],
    "limited": {"changed": {"listed": 1, "of": 3}},
    "warnings": ["of 1 URLs, …"],
}


def test_lines() -> None:
    """Numbers as they were and are, ratios, and what is left out."""
    report = diff_report(_ANSWER)
    assert list(text_lines(report)) == [
        "+ GET http://a/new  3 × 200, 404",
        "~ GET http://a/x  status 200 → 200, 500, time 100 ms → 5.0 s (× 50.00)",
        "1 added, 0 removed, 3 changed, 0 same",
    ]
    assert report.warnings == ["of 1 URLs, …", "of 3 changed, 1 are listed"]
    assert report.title == "Before and After, compared"


def test_what_fails() -> None:
    """What is named, and nothing else."""
    for fail_on, failing in (([], []), (["added"], ["GET http://a/new"]), (["time"], ["GET http://a/x"])):
        assert [item.name for item in diff_report(_ANSWER, fail_on).failing] == failing
    assert [item.name for item in diff_report(_ANSWER, ["changed"]).failing] == ["GET http://a/x"]
    assert diff_report(_ANSWER, ["size", "mime"]).failing == []


def test_a_side_that_is_unknown() -> None:
    """Of a change whose numbers are not there, its name."""
    changed: dict[str, Any] = {"method": "GET", "url": "/", "changes": ["mime"], "a": {}, "b": {}}
    (item,) = diff_report(_ANSWER | {"added": [], "changed": [changed]}).items
    assert [fact_text(fact) for fact in item.facts] == ["mime"]


def _measure(name: str, unit: str, a: float | None, b: float | None, **more: Any) -> dict[str, Any]:
    return {"name": name, "unit": unit, "a": a, "b": b, "spreadA": None, "changed": True, **more}


def _of_runs() -> dict[str, Any]:
    measures = [
        _measure("time.p90", "ms", 100, 300, spreadA=[90, 120]),
        _measure("count", "count", 1, 50),
        _measure("size.p50", "bytes", 1, 1, changed=False),
    ]
    details = [
        {"part": "responseBody", "change": "type", "name": "items[].price", "a": ["number"], "b": ["string"]},
        {"part": "responseHeaders", "change": "removed", "name": "etag", "a": ["present"], "b": []},
    ]
    changed: dict[str, Any] = {
        "method": "POST",
        "url": "http://a/graphql",
        "operation": "Search",
        "changes": ["time", "count", "body"],
    }
    changed |= {"a": _SIDE, "b": _SIDE, "measures": measures, "details": details}
    runs = [{"id": "1", "name": "Before 1"}, {"id": "3", "name": "Before 2"}]
    return _ANSWER | {
        "a": _ANSWER["a"] | {"runs": runs},
        "added": [],
        "changed": [changed],
        "limited": {},
        "totals": [_measure("count", "count", 10, 59)],
        "pages": [{"name": "Home", "change": "changed", "measures": [_measure("onLoad", "ms", 800, 9_000)]}],
        "hosts": [{"name": "b.test", "change": "removed", "measures": [_measure("count", "count", 3, None)]}],
        "thirdParties": [{"name": "evil.test", "change": "added", "measures": []}],
        "folded": [{"method": "GET", "url": "/{hash}.js", "names": ["/a.1f.js"], "nameCount": 3}],
    }


def test_measures_of_runs() -> None:
    """Medians with the baseline's spread; what has not changed is left out; bodies, pages, hosts and what is folded."""
    report = diff_report(_of_runs(), ["third-parties"])
    assert list(text_lines(report)) == [
        "totals: all entries  count 10 → 59 (× 5.90)",
        "~ POST http://a/graphql (Search)  time.p90 100 ms → 300 ms (× 3.00) (was 90.0 ms to 120 ms), "
        "count 1 → 50 (× 50.00), responseBody items[].price type number → string, "
        "responseHeaders etag removed present",
        "~ page Home  onLoad 800 ms → 9.0 s (× 11.25)",
        "- host b.test  count 3",
        "+ third party evil.test",
        "folded: GET /{hash}.js",
        "    /a.1f.js",
        "    and 2 more",
        "1 added, 0 removed, 3 changed, 0 same",
    ]
    assert report.title == "Before 1, Before 2 and After, compared"
    assert [item.name for item in report.failing] == ["third party evil.test"]
