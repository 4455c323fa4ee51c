"""The exporter through HTTP: what is selected, in which order, and how it is asked for and cut off."""

from __future__ import annotations

import fnmatch
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import FIXTURES, SHARED_HARS
from tests.support import hars
from tests.support.hars import JSON, UNKNOWN_ID, decoded, entries_of, export, har, imported, saved
from tests.support.server import Server, start_server

_CAPTURES = [
    *(FIXTURES / f"{name}.har" for name in ("playwright-1.65_embed", "mitmproxy-11.0_site", "handmade_wrong-types")),
    *sorted(SHARED_HARS.glob("*/*.har"), key=lambda path: (path.stat().st_size, path))[40:60],
]


def timed(number: int, started: str | None, page: str | None = None) -> bytes:
    """Return an entry that started at a time, or does not say when, and belongs to a page."""
    members: dict[str, Any] = {"startedDateTime": started, "pageref": page, "time": number % 7}
    url = f"http://example.test/{number}"
    members["request"] = {"method": "GET", "url": url}
    members["response"] = {"status": 200 + number % 3, "content": {"mimeType": "text/plain", "text": f"body {number}"}}
    return json.dumps({name: value for name, value in members.items() if value is not None}).encode()


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server, and a session of many captures that interleave in time."""
    folder = tmp_path_factory.mktemp("exporter")
    server = start_server(folder / "data")
    session = server.json("/api/sessions", *JSON, "-d", '{"name":"Many"}')["id"]
    for capture in range(3):
        times = [f"2024-02-28T16:{minute:02}:0{capture % 2}.000Z" for minute in (3 * capture, 30, 7, 7, 59)]
        entries = [timed(10 * capture + number, started, "p") for number, started in enumerate([*times, None])]
        text = har(*entries, head=b'"pages":[{"id":"p","title":"%d"},{"id":"unused"}],' % capture)
        imported(server, saved(folder / "x.har", text), "-F", f"sessionId={session}")
    for file in _CAPTURES:
        if b"\\ud" not in file.read_bytes().lower():  # lone surrogates, on which this test's own reader fails
            server.import_file(file, "-F", f"sessionId={session}")
    yield server, session
    server.stop()


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
    status = _of(entry, "response", "status")
    return int(status) if isinstance(status, int | float) and not isinstance(status, bool) else 0


def _started(entry: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(_of(entry, "startedDateTime"))
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.fromisoformat("2000-01-01T00:00Z").tzinfo)


def _number(entry: Any, *path: str) -> float | None:
    value = _of(entry, *path)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


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
    assert found == [stored[place] for place in sorted(range(len(stored)), key=keys.__getitem__)]
    assert found != stored
    if not query:
        whole, by_time = (json.loads(export(*stocked, *_query(*one)))["log"] for one in ([], [("order", "time")]))
        assert by_time["pages"] == whole["pages"]


def test_order_by_time_over_many_slices(own_server: Server, tmp_path: Path) -> None:
    """Slices of a few thousand join without a gap, also where many entries have the same time."""
    session = own_server.json("/api/sessions", *JSON, "-d", "{}")["id"]
    for capture in range(2):
        entries = [
            timed(number, f"2024-02-28T16:{number * 7919 % 60:02}:00.000Z" if number % 50 else None)
            for number in range(capture, 12_000, 2)
        ]
        imported(own_server, saved(tmp_path / "x.har", har(*entries)), "-F", f"sessionId={session}")
    stored = entries_of(export(own_server, session))
    times = [json.loads(one).get("startedDateTime", "9") for one in stored]
    expected = [stored[place] for place in sorted(range(len(stored)), key=times.__getitem__)]
    assert _texts(own_server, session, ("order", "time")) == expected
    assert _texts(own_server, session, ("status", "201")) == [one for one in stored if b'"status": 201' in one]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("format=xml", "format"),
        ("format=", "format"),
        ("order=size", "order"),
        ("fill=1", "fill"),
        ("bodies=some", "bodies"),
        ("bodies=max:", "bodies"),
        ("format=csv&bodies=true", "bodies"),
        ("format=parquet&bodies=none", "bodies"),
        ("format=csv&fill=true", "fill"),
        ("format=ndjson&max_part=500MB", "max_part"),
        ("max_part=10", "max_part"),
        ("max_part=big", "max_part"),
        ("format=har&format=csv", "format"),
        ("status=one", "status"),
        ("url~=(", "("),
        ("limit=5", "limit"),
    ],
)
def test_what_makes_no_sense_is_refused(stocked: tuple[Server, str], query: str, named: str) -> None:
    """A wrong name or value gets a 400 that names it, for GET and HEAD alike."""
    server, session = stocked
    status, answer = server.status("-g", f"/api/har/export/{session}?{query}")
    assert (status, answer["error"]) == (400, "Invalid request")
    assert named in answer["detail"]
    assert server.curl("-g", "-I", "-w", "%{http_code}", f"/api/har/export/{session}?{query}").endswith(b"400")


FORMS = [
    "",
    "method=GET",
    "order=time",
    "format=ndjson",
    "format=csv",
    "format=parquet",
    "format=parquet&bodies=true",
    "bodies=none",
    "fill=true",
    "max_part=1MB",
]


@pytest.mark.parametrize("query", FORMS)
@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
def test_head_and_conditional_requests(stocked: tuple[Server, str], query: str, coding: str) -> None:
    """HEAD has GET's headers and no body, the same request the same bytes; who has them already is not sent them."""
    server, session = stocked
    arguments = [f"/api/har/export/{session}?{query}", "-H", f"Accept-Encoding: {coding}"]
    got, head = hars.headers(server, *arguments), hars.headers(server, "-I", *arguments)
    for one in (got, head):
        assert one.pop("content-disposition")[0].startswith('attachment; filename="Many_')
        del one["date"]
        one.pop("transfer-encoding", None)  # of the body, which HEAD has none of
    assert got == head
    body = server.curl(*arguments)
    assert server.curl(*arguments) == body
    (tag,) = got["etag"]
    packed = "parquet" in query or "max_part" in query
    assert got.get("content-encoding", ["identity"]) == [coding if not packed else "identity"]
    for header, status in ((tag, 304), (f'"x", W/{tag}', 304), ("*", 304), ('"x"', 200)):
        answer = server.curl(
            "-o", "/dev/null", "-w", "%{http_code} %{size_download}", *arguments, "-H", f"If-None-Match: {header}"
        )
        assert answer.split() == [str(status).encode(), str(0 if status == 304 else len(body)).encode()]


def test_tags_tell_forms_apart(stocked: tuple[Server, str]) -> None:
    """Each form, filter and coding has a tag of its own, which another import changes."""
    server, _ = stocked
    file = FIXTURES / "playwright-1.65_embed.har"
    session = imported(server, file)["sessionId"]

    def tags() -> list[str]:
        return [
            hars.headers(server, "-I", f"/api/har/export/{session}?{query}", "-H", f"Accept-Encoding: {coding}")[
                "etag"
            ][0]
            for query in ("", "method=GET", "method=POST", "order=time", "format=csv", "format=ndjson", "fill=true")
            for coding in ("identity", "gzip", "zstd")
        ]

    before = tags()
    assert len(set(before)) == len(before)
    assert tags() == before
    imported(server, file, "-F", f"sessionId={session}")
    assert not set(before) & set(tags())
    server.json("-X", "DELETE", f"/api/sessions/{session}")


def _post(server: Server, **members: object) -> bytes:
    return server.curl("--fail", "/api/har/export", *JSON, "-d", json.dumps(members))


def test_a_posted_selection_is_what_a_query_would_select(stocked: tuple[Server, str]) -> None:
    """Session, filter and form in JSON give the bytes that they give in a query string."""
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
    by_time = [rows[place] for place in sorted(range(20), key=started.__getitem__)]
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


def test_cut_urls_are_warned_of(stocked: tuple[Server, str]) -> None:
    """An export whose filter sees the beginning of some URLs only says so."""
    server, _ = stocked
    session = imported(server, FIXTURES / "handmade_long-url.har")["sessionId"]
    warned = hars.headers(server, f"/api/har/export/{session}?q=x")
    assert warned["warning"][0].startswith("299 harlake ")
    assert "warning" not in hars.headers(server, f"/api/har/export/{session}?method=GET")
    server.json("-X", "DELETE", f"/api/sessions/{session}")


def _resources(server: Server) -> tuple[int, int]:
    """Return how many files a server has open, and how many threads run in it."""
    process = Path(f"/proc/{server.process.pid}")
    return len(list((process / "fd").iterdir())), len(list((process / "task").iterdir()))


LARGE = [
    "status=200,201,202",
    "order=time",
    "format=ndjson",
    "format=csv",
    "format=parquet&bodies=true",
    "max_part=1MB",
]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A server, and a HAR of which all exports are far larger than what is on the way to a client at a time."""
    folder = tmp_path_factory.mktemp("crowded")
    random = Random(1)
    entries = [
        json.dumps(
            {
                "startedDateTime": f"2024-02-28T16:{number % 60:02}:00.000Z",
                "request": {"method": "GET", "url": f"http://example.test/{random.randbytes(150).hex()}"},
                "response": {"status": 200 + number % 3, "content": {"text": random.randbytes(100).hex()}},
            }
        ).encode()
        for number in range(40_000)
    ]
    server = start_server(folder / "data")
    yield server, saved(folder / "x.har", har(*entries))
    server.stop()


def _downloading(server: Server, session: str, query: str, into: Path) -> subprocess.Popen[bytes]:
    """Start a slow download, and return it when it is under way."""
    url = f"{server.url}/api/har/export/{session}?{query}"
    curl = subprocess.Popen(["curl", "-sS", "-m", "120", "--limit-rate", "3M", "-o", into, url], stderr=subprocess.PIPE)
    hars.wait_for(lambda: into.exists() and into.stat().st_size > 100_000)
    return curl


def _settled(server: Server) -> tuple[int, int]:
    """Return the threads and files of a server when those of earlier requests are gone."""
    now = _resources(server)
    while True:
        time.sleep(0.5)
        before, now = now, _resources(server)
        if now == before:
            return now


def test_a_client_that_leaves_leaves_nothing_behind(crowded: tuple[Server, Path], tmp_path: Path) -> None:
    """Threads and files of an export end with it, wherever its client leaves."""
    server, file = crowded
    session = imported(server, file)["sessionId"]
    for query in LARGE:  # whatever is loaded with the first of a kind stays
        server.curl("-o", "/dev/null", f"/api/har/export/{session}?{query}")
    before = _settled(server)
    for number, query in enumerate(LARGE):
        if "parquet" in query:
            continue  # too small to be left half-way
        curl = _downloading(server, session, query, tmp_path / f"{number}")
        try:
            hars.wait_for(lambda: _resources(server) > before)
        finally:
            curl.kill()
            curl.communicate()
    hars.wait_for(lambda: _resources(server) <= before)
    server.json("-X", "DELETE", f"/api/sessions/{session}")


@pytest.mark.parametrize("query", ["status=200,201,202", "order=time", "format=ndjson", "format=csv"])
def test_an_export_of_a_removed_session_is_cut_off(crowded: tuple[Server, Path], tmp_path: Path, query: str) -> None:
    """A session that is removed in the middle makes its export end early, visibly so to the client."""
    server, file = crowded
    session = imported(server, file)["sessionId"]
    whole = len(server.curl(f"/api/har/export/{session}?{query}"))
    curl = _downloading(server, session, query, tmp_path / "out")
    server.json("-X", "DELETE", f"/api/sessions/{session}")
    curl.communicate()
    assert curl.returncode == 18
    assert (tmp_path / "out").stat().st_size < whole


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
@pytest.mark.parametrize("query", ["method=GET", "order=time", "format=ndjson", "format=csv", "fill=true"])
def test_codings_carry_the_same(stocked: tuple[Server, str], query: str, coding: str) -> None:
    """What is made on the way is the same in every coding."""
    server, session = stocked
    request = [f"/api/har/export/{session}?{query}"]
    assert decoded(server.curl(*request, "-H", f"Accept-Encoding: {coding}"), coding) == server.curl(*request)
