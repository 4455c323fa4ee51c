"""The HTTP contract, word for word: what the API documentation and DESIGN.md §5 promise."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import harlake
from tests.support import hars
from tests.support.hars import JSON, UNKNOWN_ID, entries_of, entry, imported, numbered, saved, send
from tests.support.server import Server, start_server


@pytest.fixture
def api(server: Server) -> Iterator[Server]:
    """The shared server, empty before and after."""
    yield server
    hars.remove_sessions(server)


@pytest.fixture
def traffic(tmp_path: Path) -> Path:
    """A HAR of five entries."""
    return saved(tmp_path / "chrome-export.har", numbered(5))


# The documentation's command lines, to the letter.
_IMPORT = 'curl -X POST http://localhost:8889/api/har/import \\\n  -F "file=@'
IMPORT = _IMPORT + 'traffic.har"'
IMPORT_INTO = _IMPORT + 'traffic.har" \\\n  -F "sessionId=session-uuid"'
IMPORT_NAMED = _IMPORT + 'chrome-export.har" \\\n  -F "sessionName=Chrome DevTools Export"'
IMPORT_CHROME = _IMPORT + 'www.example.com.har" \\\n  -F "sessionName=Chrome Capture"'
EXPORT = "curl http://localhost:8889/api/har/export/session-uuid -o traffic.har"
SELECT = """curl -X POST http://localhost:8889/api/har/export \\
  -H "Content-Type: application/json" \\
  -d '{"entryIds": ["entry-uuid-1", "entry-uuid-2"]}' \\
  -o selected.har"""
VALIDATE = 'curl -X POST http://localhost:8889/api/har/validate \\\n  -F "file=@traffic.har"'
CREATE = """curl -X POST http://localhost:8889/api/sessions \\
  -H "Content-Type: application/json" \\
  -d '{"name": "Restored Backup"}'"""


def test_documented_command_lines_work_as_they_stand(tmp_path: Path) -> None:
    """Every documented curl line works on port 8889 with nothing but ids and file names filled in."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", 8889))
        except OSError:
            pytest.skip("port 8889 is taken")
    original = numbered(47)
    for name in ("traffic.har", "chrome-export.har", "www.example.com.har"):
        saved(tmp_path / name, original)

    def run(line: str, **values: str) -> Any:
        for placeholder, value in values.items():
            line = line.replace(placeholder.replace("_", "-"), value)
        done = subprocess.run(["bash", "-ec", line], cwd=tmp_path, capture_output=True, check=True)
        return json.loads(done.stdout) if done.stdout else None

    server = start_server(tmp_path / "data", port=8889)
    try:
        first = run(IMPORT)
        assert (first["success"], first["imported"], first["total"]) == (True, 47, 47)
        assert first["sessionName"] == "Imported: traffic"
        again = run(IMPORT_INTO, session_uuid=first["sessionId"])
        assert (again["sessionId"], again["sessionName"]) == (first["sessionId"], "Imported: traffic")
        assert run(IMPORT_NAMED)["sessionName"] == "Chrome DevTools Export"
        assert run(IMPORT_CHROME)["sessionName"] == "Chrome Capture"

        ids = hars.ids_of(server, first["sessionId"])
        run(SELECT, entry_uuid_1=ids[0], entry_uuid_2=ids[1])
        assert entries_of((tmp_path / "selected.har").read_bytes()) == entries_of(original)[:2]

        run(EXPORT.replace("traffic.har", "backup.har"), session_uuid=first["sessionId"])
        valid = run(VALIDATE.replace("traffic.har", "backup.har"))
        assert (valid["valid"], valid["version"], valid["entryCount"]) == (True, "1.2", 94)
        restored = run(CREATE)
        answer = run(IMPORT_INTO.replace("traffic.har", "backup.har"), session_uuid=restored["id"])
        assert (answer["imported"], answer["sessionName"]) == (94, "Restored Backup")
        run(EXPORT, session_uuid=restored["id"])
        assert entries_of((tmp_path / "traffic.har").read_bytes()) == 2 * entries_of(original)
    finally:
        server.stop()


def test_import_answers_with_all_documented_fields(api: Server, traffic: Path) -> None:
    """An import says what it imported, and where to: a session that is named after the file."""
    answer = imported(api, traffic)
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.pop("sessionId"))
    assert hars.objects(api) == [f"{answer.pop('captureId')}.har.zst"]
    assert re.fullmatch(r"[0-9a-f]{64}", answer.pop("sha256"))
    size = traffic.stat().st_size
    assert answer == {
        "success": True,
        "imported": 5,
        "total": 5,
        "sessionName": "Imported: chrome-export",
        "errors": [],
        "warnings": [],
        "encoding": "identity",
        "uploadBytes": size,
        "harBytes": size,
    }


@pytest.mark.parametrize("first", ["file", "field"])
@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("sessionName=Größe: 20 €", "Größe: 20 €"),
        ("sessionName=", "Imported: chrome-export"),
        ("sessionId=", "Imported: chrome-export"),
    ],
)
def test_import_names_the_new_session(api: Server, traffic: Path, first: str, field: str, name: str) -> None:
    """A sessionName counts before and after the file; an empty field, as web forms send it, is none."""
    answer = api.json("/api/har/import", *hars.form(traffic, field, first))
    assert answer["sessionName"] == name
    assert api.json(f"/api/sessions/{answer['sessionId']}")["name"] == name


@pytest.mark.parametrize("first", ["file", "field"])
def test_import_into_an_existing_session(api: Server, traffic: Path, first: str) -> None:
    """A sessionId counts before and after the file, and the session keeps its own name."""
    session = api.json("/api/sessions", *JSON, "-d", '{"name":"mine"}')["id"]
    form = [*hars.form(traffic, f"sessionId={session}", first), "-F", "sessionName=other"]
    answer = api.json("/api/har/import", *form)
    assert (answer["sessionId"], answer["sessionName"]) == (session, "mine")
    assert [one["id"] for one in api.json("/api/sessions")["sessions"]] == [session]


NO_FILE = {
    "no file part": ["-F", "sessionName=x"],
    "file under another name": ["-F", "har=@FILE"],
    "a JSON body": [*JSON, "-d", '{"log":{}}'],
    "a urlencoded body": ["-d", "file=x"],
    "another multipart": ["-H", "Content-Type: multipart/mixed; boundary=x", "-d", "--x--\r\n"],
    "nothing": ["-X", "POST"],
}


@pytest.mark.parametrize("route", ["import", "validate"])
@pytest.mark.parametrize("body", NO_FILE)
def test_a_request_without_a_file_is_refused(api: Server, traffic: Path, route: str, body: str) -> None:
    """Without a part named file in a multipart form there is no file, whatever the body is."""
    arguments = [one.replace("FILE", str(traffic)) for one in NO_FILE[body]]
    status, answer = api.status(f"/api/har/{route}", *arguments)
    assert (status, answer["error"]) == (400, "No file provided")
    hars.assert_nothing_left(api)


REFUSED = [
    (b"", "Invalid HAR file format", "Invalid JSON format"),
    (numbered(2)[:-1], "Invalid HAR file format", "Invalid JSON format"),
    (numbered(2) + b"{}", "Invalid HAR file format", "Invalid JSON format"),
    (b'["log"]', "Invalid HAR structure", "Missing log property"),
    (b'{"log":[]}', "Invalid HAR structure", "Missing log property"),
    (b'{"log":{}}', "Invalid HAR structure", "Missing or invalid entries array"),
    (b'{"log":{"entries":{}}}', "Invalid HAR structure", "Missing or invalid entries array"),
    (b'{"log":{"entries":[],"entries":[]}}', "Invalid HAR structure", "Missing or invalid entries array"),
]


@pytest.mark.parametrize(("text", "error", "validation_error"), REFUSED)
def test_a_file_that_is_no_har_is_refused(
    api: Server, tmp_path: Path, text: bytes, error: str, validation_error: str
) -> None:
    """Import and validation refuse the same files, each with its documented text, and keep nothing."""
    file = saved(tmp_path / "x.har", text)
    status, answer = send(api, "import", file)
    assert (status, answer["error"], "valid" in answer) == (400, error, False)
    place = {name: value for name, value in answer.items() if name != "error"}
    assert {"byte", "line"} <= place.keys()
    hars.assert_nothing_left(api)
    assert send(api, "validate", file) == (400, {"valid": False, "error": validation_error} | place)


@pytest.mark.parametrize("session", [UNKNOWN_ID, "session-uuid"])
@pytest.mark.parametrize("first", ["file", "field"])
def test_an_unknown_session_is_refused(api: Server, traffic: Path, first: str, session: str) -> None:
    """A sessionId that is unknown or no UUID is not found, wherever it stands, and nothing is kept."""
    status, answer = api.status("/api/har/import", *hars.form(traffic, f"sessionId={session}", first))
    assert (status, answer["error"]) == (404, "Session not found")
    hars.assert_nothing_left(api)


def test_validate_describes_a_valid_har(api: Server, tmp_path: Path) -> None:
    """A validation tells version, creator and number of entries, and keeps nothing."""
    text = hars.har(entry(0), b"7", head=b'"browser":{"name":"Firefox"},"pages":[{"id":"p"}],')
    status, answer = send(api, "validate", saved(tmp_path / "x.har", text))
    for name in ("problems", "problemCounts", "profiles"):
        assert answer.pop(name)
    assert len(answer.pop("errors")) == 1
    assert status == 200
    assert answer == {
        "valid": True,
        "version": "1.2",
        "creator": {"name": "Google Chrome", "version": "120.0.0"},
        "browser": {"name": "Firefox"},
        "entryCount": 2,
        "importable": 1,
        "pageCount": 1,
        "warnings": [],
        "encoding": "identity",
        "harBytes": len(text),
    }
    hars.assert_nothing_left(api)


def test_export_is_a_har_of_the_entries_as_they_came(api: Server, traffic: Path) -> None:
    """An export is HAR 1.2 by harlake, whose entries are the uploaded bytes."""
    text = hars.export(api, imported(api, traffic)["sessionId"])
    assert entries_of(text) == entries_of(traffic.read_bytes())
    log = json.loads(text)["log"]
    assert (log["version"], log["creator"]) == ("1.2", {"name": "harlake", "version": harlake.__version__})


@pytest.mark.parametrize(
    ("name", "ascii_name", "full_name"),
    [
        ("My Session", "My_Session", None),
        ('a/../"b"\\;c', "a_b_c", None),
        ("Größe 20 €", "Gr_e_20_", "Gr%C3%B6%C3%9Fe_20_"),
        ("日本", "_", "%E6%97%A5%E6%9C%AC"),
    ],
)
def test_export_is_a_download_named_after_the_session(
    api: Server, traffic: Path, name: str, ascii_name: str, full_name: str | None
) -> None:
    """A file is named after session and time, in ASCII, and where needed in full as RFC 8187 has it."""
    before = time.time_ns() // 1_000_000
    session = imported(api, traffic, "--form-string", f"sessionName={name}")["sessionId"]
    found = hars.headers(api, f"/api/har/export/{session}")
    assert found["content-type"] == ["application/json"]
    pattern = r"attachment; filename=\"(.+)_(\d+)\.har\"(?:; filename\*=UTF-8''(.+)_\2\.har)?"
    match = re.fullmatch(pattern, found["content-disposition"][0])
    assert match is not None
    assert (match[1], match[3]) == (ascii_name, full_name)
    assert before <= int(match[2]) <= time.time_ns() // 1_000_000


@pytest.mark.parametrize("coding", ["zstd", "gzip", "identity"])
def test_export_is_the_same_text_in_every_coding(api: Server, tmp_path: Path, coding: str) -> None:
    """zstd, gzip and identity carry the same HAR, whole or selected, with or without renamed pages."""
    big = hars.generated(tmp_path / "big.har", "mixed", 4_000_000)
    other_page = hars.har(entry(1, b',"pageref":"page_1"'), head=b'"pages":[{"id":"page_1"}],')
    paged = saved(tmp_path / "paged.har", other_page)
    session = imported(api, big)["sessionId"]
    imported(api, paged, "-F", f"sessionId={session}")
    ids = hars.ids_of(api, session)
    for request in ((f"/api/har/export/{session}",), hars.select([ids[-1], *ids[:100:3]])):
        plain = api.curl(*request)
        accept = ("-H", f"Accept-Encoding: {coding}")
        assert hars.decoded(api.curl(*request, *accept), coding) == plain
        assert hars.headers(api, *request, *accept).get("content-encoding", ["identity"]) == [coding]
        assert api.curl("--compressed", *request) == plain
    assert hars.headers(api, *request, "-H", "Accept-Encoding: zstd;q=0, br").get("content-encoding") is None


def test_selected_export_is_in_stored_order_each_once(api: Server, traffic: Path) -> None:
    """Selected entries come in stored order, each once; ids that are unknown are passed over."""
    session = imported(api, traffic)["sessionId"]
    ids = hars.ids_of(api, session)
    wanted = [ids[4], ids[1], UNKNOWN_ID, ids[4], "entry-uuid-1", ids[2].upper(), ids[0][:-8] + "00000099"]
    stored = entries_of(traffic.read_bytes())
    assert entries_of(api.curl(*hars.select(wanted))) == [stored[1], stored[2], stored[4]]


def test_selected_export_takes_its_name(api: Server, traffic: Path) -> None:
    """A selection is named by sessionName, else harlake Export."""
    ids = hars.ids_of(api, imported(api, traffic)["sessionId"])
    for more, name in (({"sessionName": "Custom Export Name"}, "Custom_Export_Name"), ({}, "harlake_Export")):
        found = hars.headers(api, *hars.select(ids, **more))
        assert found["content-type"] == ["application/json"]
        assert re.fullmatch(rf'attachment; filename="{name}_\d{{13}}\.har"', found["content-disposition"][0])


UNKNOWN = [
    ("Session not found", ["/api/har/export/session-uuid"]),
    ("Session not found", [f"/api/har/export/{UNKNOWN_ID}"]),
    ("Session not found", [f"/api/sessions/{UNKNOWN_ID}/entries"]),
    ("Entry not found", ["/api/entries/entry-uuid-1"]),
    ("Entry not found", [f"/api/entries/{UNKNOWN_ID}"]),
    ("No valid entries found", hars.select([UNKNOWN_ID, "entry-uuid-1"])),
]


@pytest.mark.parametrize(("error", "request_for"), UNKNOWN)
def test_what_is_unknown_is_not_found(api: Server, error: str, request_for: list[str]) -> None:
    """An id that is unknown, or no UUID, is not found."""
    status, answer = api.status(*request_for)
    assert (status, answer["error"]) == (404, error)


@pytest.mark.parametrize("body", ['{"entryIds":[]}', "{}", '{"sessionName":"x"}', ""])
def test_selected_export_without_ids(api: Server, body: str) -> None:
    """An export of no ids is refused, also where the member or the whole body is missing."""
    status, answer = api.status("/api/har/export", *JSON, "-d", body)
    assert (status, answer["error"]) == (400, "No entry IDs provided")


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
    assert hars.objects(api) == [f"{other['captureId']}.har.zst"]
    for request in (["-X", "DELETE"], ["-X", "PATCH", *JSON, "-d", '{"name":"x"}'], ["-X", "GET"]):
        status, answer = api.status(*request, f"/api/sessions/{mine['id']}")
        assert (status, answer["error"]) == (404, "Session not found")


@pytest.mark.parametrize("body", [["-X", "POST"], [*JSON, "-d", "{}"], [*JSON, "-d", '{"name":null}']])
def test_a_session_needs_no_name(api: Server, body: list[str]) -> None:
    """A session is created with a name of its own where none is given, also without any body."""
    status, answer = api.status("/api/sessions", *body)
    assert status == 201
    assert answer["name"] != ""


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


@pytest.mark.parametrize(
    ("status", "arguments"),
    [(404, ["/api/x"]), (405, ["/api/har/import"]), (400, ["/api/har/export", *JSON, "-d", '{"a":'])],
)
def test_every_error_is_json(api: Server, status: int, arguments: list[str]) -> None:
    """What the framework refuses is answered like all other errors, as JSON with an error."""
    assert hars.headers(api, *arguments)["content-type"] == ["application/json"]
    found, answer = api.status(*arguments)
    assert (found, isinstance(answer["error"], str)) == (status, True)


def test_health(api: Server) -> None:
    """The health check says ok."""
    assert api.status("/api/health") == (200, {"status": "ok", "version": harlake.__version__})


def test_schema_describes_the_forms(api: Server) -> None:
    """OpenAPI lists every route, and the multipart forms with their fields."""
    paths = api.json(f"{api.url}/schema/openapi.json")["paths"]
    assert {"/api/har/export", "/api/sessions", "/api/health", "/api/har/export/{session_id}"} <= paths.keys()
    for route, fields in (("import", {"file", "sessionId", "sessionName"}), ("validate", {"file"})):
        body = paths[f"/api/har/{route}"]["post"]["requestBody"]
        schema = body["content"]["multipart/form-data"]["schema"]
        assert (schema["required"], schema["properties"].keys()) == (["file"], fields)
        assert schema["properties"]["file"].items() >= {"type": "string", "format": "binary"}.items()


def test_schema_page_needs_no_other_server(api: Server) -> None:
    """The page that shows the schema, its scripts and its styles all come from this server."""
    page = api.curl("--fail", f"{api.url}/schema").decode()
    links = re.findall(r"<(?:script|link)\b[^>]*?\b(?:src|href)=[\"']([^\"']+)", page)
    assert len(links) >= 3
    for link in links:
        assert re.match("/[^/]", link)
        assert len(api.curl("--fail", f"{api.url}{link}")) > 0
