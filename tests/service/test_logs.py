"""What a service says of its requests: each one, and nothing that was captured."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harlake.observability.audit import ACTIONS
from tests.observability.test_metrics import samples
from tests.support.hars import JSON, UNKNOWN_ID, har, numbered
from tests.support.planted_secrets import (
    SECRET,
    IdentifiedClient,
    captured,
    form,
    plant_in_bodies,
    plant_in_questions,
    plant_in_resumable_uploads,
    plant_in_the_protocol,
    plant_in_uploads,
)
from tests.support.raw_http import connect
from tests.support.server import PATIENCE, Server, start_server

Line = dict[str, Any]


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service that says all that it can, in JSON, and writes an audit log."""
    folder = tmp_path_factory.mktemp("observed")
    audit = ("--audit-log", str(folder / "audit.log"))
    server = start_server(folder / "data", "--log-level", "debug", "--log-format", "json", *audit)
    yield server
    assert server.stop() == 0


def _audit_file(server: Server) -> Path:
    return server.data_dir.parent / "audit.log"


def _lines(file: Path, **members: object) -> list[Line]:
    """Return the lines of a file that have given members; each line is a JSON object."""
    lines = [json.loads(line) for line in file.read_text("ascii").splitlines()]
    return [line for line in lines if line.items() >= members.items()]


def _wait_for_lines(file: Path, count: int = 1, **members: object) -> list[Line]:
    """Return lines as soon as there are so many: they are written a moment after the answer."""
    give_up = time.monotonic() + PATIENCE
    while len(found := _lines(file, **members)) < count:
        assert time.monotonic() < give_up, members
        time.sleep(0.01)
    return found


def _break_capture(server: Server, capture: str, keep: Callable[[bytes], bytes]) -> None:
    file = server.data_dir / "captures" / f"{capture}.har.zst"
    file.write_bytes(keep(file.read_bytes()))


@pytest.mark.slow
def test_no_captured_value_is_said(observed: Server) -> None:
    """Secrets in whatever a client can send, to all endpoints: none is in the log, the audit log or the metrics."""
    client = IdentifiedClient(observed)
    imported = client.upload(captured(), f"{SECRET}.har", sessionName=SECRET)
    session = imported["sessionId"]
    (entry,) = json.loads(client.send("GET", f"/api/sessions/{session}/entries")[1])["entries"]
    plant_in_uploads(client)
    plant_in_resumable_uploads(client)
    plant_in_questions(client, session, entry["id"])
    plant_in_bodies(client, session)
    plant_in_the_protocol(observed)
    _break_capture(observed, imported["captureId"], lambda data: data[:40] + SECRET.encode() + data[50:])
    read = f"/api/har/export/{session}", f"/api/entries/{entry['id']}", f"/api/sessions/{session}/search?q=x"
    for path in (*read, "/api/catalog"):
        client.send("GET", path)
    client.send("GET", "/api/health", X_Request_ID="last")
    _wait_for_lines(observed.log, request_id="last", message="request")

    log, audit = observed.log.read_text("ascii"), _audit_file(observed).read_text("ascii")
    assert client.send("GET", "/metrics")[1].count(SECRET.encode()) == log.count(SECRET) == audit.count(SECRET) == 0
    assert str(observed.data_dir) not in log
    assert "Traceback" not in log
    _lines(_audit_file(observed))
    lines = _wait_for_lines(observed.log, len(client.ids), message="request")
    assert {line["status"] for line in lines} >= {200, 201, 400, 404, 500}
    assert {line["path"] for line in lines} >= {route for method, route in ACTIONS if method != "DELETE"}


def test_every_request_has_a_line(observed: Server) -> None:
    """Method, route, status, bytes, milliseconds, client and id: also of what there is not."""
    client = IdentifiedClient(observed)
    for method, path, route in (
        ("GET", f"/api/sessions/{UNKNOWN_ID}/entries?host=x", "/api/sessions/{session_id}/entries"),
        ("PUT", "/api/sessions", "-"),
        ("GET", "/nothing", "-"),
        ("GET", "/api/health", "/api/health"),
    ):
        status, body = client.send(method, path)
        (line,) = _wait_for_lines(observed.log, message="request", request_id=client.ids[-1])
        assert line.pop("ms") >= 0
        assert line.pop("time").endswith("Z")
        assert line == {
            "level": "INFO",
            "logger": "harlake.requests",
            "message": "request",
            "method": method,
            "path": route,
            "status": status,
            "bytes": len(body),
            "client": "127.0.0.1",
            "request_id": client.ids[-1],
        }


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "é", "a;b", "a\tb"])
def test_an_id_that_is_none_is_replaced(observed: Server, given: str) -> None:
    """Every answer has an id; only a short name of harmless characters is taken over."""
    found = observed.curl("-D-", "-o", "/dev/null", "-H", f"X-Request-ID: {given}", "/api/x").decode()
    (own,) = re.findall(r"^x-request-id: (.*?)\r$", found, re.MULTILINE | re.IGNORECASE)
    assert re.fullmatch("[0-9a-f]{16}", own)
    taken = observed.curl("-D-", "-o", "/dev/null", "-H", "X-Request-ID: Job_7.a-b", "/api/health").decode()
    assert "x-request-id: Job_7.a-b\r\n" in taken.lower().replace("job", "Job")


def test_imports_exports_removals_and_refusals_have_lines(observed: Server) -> None:
    """What they were about, what became of them, and how much it was; the audit log says who."""
    client, audit = IdentifiedClient(observed), _audit_file(observed)
    imported = client.upload(numbered(5))
    session, capture = imported["sessionId"], imported["captureId"]
    _, exported = client.send("GET", f"/api/har/export/{session}")
    client.send("DELETE", f"/api/sessions/{session}")
    client.send("DELETE", f"/api/sessions/{session}")
    import_id, export_id, removal_id, refusal_id = client.ids

    (line,) = _wait_for_lines(observed.log, message="import", session=session)
    assert (line["result"], line["entries"], line["capture"], line["request_id"]) == ("done", 5, capture, import_id)
    assert line["bytes"] == len(form(numbered(5)))
    (line,) = _wait_for_lines(observed.log, message="export", request_id=export_id)
    assert (line["result"], line["session"], line["bytes"]) == ("done", session, len(exported))
    (line,) = _wait_for_lines(observed.log, message="remove", request_id=removal_id)
    assert (line["result"], line["session"]) == ("done", session)
    (line,) = _wait_for_lines(observed.log, message="refusal", request_id=refusal_id)
    assert (line["reason"], line["status"]) == ("Session not found", 404)

    actions = [_wait_for_lines(audit, requestId=one)[0] for one in client.ids]
    assert [(one["action"], one["result"], one["client"]) for one in actions] == [
        ("import", "done", "127.0.0.1"),
        ("export", "done", "127.0.0.1"),
        ("remove", "done", "127.0.0.1"),
        ("remove", "refused", "127.0.0.1"),
    ]
    assert {tuple(one["sessions"]) for one in actions} == {(session,)}


@pytest.mark.slow
def test_answers_that_end_early_are_told_apart(observed: Server) -> None:
    """An export that is cut off by a failure, and one whose client leaves."""
    client = IdentifiedClient(observed)
    noise = b"".join(b"%032x" % (number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % (1 << 128)) for number in range(400_000))
    imported = client.upload(har(_entry_with(noise)))
    session = f"/api/har/export/{imported['sessionId']}"
    with connect(observed, b"") as connection:
        connection.sendall(f"GET {session} HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: leaver\r\n\r\n".encode())
        connection.recv(1000)
    (line,) = _wait_for_lines(observed.log, message="request", request_id="leaver")
    assert line["status"] == 499
    _break_capture(observed, imported["captureId"], lambda data: data[: len(data) // 2])
    client.send("GET", session)
    (line,) = _wait_for_lines(observed.log, message="export", request_id=client.ids[-1])
    assert line["result"] in ("cut off", "failed")
    found = samples(client.send("GET", "/metrics")[1].decode())
    assert found["harlake_refusals_total", "Client left"] >= 1


def _entry_with(text: bytes) -> bytes:
    return b'{"request":{"url":"http://a.test/"},"response":{"content":{"text":"%b"}}}' % text


def test_metrics_have_routes_only(observed: Server) -> None:
    """However many paths clients invent, there are as many series as routes."""
    client = IdentifiedClient(observed)
    for number in range(20):
        client.send("GET", f"/api/sessions/{number}")
        client.send("GET", f"/{number}")
    found = samples(client.send("GET", "/metrics")[1].decode())
    routes = {labels[1] for name, *labels in found if name == "harlake_requests_total"}
    assert {"/api/sessions/{session_id}", "-"} <= routes
    assert [route for route in routes if re.search(r"\d", route)] == []
    assert found["harlake_requests_total", "GET", "-", "404"] >= 20
    assert found["harlake_limiter_total", "statistics"] == 2
    assert found["harlake_limiter_borrowed", "connections"] >= 1
    assert found["harlake_running_requests",] >= 1


@pytest.mark.slow
def test_a_file_that_was_moved_away_is_begun_again(tmp_path: Path) -> None:
    """The service goes on when it is told by the signal that is usual for that; text is the default format."""
    audit, moved = tmp_path / "audit.log", tmp_path / "audit.log.1"
    server = start_server(tmp_path / "data", "--audit-log", str(audit))
    server.json("/api/sessions")
    assert len(_wait_for_lines(audit)) == 1
    audit.rename(moved)
    server.process.send_signal(1)
    give_up = time.monotonic() + PATIENCE
    while not audit.exists():
        assert time.monotonic() < give_up
        time.sleep(0.01)
    server.status("-X", "POST", "/api/sessions", *JSON, "-d", "{}")
    assert [line["action"] for line in _wait_for_lines(audit)] == ["create"]
    assert [line["action"] for line in _lines(moved)] == ["list"]
    assert server.stop() == 0
    lines = server.log.read_text().splitlines()
    assert [line for line in lines if not re.match(r"\d{4}-\d\d-\d\dT[\d:.]{12}Z [A-Z]+ [\w.]+ ", line)] == []
    assert any("Uvicorn running on" in line for line in lines)
    assert any("request method=GET path=/api/sessions status=200" in line for line in lines)
