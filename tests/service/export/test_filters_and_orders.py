"""Filtered and sorted exports: what is selected, and in which order."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import FIXTURES
from tests.support import hars
from tests.support.hars import JSON, entries_of, export, har, imported, saved, timed
from tests.support.server import Server


def _query(*pairs: tuple[str, str]) -> list[str]:
    """Return curl's arguments for a query string."""
    return ["-G", *(part for name, value in pairs for part in ("--data-urlencode", f"{name}={value}"))]


def _texts(server: Server, session: str, *pairs: tuple[str, str]) -> list[bytes]:
    return entries_of(export(server, session, *_query(*pairs)))


def _of(entry: Any, *path: str) -> Any:
    for name in path:
        entry = entry.get(name) if isinstance(entry, dict) else None
    return entry


def _status(entry: Any) -> int:
    return int(_number(entry, "response", "status") or 0)


def _started(entry: Any) -> datetime | None:
    if (seconds := _number(entry, "startedDateTime")) is not None:
        return datetime.fromtimestamp(seconds, UTC)
    try:
        found = datetime.fromisoformat(_of(entry, "startedDateTime"))
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.fromisoformat("2000-01-01T00:00Z").tzinfo)


def _number(entry: Any, *path: str) -> float | None:
    """Return a number, which may be in a string."""
    value = _of(entry, *path)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


FILTERS: dict[tuple[tuple[str, str], ...], Callable[[Any], bool]] = {
    (("method", "get"),): lambda one: str(_of(one, "request", "method")).upper() == "GET",
    (("status", "4xx,0"),): lambda one: 400 <= _status(one) <= 499 or _status(one) == 0,
    (("status", "!200-299"),): lambda one: not 200 <= _status(one) <= 299,
    (("host", "*.test"), ("q", "/1")): lambda one: (
        fnmatch.fnmatch(urlsplit(one["request"]["url"]).hostname or "", "*.test") and "/1" in one["request"]["url"]
    ),
    (("url~", "[0-9]{2}$"),): lambda one: one["request"]["url"][-2:].isdigit() and one["request"]["url"][-2:].isascii(),
    (("from", "2024-02-28T16:07:00Z"), ("to", "2024-02-28T16:31:00Z")): lambda one: (
        (started := _started(one)) is not None
        and "2024-02-28T16:07:00+00:00" <= started.isoformat() < "2024-02-28T16:31:00+00:00"
    ),
    (("min_time", "3"), ("max_time", "5")): lambda one: 3 <= (_number(one, "time") or 0) <= 5,
    (("page", "p"),): lambda one: _of(one, "pageref") == "p",
}


@pytest.mark.parametrize("query", FILTERS)
def test_exports_what_passes_the_filters(stocked: tuple[Server, str], query: tuple[tuple[str, str], ...]) -> None:
    """A filtered export has exactly the entries that Python finds in the whole one, and the pages that they name."""
    wanted = FILTERS[query]
    whole = json.loads(export(*stocked))["log"]
    found = json.loads(export(*stocked, *_query(*query)))["log"]
    expected = [one for one in whole["entries"] if wanted(one | {"pageref": _original(one)})]
    assert [_less_page(one) for one in found["entries"]] == [_less_page(one) for one in expected]
    assert len(expected) > 0
    named = {one["pageref"] for one in found["entries"] if isinstance(one.get("pageref"), str)}
    assert {page["id"] for page in found["pages"]} <= named
    assert [_page(found, one) for one in found["entries"]] == [_page(whole, one) for one in expected]


def _page(log: Any, entry: Any) -> Any:
    """Return the title of an entry's page, which stays when the page is renamed."""
    return next((page.get("title") for page in log["pages"] if page.get("id") == entry.get("pageref")), None)


def _original(entry: Any) -> Any:
    """Return the page id that an entry had before pages of equal ids were renamed."""
    return "p" if entry.get("pageref") in ("p", "p_2", "p_3") else entry.get("pageref")


def _less_page(entry: Any) -> Any:
    return {name: value for name, value in entry.items() if name != "pageref"}


def test_filtered_entries_are_the_bytes_that_came_in(stocked: tuple[Server, str]) -> None:
    """Entries of a capture whose pages keep their ids go out byte for byte, with a length that is known."""
    server, session = stocked
    whole = set(entries_of(export(server, session)))
    query = [f"/api/har/export/{session}?method=!POST&page=!p"]
    text = server.curl(*query)
    assert set(entries_of(text)) <= whole
    assert hars.headers(server, *query)["content-length"] == [str(len(text))]


def test_a_filter_that_nothing_passes_gives_an_empty_har(stocked: tuple[Server, str]) -> None:
    """What was asked for is there, even if it is nothing; so it is in a session without captures."""
    server, session = stocked
    empty = server.json("/api/sessions", *JSON, "-d", "{}")["id"]
    for one, query in ((session, "status=999"), (empty, "status=200"), (empty, "order=time")):
        log = json.loads(server.curl("--fail", f"/api/har/export/{one}?{query}"))["log"]
        assert (log["version"], log["pages"], log["entries"]) == ("1.2", [], [])
    server.json("-X", "DELETE", f"/api/sessions/{empty}")


@pytest.mark.parametrize("query", [[], [("method", "GET")]])
def test_order_by_time(stocked: tuple[Server, str], query: list[tuple[str, str]]) -> None:
    """By time, entries of all captures are in chronological order; of equal time, or without one, in stored order."""
    stored = list(map(json.loads, _texts(*stocked, *query)))
    found = list(map(json.loads, _texts(*stocked, ("order", "time"), *query)))
    keys = [(started is None, started.timestamp() if started else 0) for started in map(_started, stored)]
    assert found == [stored[number] for number in sorted(range(len(stored)), key=keys.__getitem__)]
    assert found != stored
    if not query:
        whole, by_time = (json.loads(export(*stocked, *_query(*one)))["log"] for one in ([], [("order", "time")]))
        assert by_time["pages"] == whole["pages"]


@pytest.mark.slow
def test_order_by_time_over_many_batches(own_server: Server, tmp_path: Path) -> None:
    """Batches of a few thousand join without a gap, also where many entries have the same time."""
    session = own_server.json("/api/sessions", *JSON, "-d", "{}")["id"]
    for capture in range(2):
        entries = [
            timed(number, f"2024-02-28T16:{number * 7919 % 60:02}:00.000Z" if number % 50 else None)
            for number in range(capture, 12_000, 2)
        ]
        imported(own_server, saved(tmp_path / "x.har", har(*entries)), "-F", f"sessionId={session}")
    stored = entries_of(export(own_server, session))
    times = [json.loads(one).get("startedDateTime", "9") for one in stored]
    expected = [stored[number] for number in sorted(range(len(stored)), key=times.__getitem__)]
    assert _texts(own_server, session, ("order", "time")) == expected
    assert _texts(own_server, session, ("status", "201")) == [one for one in stored if b'"status": 201' in one]


def test_cut_urls_are_warned_of(stocked: tuple[Server, str]) -> None:
    """An export whose filter sees the beginning of some URLs only says so."""
    server, _ = stocked
    session = imported(server, FIXTURES / "handmade_long-url.har")["sessionId"]
    warned = hars.headers(server, f"/api/har/export/{session}?q=x")
    assert warned["warning"][0].startswith("299 harlake ")
    assert "warning" not in hars.headers(server, f"/api/har/export/{session}?method=GET")
    server.json("-X", "DELETE", f"/api/sessions/{session}")
