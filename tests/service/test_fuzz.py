"""The fuzz run: it finds nothing, it would find something, and it leaves nothing out."""

from __future__ import annotations

import copy
import json
import shlex
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from harlake.access.headers import SECURITY_HEADERS
from tests.fuzz.answer_checks import answer_problems
from tests.fuzz.exchange import Answer, Client, End
from tests.fuzz.failures import Failures
from tests.fuzz.fuzz_run import Plan, draw_requests, fuzz
from tests.fuzz.http_request import Framing, HttpRequest
from tests.fuzz.operations import UnknownOperationError, operations_of, requests
from tests.support.hars import entry, har
from tests.support.server import PATIENCE, Server

_REQUEST = HttpRequest("GET /", b"GET", b"/", ((b"Host", b"localhost"), (b"X-Request-ID", b"fuzz-1")))


@pytest.mark.slow
def test_a_small_run(tmp_path: Path) -> None:
    """A hundred and fifty inputs find nothing."""
    outcome = fuzz(Plan(seed=11, inputs=100, minutes=PATIENCE / 60), tmp_path)
    assert outcome.failures.counts == {}
    assert sum(outcome.ends.values()) == outcome.inputs == 100
    assert len({operation for operation, _ in outcome.statuses}) > 20


@pytest.mark.long
def test_a_run_of_a_minute(tmp_path: Path) -> None:
    """Neither do two thousand, or as many as there is time for."""
    outcome = fuzz(Plan(seed=12, inputs=2_000, minutes=1.5), tmp_path)
    assert outcome.failures.counts == {}
    assert sum(outcome.ends.values()) == outcome.inputs > 0


def _answer(status: str, body: bytes = b"{}", length: int | None = None, **more: str) -> bytes:
    headers = {
        **SECURITY_HEADERS,
        "content-type": "application/json",
        "content-length": str(length or len(body)),
        **more,
    }
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@contextmanager
def _answering(answer: bytes | None) -> Iterator[int]:
    """Serve one answer to whatever comes, or none and go on waiting; yield the port."""
    over = threading.Event()

    class _Connection(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65_536)
            if answer is None:
                over.wait(PATIENCE)
            else:
                self.request.sendall(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Connection) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            over.set()
            server.shutdown()


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (_answer("200 OK"), None),
        (_answer("404 Not Found", b'{"error": "Not Found"}'), None),
        (_answer("503 Service Unavailable", b'{"error": "Too busy"}'), None),
        (None, "timed out"),
        (b"", "dropped"),
        (b"\0\0\0", "malformed"),
        (_answer("200 OK", length=9), "cut off"),
        (_answer("500 Internal Server Error", b'{"error": "Internal error"}'), "status 500"),
        (_answer("503 Service Unavailable", b'{"error": "Not ready"}'), "status 503"),
        (_answer("302 Found"), "status 302"),
        (_answer("400 Bad Request", b"<p>no"), "status 400 with what is not JSON"),
        (_answer("400 Bad Request", b'{"error": "KeyError"}'), "status 400 with the error 'KeyError'"),
        (_answer("404 Not Found", b'{"error": "Not Found", "detail": "/secret/x"}'), "the answer tells '/secret'"),
        (_answer("200 OK", b'{"a": NUL}'), "application/json that is none: Expecting value"),
        (
            _answer("200 OK").replace(b"nosniff", b"").replace(b"x-content-type-options", b"x"),
            "no x-content-type-options",
        ),
        (_answer("200 OK", x_request_id="fuzz-2"), "the answer to fuzz-2"),
    ],
    ids=str,
)
def test_what_is_found(answer: bytes | None, problem: str | None) -> None:
    """Each way in which an answer can be wrong, and no other, is a problem."""
    with _answering(answer) as port:
        client = Client(urlsplit(f"http://127.0.0.1:{port}"), timeout=PATIENCE if answer is not None else 0.1)
        found = answer_problems(_REQUEST, client.exchange(_REQUEST), private=("/secret",), excused=False)
        client.close()
    assert [one.startswith(problem) for one in found] == [True] if problem else not found


def test_what_is_no_failure() -> None:
    """A client that has left is owed nothing, and what has been removed meanwhile may be cut off."""
    cut_off = replace(_REQUEST, framing=Framing.CUT_OFF, body=b"x")
    assert answer_problems(cut_off, Answer(End.DROPPED), private=(), excused=False) == []
    assert answer_problems(_REQUEST, Answer(End.LEFT), private=(), excused=False) == []
    assert answer_problems(_REQUEST, Answer(End.CUT_OFF, 200), private=(), excused=True) == []


@pytest.fixture(scope="module")
def document(server: Server) -> Any:
    """The OpenAPI document of the service."""
    return server.json(f"{server.url}/schema/openapi.json")


def _with_operation(document: Any, **members: Any) -> Any:
    changed = copy.deepcopy(document)
    changed["paths"]["/api/new/{session_id}"] = {"post": members}
    return changed


def test_nothing_can_be_left_out(document: Any) -> None:
    """What is new in the document takes part, or the run does not begin."""
    assert "POST /api/new/{session_id}" in {one.name for one in operations_of(_with_operation(document))}
    body = {"schema": {"properties": {"new": {"type": "string"}}}}
    for new in (
        {"parameters": [{"name": "new", "in": "query"}]},
        {"parameters": [{"name": "limit", "in": "header"}]},
        {"requestBody": {"content": {"text/csv": body}}},
        {"requestBody": {"content": {"application/json": body}}},
        {"requestBody": {"content": {"multipart/form-data": body}}},
    ):
        with pytest.raises(UnknownOperationError, match="POST /api/new"):
            operations_of(_with_operation(document, **new))


@pytest.mark.slow
def test_a_seed_is_a_run(document: Any) -> None:
    """The same number gives the same requests, another one gives others."""

    def drawn(number: int) -> list[HttpRequest]:
        return draw_requests(requests(operations_of(document)), number, 50)

    first = drawn(1)
    assert len(first) == 50
    assert drawn(1) == first != drawn(2)


def test_a_failure_can_be_repeated(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed of it has a line for curl, which sends the same, and a file with the very bytes."""
    body = har(entry(0), tail=b',"_note":"a\'b"')
    request = HttpRequest(
        "PUT /api/har/import", b"PUT", b"/api/har/import?name='b'", ((b"X-Request-ID", b"fuzz-9"),), body
    )
    failures = Failures(tmp_path / "failures", server.url)
    for number in (9, 10):
        failures.add(f"status 500 in {number * 1_000} ms", request, Answer(End.COMPLETE, 500), number)
    printed = capsys.readouterr().out
    (line,) = [line.removeprefix("  again: ") for line in printed.splitlines() if line.startswith("  again: ")]
    answer = subprocess.run(shlex.split(line), capture_output=True, check=True).stdout
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"x-request-id: fuzz-9" in answer
    made = json.loads(answer.splitlines()[-1])
    assert (made["imported"], made["sessionName"], made["harBytes"]) == (1, "Imported: 'b'", len(body))
    assert (tmp_path / "failures" / "9.http").read_bytes() == request.head() + (request.body or b"")
    assert list(failures.counts.values()) == [2]
