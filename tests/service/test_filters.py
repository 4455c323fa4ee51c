"""Filters: each name against an evaluation of the same HAR in Python, and what is refused."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from harlake.har.resource_types import RESOURCE_TYPES
from tests.conftest import FIXTURES, SHARED_HARS, needs_real_hars
from tests.support.hars import all_entries, entry, har, imported, remove_sessions, saved
from tests.support.server import Server

_SAMPLE = FIXTURES / "playwright-1.65_embed.har"

Entry = dict[str, Any]


#: Of other hosts, and without what browsers add.
_OTHER = har(entry(1), entry(2).replace(b"example.test", b"api.Example.test:8080"))


@pytest.fixture(scope="module")
def session(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A session of two captures."""
    other = saved(tmp_path_factory.mktemp("filters") / "other.har", _OTHER)
    found = imported(server, _SAMPLE)["sessionId"]
    imported(server, other, "-F", f"sessionId={found}")
    yield str(found)
    remove_sessions(server)


def _captured() -> list[Entry]:
    files = [_SAMPLE.read_bytes(), _OTHER]
    entries = [one for file in files for one in json.loads(file)["log"]["entries"]]
    return [one for one in entries if isinstance(one, dict) and isinstance(one.get("request"), dict)]


def _query(server: Server, session: str, *parameters: tuple[str, str], more: str = "") -> Any:
    return server.json(f"/api/sessions/{session}/entries?limit=1000&{urlencode(parameters)}{more}")


def _url(one: Entry) -> str:
    return str(one["request"]["url"])


def _status(one: Entry) -> int:
    return max(0, int(one["response"].get("status") or 0))


def _size(one: Entry) -> int:
    content, body = one["response"]["content"].get("size", -1), one["response"].get("bodySize", -1)
    return int(content if content >= 0 else body)


def _mime(one: Entry) -> str:
    return str(one["response"]["content"].get("mimeType") or "").partition(";")[0].lower()


def _failed(one: Entry) -> bool:
    response = one["response"]
    return bool(response.get("_error") or response.get("_failureText")) or _status(one) <= 0 or _status(one) >= 400


_CASES: list[tuple[list[tuple[str, str]], Callable[[Entry], bool]]] = [
    ([], lambda _: True),
    ([("method", "post")], lambda one: one["request"]["method"] == "POST"),
    ([("method", "!GET")], lambda one: one["request"]["method"] != "GET"),
    ([("status", "404")], lambda one: _status(one) == 404),
    ([("status", "3xx,404")], lambda one: 300 <= _status(one) < 400 or _status(one) == 404),
    ([("status", "3xx"), ("status", "404")], lambda one: 300 <= _status(one) < 400 or _status(one) == 404),
    ([("status", "200-299"), ("status", "!204")], lambda one: 200 <= _status(one) < 300 and _status(one) != 204),
    ([("status", "0")], lambda one: _status(one) == 0),
    ([("host", "127.0.0.1")], lambda one: urlsplit(_url(one)).hostname == "127.0.0.1"),
    ([("host", "*.EXAMPLE.test,none.test")], lambda one: urlsplit(_url(one)).hostname == "api.example.test"),
    ([("host", "!*example.test")], lambda one: not (urlsplit(_url(one)).hostname or "").endswith("example.test")),
    ([("path", "/")], lambda one: urlsplit(_url(one)).path == "/"),
    ([("path", "/*.*")], lambda one: fnmatch.fnmatchcase(urlsplit(_url(one)).path, "/*.*")),
    ([("url", "http*?*")], lambda one: _url(one).startswith("http") and "?" in _url(one)),
    ([("url", "!http*")], lambda one: not _url(one).startswith("http")),
    ([("url~", r"^(ws|http)://[^/]+/[a-e]")], lambda one: bool(re.match(r"(ws|http)://[^/]+/[a-e]", _url(one)))),
    ([("q", "ECHO")], lambda one: "echo" in _url(one).lower()),
    ([("mime", "image/*")], lambda one: _mime(one).startswith("image/")),
    ([("mime", "text/html,application/json")], lambda one: _mime(one) in ("text/html", "application/json")),
    ([("type", "script"), ("type", "image")], lambda one: one.get("_resourceType") in ("script", "image")),
    ([("min_time", "10")], lambda one: one["time"] >= 10),
    ([("min_time", "5.5"), ("max_time", "20")], lambda one: 5.5 <= one["time"] <= 20),
    ([("min_size", "1kB")], lambda one: _size(one) >= 1000),
    ([("max_size", "100")], lambda one: 0 <= _size(one) <= 100),
    ([("error", "true")], _failed),
    ([("error", "false")], lambda one: not _failed(one)),
    ([("has_body", "true")], lambda one: bool(one["response"]["content"].get("text"))),
    ([("has_body", "false")], lambda one: not one["response"]["content"].get("text")),
    ([("method", "GET"), ("status", "2xx"), ("mime", "!text/*")], lambda one: one["request"]["method"] == "GET"
     and 200 <= _status(one) < 300 and not _mime(one).startswith("text/")),
]  # fmt: skip


@pytest.mark.parametrize(("parameters", "passes"), _CASES, ids=lambda one: str(one) if isinstance(one, list) else "")
def test_filters(
    server: Server, session: str, parameters: list[tuple[str, str]], passes: Callable[[Entry], bool]
) -> None:
    """What is listed is what passes, in stored order, and `total` counts it."""
    answer = _query(server, session, *parameters)
    expected = [_url(one) for one in _captured() if passes(one)]
    assert [row["url"] for row in answer["entries"]] == expected
    assert answer["total"] == len(expected)
    assert not parameters or 0 < len(expected) < len(_captured())


def test_times(server: Server, session: str) -> None:
    """From then on, and before then; a time without a zone is in UTC."""
    rows = _query(server, session)["entries"]
    times = sorted(row["startedDateTime"] for row in rows)
    middle = times[len(times) // 2]
    after = _query(server, session, ("from", middle))
    before = _query(server, session, ("to", middle.removesuffix("Z")))
    assert after["total"] + before["total"] == len(rows)
    assert {row["startedDateTime"] >= middle for row in after["entries"]} == {True}
    assert {row["startedDateTime"] < middle for row in before["entries"]} == {True}
    day = datetime.fromisoformat(middle).date().isoformat()
    assert _query(server, session, ("from", day))["total"] == len(rows) - 2


def test_pages(server: Server, session: str) -> None:
    """Entries of a page."""
    page = json.loads(_SAMPLE.read_bytes())["log"]["pages"][0]["id"]
    assert _query(server, session, ("page", page))["total"] == len(_captured()) - 2
    assert _query(server, session, ("page", f"!{page}"))["total"] == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "abc"),
        ("has_body", "!true"),
        ("url~", "("),
        ("sort", "size"),
        ("colour", "red"),
    ],
)
def test_refusals(server: Server, session: str, name: str, value: str) -> None:
    """A wrong name or value is named, with what is allowed."""
    status, answer = server.status(f"/api/sessions/{session}/entries?{urlencode({name: value})}")
    assert (status, answer["error"]) == (400, "Invalid request")
    assert (name in answer["detail"]) or (value in answer["detail"])


def test_long_urls_are_warned_of(server: Server, tmp_path: Path) -> None:
    """A filter that sees only the beginning of some URLs says so, and any other one does not."""
    long = entry(1).replace(b"http://example.test/1", b"http://example.test/" + b"x" * 3000 + b"/end")
    session = imported(server, saved(tmp_path / "long.har", har(long, entry(2))))["sessionId"]
    assert "1 URL" in _query(server, session, ("q", "end"))["warnings"][0]
    assert "warnings" not in _query(server, session, ("method", "GET"))
    assert len(_query(server, session, ("q", "xxx"))["entries"][0]["url"]) > 3000


@needs_real_hars
def test_types_where_nobody_says(server: Server) -> None:
    """A resource's type follows from its media type in HARs that do not carry it."""
    files = [path for path in sorted(SHARED_HARS.glob("**/*.har")) if b"_resourceType" not in path.read_bytes()]
    assert files
    session = imported(server, min(files, key=lambda path: abs(path.stat().st_size - 300_000)))["sessionId"]
    for row in all_entries(server, session, 1000):
        assert row["type"] in RESOURCE_TYPES
        if (row["mimeType"] or "").startswith("image/"):
            assert row["type"] == "image"
