"""Imports and validations over HTTP, word for word as the documentation has them."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support import hars
from tests.support.hars import JSON, UNKNOWN_ID, entries_of, entry, imported, numbered, saved, send
from tests.support.raw_http import ask, request
from tests.support.server import Server, start_server

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


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.mark.slow
def test_documented_command_lines_work_as_they_stand(tmp_path: Path) -> None:
    """Every documented curl line works on port 8889 with nothing but ids and file names filled in."""
    if not _is_free(8889):
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
    capture = answer.pop("captureId")
    assert api.is_shared or hars.objects(api) == [f"{capture}.har.zst"]
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
    answer = api.json("/api/har/import", *hars.form_fields(traffic, field, first))
    assert answer["sessionName"] == name
    assert api.json(f"/api/sessions/{answer['sessionId']}")["name"] == name


@pytest.mark.parametrize("first", ["file", "field"])
def test_import_into_an_existing_session(api: Server, traffic: Path, first: str) -> None:
    """A sessionId counts before and after the file, and the session keeps its own name."""
    session = api.json("/api/sessions", *JSON, "-d", '{"name":"mine"}')["id"]
    form = [*hars.form_fields(traffic, f"sessionId={session}", first), "-F", "sessionName=other"]
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
    position = {name: value for name, value in answer.items() if name != "error"}
    assert {"byte", "line"} <= position.keys()
    hars.assert_nothing_left(api)
    assert send(api, "validate", file) == (400, {"valid": False, "error": validation_error} | position)


def test_a_body_may_be_the_file(api: Server, traffic: Path) -> None:
    """As curl sends one with -T, from a file and through a pipe; the URL says what it is called, and where it goes."""
    answer = json.loads(api.curl("/api/har/import?name=a/chrome%20export.har", "-T", traffic))
    assert (answer["sessionName"], answer["imported"]) == ("Imported: chrome export", 5)
    session = answer["sessionId"]
    url = f"{api.url}/api/har/import?sessionId={session}"
    piped = subprocess.run(
        ["sh", "-ec", 'gzip -c "$1" | curl -sf -T - "$2"', "sh", traffic, url],
        check=True,
        capture_output=True,
    )
    assert json.loads(piped.stdout)["sessionId"] == session
    assert api.json(f"/api/sessions/{session}")["entryCount"] == 10
    named = json.loads(api.curl("/api/har/import?sessionName=%20x%20", "-T", traffic))
    assert named["sessionName"] == "x"


@pytest.mark.parametrize(
    ("query", "body", "status", "error"),
    [
        (f"sessionId={UNKNOWN_ID}", b"{}", 404, "Session not found"),
        ("", b"", 400, "Invalid HAR file format"),
        ("", b"<html>", 400, "Invalid HAR file format"),
        (f"name={'n' * 5_000}", b"{}", 400, "Invalid request"),
    ],
)
def test_what_is_no_file_is_refused(api: Server, query: str, body: bytes, status: int, error: str) -> None:
    """As in a form, and nothing is kept."""
    answered, answer = ask(api, request("PUT", f"/api/har/import?{query}", body))
    assert (answered, json.loads(answer)["error"]) == (status, error)
    hars.assert_nothing_left(api)


@pytest.mark.parametrize("session", [UNKNOWN_ID, "session-uuid"])
@pytest.mark.parametrize("first", ["file", "field"])
def test_an_unknown_session_is_refused(api: Server, traffic: Path, first: str, session: str) -> None:
    """A sessionId that is unknown or no UUID is not found, wherever it stands, and nothing is kept."""
    status, answer = api.status("/api/har/import", *hars.form_fields(traffic, f"sessionId={session}", first))
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
