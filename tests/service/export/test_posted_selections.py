"""Exports of a selection that is posted as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import FIXTURES
from tests.support import hars
from tests.support.hars import JSON, UNKNOWN_ID, imported
from tests.support.server import Server


def _post(server: Server, **members: object) -> bytes:
    return server.curl("--fail", "/api/har/export", *JSON, "-d", json.dumps(members))


@pytest.mark.slow
def test_a_posted_selection_is_what_a_query_would_select(stocked: tuple[Server, str]) -> None:
    """Session, filter and format in JSON give the bytes that they give in a query string."""
    server, session = stocked
    for query, members in (
        ("", {}),
        ("status=200,404&order=time", {"filter": {"status": ["200", "404"]}, "order": "time"}),
        ("method=GET&format=csv", {"filter": {"method": "GET"}, "format": "csv"}),
        ("fill=true&bodies=none", {"fill": True, "bodies": "none"}),
        ("format=parquet&bodies=true", {"format": "parquet", "bodies": True}),
        ("max_part=2MB", {"maxPart": "2MB"}),
        ("max_part=2000000", {"max_part": 2_000_000}),
    ):
        assert _post(server, sessionId=session, **members) == server.curl(f"/api/har/export/{session}?{query}")


@pytest.mark.slow
def test_a_posted_selection_has_what_all_members_agree_on(stocked: tuple[Server, str]) -> None:
    """Ids, session and filter must all hold; a filter alone is asked of all sessions."""
    server, session = stocked
    other = imported(server, FIXTURES / "playwright-1.65_embed.har")["sessionId"]
    rows, others = hars.all_entries(server, session, 1000), hars.all_entries(server, other, 1000)
    ids = [row["id"] for row in reversed([*rows[:20], *others[:3]])]
    by_id = {row["id"]: server.curl(f"/api/entries/{row['id']}") for row in [*rows[:20], *others]}
    statuses = {row["id"]: row["status"] for row in [*rows, *others]}

    def lines(**members: object) -> list[bytes]:
        return [json.loads(line) for line in _post(server, format="ndjson", **members).splitlines()]

    def expected(some: list[dict[str, Any]]) -> list[Any]:
        return [json.loads(by_id[row["id"]]) for row in some]

    assert lines(entryIds=ids) == expected([*rows[:20], *others[:3]])
    assert lines(entryIds=ids, sessionId=session) == expected(rows[:20])
    kept = [row for row in rows[:20] if statuses[row["id"]] == 200]
    assert lines(entryIds=ids, sessionId=session, filter={"status": "200"}) == expected(kept)
    assert len(lines(filter={"status": "200"})) == sum(status == 200 for status in statuses.values())
    started = [(row["startedDateTime"] is None, row["startedDateTime"]) for row in rows[:20]]
    by_time = [rows[number] for number in sorted(range(20), key=started.__getitem__)]
    assert lines(entryIds=ids, sessionId=session, order="time") == expected(by_time)
    server.json("-X", "DELETE", f"/api/sessions/{other}")


@pytest.mark.parametrize(
    ("members", "status", "error"),
    [
        ({}, 400, "No entry IDs provided"),
        ({"format": "csv"}, 400, "No entry IDs provided"),
        ({"filter": {}}, 400, "No entry IDs provided"),
        ({"entryIds": [], "sessionId": "SESSION"}, 400, "No entry IDs provided"),
        ({"entryIds": [UNKNOWN_ID], "sessionId": "SESSION"}, 404, "No valid entries found"),
        ({"sessionId": UNKNOWN_ID}, 404, "Session not found"),
        ({"sessionId": "SESSION", "filter": {"states": "200"}}, 400, "Invalid request"),
        ({"sessionId": "SESSION", "format": "xml"}, 400, "Invalid request"),
        ({"sessionId": "SESSION", "filter": {"status": 200}}, 400, "Bad Request"),
        ({"entryIds": "x"}, 400, "Bad Request"),
    ],
)
def test_posted_selections_that_are_refused(
    stocked: tuple[Server, str], members: dict[str, Any], status: int, error: str
) -> None:
    """Errors have their documented texts."""
    server, session = stocked
    body = json.dumps(members).replace("SESSION", session)
    found, answer = server.status("/api/har/export", *JSON, "-d", body)
    assert (found, answer["error"]) == (status, error)
