"""The listing: every order, in pages of any size, over several captures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harlake.query.columns import COLUMNS
from tests.conftest import FIXTURES
from tests.support.hars import entry, har, imported, remove_sessions, saved
from tests.support.server import Server

_SAMPLE = FIXTURES / "playwright-1.65_embed.har"


@pytest.fixture(scope="module")
def session(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A session of three captures, of which two are the same and one has next to nothing."""
    folder = tmp_path_factory.mktemp("listing")
    bare = saved(folder / "bare.har", har(b'{"request":{"url":"a"}}', entry(1), b'{"request":{"url":""}}'))
    found = imported(server, _SAMPLE)["sessionId"]
    for file in (bare, _SAMPLE):
        imported(server, file, "-F", f"sessionId={found}")
    yield str(found)
    remove_sessions(server)


def _pages(server: Server, session: str, query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = server.json(f"/api/sessions/{session}/entries?{query}{cursor and f'&cursor={cursor}'}")
        rows += page["entries"]
        assert page["total"] >= len(rows)
        cursor = page["next"]
    assert page["total"] == len(rows)
    return rows


@pytest.mark.slow
@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("sign", ["", "-"])
def test_orders(server: Server, session: str, column: str, sign: str) -> None:
    """Pages put together are the whole, sorted by a column, without a value last, and otherwise in stored order."""
    stored = _pages(server, session, "limit=1000")
    known = [row for row in stored if row[column] is not None]
    known.sort(key=lambda row: _comparable(row[column]), reverse=bool(sign))  # equal values stay in order
    expected = known + [row for row in stored if row[column] is None]
    if column == "ordinal" and not sign:
        expected = stored
    rows = _pages(server, session, f"limit=17&sort={sign}{column}")
    assert [row["id"] for row in rows] == [row["id"] for row in expected]
    assert rows == _pages(server, session, f"limit=1000&sort={sign}{column}")


def _comparable(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


def test_a_filter_and_an_order(server: Server, session: str) -> None:
    """Pages of what passes a filter, in an order."""
    rows = _pages(server, session, "limit=3&status=2xx&sort=-time")
    expected = [row for row in _pages(server, session, "limit=1000&sort=-time") if 200 <= (row["status"] or 0) < 300]
    assert rows == expected


def test_a_cursor_belongs_to_its_order(server: Server, session: str) -> None:
    """A cursor of another order, or of another session, is refused."""
    cursor = server.json(f"/api/sessions/{session}/entries?limit=1&sort=url")["next"]
    other = imported(server, _SAMPLE)["sessionId"]
    for path in (f"{session}/entries?cursor={cursor}", f"{other}/entries?sort=url&cursor={cursor}"):
        status, answer = server.status(f"/api/sessions/{path}")
        assert (status, answer["error"]) == (400, "Invalid request")


def test_an_entry_is_a_cursor(server: Server, session: str) -> None:
    """In stored order, a page can begin with any entry."""
    rows = _pages(server, session, "limit=1000")
    for start in (0, 29, 30, 31, 32, 33, len(rows) - 1):
        page = server.json(f"/api/sessions/{session}/entries?limit=2&cursor={rows[start]['id']}")
        assert page["entries"] == rows[start : start + 2]


def test_a_session_without_entries(server: Server, tmp_path: Path) -> None:
    """Nothing is listed, in any order."""
    session = imported(server, saved(tmp_path / "empty.har", har()))["sessionId"]
    for query in ("", "?sort=-time", "?status=200"):
        assert server.json(f"/api/sessions/{session}/entries{query}") == {"entries": [], "next": None, "total": 0}


def test_orders_by_time_are_instants(server: Server, tmp_path: Path) -> None:
    """Entries are sorted by when they started, not by how that is written."""
    times = ["2024-01-01T12:00:00+09:00", "2024-01-01T04:00:00Z", "2024-01-01T02:59:59.999999Z"]
    entries = [json.dumps({"startedDateTime": time, "request": {"url": "a"}}).encode() for time in times]
    session = imported(server, saved(tmp_path / "times.har", har(*entries)))["sessionId"]
    rows = _pages(server, session, "limit=1&sort=startedDateTime")
    assert [row["ordinal"] for row in rows] == [2, 0, 1]
