"""Values that are not of their types, through HTTP: rows, filters, statistics and filled exports agree on them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.conftest import SHARED_HARS
from tests.support.hars import JSON, imported, saved
from tests.support.server import Server

_CASES = SHARED_HARS.parent / "cases"

_STARTED = "2024-05-01T10:00:00.000Z"


def _session(server: Server, folder: Path, *entries: dict[str, Any], **log: Any) -> str:
    har = {"log": {"version": "1.2", "creator": {"name": "c", "version": "1"}, **log, "entries": list(entries)}}
    return str(imported(server, saved(folder / "odd.har", json.dumps(har).encode()))["sessionId"])


def _entry(url: str = "https://example.com/", **members: Any) -> dict[str, Any]:
    return {"startedDateTime": _STARTED, "request": {"method": "GET", "url": url}, **members}


def _rows(server: Server, session: str, **filters: str) -> list[dict[str, Any]]:
    found = server.json(f"/api/sessions/{session}/entries?{urlencode({'limit': '1000', **filters})}")["entries"]
    return list(found)


def _filled(server: Server, session: str) -> Any:
    return server.json(f"/api/har/export/{session}?fill=true")["log"]


def test_numbers_in_strings_are_numbers(server: Server, tmp_path: Path) -> None:
    """A status in a string is no failure; rows, filters, pages, statistics and filled exports say the same."""
    response = {
        "status": "200",
        "bodySize": "10",
        "_transferSize": "12.0",
        "content": {"size": " 20 ", "mimeType": "a/b"},
    }
    entries = [
        _entry(time="12.5", response=response, pageref=1, timings={"send": "1", "wait": "11", "receive": ".5"}),
        _entry(time="20", response=response | {"status": "404"}, pageref="1"),
    ]
    page = {"id": 1, "title": "t", "startedDateTime": 1714557600000, "pageTimings": {"onLoad": "900"}}
    session = _session(server, tmp_path, *entries, pages=[page])
    rows = _rows(server, session)
    assert [(row["status"], row["time"], row["pageref"]) for row in rows] == [(200, 12.5, "1"), (404, 20, "1")]
    assert [rows[0][f"{name}Size"] for name in ("response", "transfer", "content")] == [10, 12, 20]
    assert [row["status"] for row in _rows(server, session, status="404")] == [404]
    assert len(_rows(server, session, page="1", min_time="12.5")) == 2
    stats = server.json(f"/api/sessions/{session}/stats")
    assert (stats["errors"], len(stats["failures"]), stats["transferBytes"]) == (1, 1, 24)
    assert [(one["id"], one["entries"], one["onLoad"]) for one in stats["pages"]] == [("1", 2, 900)]
    assert stats["pages"][0]["startedDateTime"] == _STARTED
    log = _filled(server, session)
    assert [(one["response"]["status"], one["time"], one["pageref"]) for one in log["entries"]] == [
        *((200, 12.5, "1"), (404, 20, "1")),
    ]
    assert log["pages"][0]["id"] == "1"


def test_hosts_are_found_however_urls_are_written(server: Server, tmp_path: Path) -> None:
    """And filtered by in any spelling."""
    urls = {
        "https://user:secret@Example.com:8443/a": ("example.com", "/a"),
        "example.com:443": ("example.com", None),
        "//cdn.example.com/x.js": ("cdn.example.com", "/x.js"),
        "https:\\\\example.com\\a": ("example.com", "/a"),
        "https://example.com.?x": ("example.com", "/"),
        "https://[2001:DB8::1]:443/": ("[2001:db8::1]", "/"),
        "WSS://example.com/socket": ("example.com", "/socket"),
    }
    session = _session(server, tmp_path, *map(_entry, urls))
    rows = _rows(server, session)
    assert {row["url"]: (row["host"], row["path"]) for row in rows} == urls
    assert rows[-1]["type"] == "websocket"
    for host, count in {
        **dict.fromkeys(("example.com", "EXAMPLE.com.", "exam*.com"), 5),
        **dict.fromkeys(("2001:db8::1", "[2001:db8::1]", "2001:DB8:0::1"), 1),
        "*.example.com": 1,
    }.items():
        assert len(_rows(server, session, host=host)) == count, host


@pytest.mark.parametrize("kind", ["wasm", "Signed Exchange", "xmlhttprequest", "something, else", "x" * 300, "ü"])
def test_any_type_that_rows_show_can_be_filtered_for(server: Server, tmp_path: Path, kind: str) -> None:
    """Listings, statistics and exports take it."""
    session = _session(server, tmp_path, _entry(_resourceType=kind), _entry(_resourceType="script"))
    shown = _rows(server, session)[0]["type"]
    assert [row["ordinal"] for row in _rows(server, session, type=shown)] == [0]
    assert [row["ordinal"] for row in _rows(server, session, type=f"!{shown}")] == [1]
    query = urlencode({"type": shown})
    assert server.json(f"/api/sessions/{session}/stats?{query}")["total"] == 1
    assert len(server.json(f"/api/har/export/{session}?{query}")["log"]["entries"]) == 1


def test_methods_media_types_and_caches(server: Server, tmp_path: Path) -> None:
    """Statistics have one line for what differs in spelling only."""
    entries = [
        _entry(
            request={"method": method, "url": "https://example.com/"},
            response={"status": 200, "content": {"mimeType": mime_type}},
            _fetchType=fetched,
        )
        for method, mime_type, fetched in (
            ("post", "text/html, text/html", "Memory Cache"),
            ("POST", "TEXT/HTML;charset=x", "Disk Cache"),
            ("Post", "text/html\ntext/html", "Network Load"),
        )
    ]
    session = _session(server, tmp_path, *entries)
    assert [row["fromCache"] for row in _rows(server, session)] == [True, True, False]
    stats = server.json(f"/api/sessions/{session}/stats")
    assert [(one["method"], one["count"]) for one in stats["methods"]] == [("POST", 3)]
    assert [(one["mimeType"], one["count"]) for one in stats["mimeTypes"]] == [("text/html", 3)]
    assert len(_rows(server, session, method="post")) == 3


@pytest.mark.slow
def test_times_and_sizes_that_are_missing(server: Server, tmp_path: Path) -> None:
    """They are what the timings and the body say; SQL has them as well."""
    timings = {"blocked": -1, "dns": 2, "connect": 5, "ssl": 3, "send": 0, "wait": 10, "receive": 1}
    session = _session(server, tmp_path, _entry(timings=timings, response={"status": 200, "bodySize": 7}))
    (row,) = _rows(server, session)
    assert (row["time"], row["transferSize"], row["transferSizeFrom"]) == (18, 7, "bodySize")
    assert _filled(server, session)["entries"][0]["time"] == 18
    query = f"SELECT time_ms, transfer_size, transfer_size_from, operation FROM entries WHERE session = '{session}'"
    (line,) = server.curl("/api/sql", *JSON, "-d", json.dumps({"sql": query})).splitlines()
    assert list(json.loads(line).values()) == [18, 7, "bodySize", None]


def test_operations_are_columns(server: Server, tmp_path: Path) -> None:
    """GraphQL and JSON-RPC name what they call."""
    bodies = ('{"operationName":"Login","query":"mutation Login{x}"}', '{"jsonrpc":"2.0","method":"ping"}', "a=b")
    entries = [
        _entry(
            request={"method": "POST", "url": "https://example.com/api", "postData": {"mimeType": "a/b", "text": body}}
        )
        for body in bodies
    ]
    session = _session(server, tmp_path, *entries)
    assert [row["operation"] for row in _rows(server, session)] == ["Login", "ping", None]


@pytest.mark.parametrize("name", ["07", "08", "14", "16", "20", "21a", "22", "29", "31"])
def test_cases_of_real_reports(server: Server, name: str) -> None:
    """Each is imported as a whole, and has rows that can be filtered for by what they show."""
    paths = list(_CASES.glob(f"{name}-*.har"))
    if not paths:
        pytest.skip("needs ../shared/cases")
    session = imported(server, paths[0])["sessionId"]
    rows = _rows(server, session)
    assert rows
    for row in rows:
        assert row["ordinal"] in {one["ordinal"] for one in _rows(server, session, type=row["type"])}
        if row["host"]:
            assert row["ordinal"] in {one["ordinal"] for one in _rows(server, session, host=row["host"])}
    for one in _filled(server, session)["entries"]:
        for header in one["request"]["headers"] + one["response"]["headers"]:
            assert isinstance(header["value"], str)
