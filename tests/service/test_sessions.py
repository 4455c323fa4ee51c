"""Sessions are created, listed, renamed and removed; their entries are listed a page at a time."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support import hars
from tests.support.hars import JSON, UNKNOWN_ID, entries_of, entry, imported, numbered, saved
from tests.support.server import Server


def test_sessions_are_created_listed_renamed_and_removed(api: Server, traffic: Path) -> None:
    """A session lives from POST to DELETE, which takes its captures with it; the newest is listed first."""
    status, mine = api.status("/api/sessions", *JSON, "-d", '{"name":"mine"}')
    assert status == 201
    fields = {"name": "mine", "entryCount": 0, "captureCount": 0}
    assert mine == fields | {"id": mine["id"], "createdAt": mine["createdAt"]}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", mine["createdAt"])
    assert entries_of(hars.export(api, mine["id"])) == []
    imported(api, traffic, "-F", f"sessionId={mine['id']}")
    other = imported(api, traffic)
    listed = api.json("/api/sessions")["sessions"]
    assert [(one["id"], one["entryCount"]) for one in listed] == [(other["sessionId"], 5), (mine["id"], 5)]
    renamed = api.json("-X", "PATCH", f"/api/sessions/{mine['id']}", *JSON, "-d", '{"name":"yours"}')
    assert renamed == mine | {"name": "yours", "entryCount": 5, "captureCount": 1}
    assert api.json(f"/api/sessions/{mine['id']}") == renamed
    assert api.status("-X", "DELETE", f"/api/sessions/{mine['id']}") == (200, {"success": True})
    assert api.is_shared or hars.objects(api) == [f"{other['captureId']}.har.zst"]
    for request in (["-X", "DELETE"], ["-X", "PATCH", *JSON, "-d", '{"name":"x"}'], ["-X", "GET"]):
        status, answer = api.status(*request, f"/api/sessions/{mine['id']}")
        assert (status, answer["error"]) == (404, "Session not found")


@pytest.mark.parametrize("body", [["-X", "POST"], [*JSON, "-d", "{}"], [*JSON, "-d", '{"name":null}']])
def test_a_session_needs_no_name(api: Server, body: list[str]) -> None:
    """A session is created with a name of its own where none is given, also without any body."""
    status, answer = api.status("/api/sessions", *body)
    assert status == 201
    assert answer["name"] != ""


@pytest.mark.slow
@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_listing_walks_all_pages_of_all_captures(api: Server, tmp_path: Path, limit: int) -> None:
    """The cursor leads to every entry once, in stored order, and each id gives the uploaded bytes."""
    uploads = [numbered(8), hars.har(), hars.har(entry(8), b'{"no":"entry"}', entry(9)), numbered(5)]
    session = api.json("/api/sessions", *JSON, "-d", "{}")["id"]
    for upload in uploads:
        imported(api, saved(tmp_path / "x.har", upload), "-F", f"sessionId={session}")
    stored = [one for upload in uploads for one in entries_of(upload) if b'"url"' in one]
    rows = hars.all_entries(api, session, limit)
    assert [api.curl(f"/api/entries/{row['id']}") for row in rows] == stored
    assert len({row["id"] for row in rows}) == 15
    assert [row["ordinal"] for row in rows] == [*range(8), 0, 1, *range(5)]
    row = rows[9]
    assert (row["method"], row["url"], row["status"]) == ("GET", "http://example.test/9?q=é", 200)
    assert entries_of(hars.export(api, session)) == stored


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=ten", "cursor=x", f"cursor={UNKNOWN_ID}"])
def test_listing_refuses_a_wrong_limit_or_cursor(api: Server, traffic: Path, query: str) -> None:
    """A limit out of range or a cursor of elsewhere is refused, and the answer names it."""
    session = imported(api, traffic)["sessionId"]
    status, answer = api.status(f"/api/sessions/{session}/entries?{query}")
    assert (status, query.split("=")[0] in json.dumps(answer)) == (400, True)


def test_long_names_are_refused_by_member(server: Server, tmp_path: Path) -> None:
    """1 KiB of UTF-8 is taken, and comes back in a header that clients take; more is refused, and the member named."""
    name, longer = "é" * 512, "é" * 513
    session = server.json("/api/sessions", *JSON, "-d", json.dumps({"name": name}))
    assert session["name"] == name
    path = f"/api/sessions/{session['id']}"
    (sent,) = hars.headers(server, f"/api/har/export/{session['id']}")["content-disposition"]
    assert len(sent) < 1_000
    small = saved(tmp_path / "x.har", numbered(1))
    for member, request in (
        ("name", ["/api/sessions", *JSON, "-d", json.dumps({"name": longer})]),
        ("name", [path, "-X", "PATCH", *JSON, "-d", json.dumps({"name": longer})]),
        (
            "sessionName",
            ["/api/har/export", *JSON, "-d", json.dumps({"sessionId": session["id"], "sessionName": longer})],
        ),
        ("sessionName", ["/api/har/import", "-F", f"file=@{small}", "-F", f"sessionName={longer}"]),
        ("the name of the file", ["/api/har/import", "-F", f"file=@{small};filename={longer}"]),
    ):
        status, answer = server.status(*request)
        assert (status, answer["error"]) == (400, "Invalid request")
        assert f"{member} exceeds 1024 bytes" in answer["detail"]
    assert server.json(path) == session
    server.curl("-X", "DELETE", path)
