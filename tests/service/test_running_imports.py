"""GET /api/imports and DELETE of one: what others see of an upload that is on its way, and how they end it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import pytest

from tests.support.hars import UNKNOWN_ID, entry, wait_for
from tests.support.server import PATIENCE, Server


@contextmanager
def _upload(api: Server, target: str, total: int | None) -> Iterator[socket.socket]:
    """Begin an upload whose body the test sends."""
    address = urlsplit(api.url)
    with closing(socket.create_connection((address.hostname, address.port), timeout=PATIENCE)) as connection:
        framing = "Transfer-Encoding: chunked" if total is None else f"Content-Length: {total}"
        connection.sendall(f"PUT {target} HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n\r\n".encode())
        yield connection


def _answer(connection: socket.socket) -> tuple[int, object]:
    received = b""
    while b"\r\n\r\n" not in received or not received.endswith(b"}"):
        received += connection.recv(65_536)
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


@pytest.mark.parametrize("is_announced", [True, False], ids=["announced", "chunked"])
def test_an_import_is_seen_and_cancelled(api: Server, *, is_announced: bool) -> None:
    """With what has come of it; its uploader, who may be slow, is told at once, and nothing is kept."""
    session = api.json("-X", "POST", "/api/sessions")["id"]
    piece = b'{"log":{"entries":[' + b",".join(map(entry, range(5_000)))
    total = 10 * len(piece) if is_announced else None
    with _upload(api, f"/api/har/import?name=a.har&session_id={session}", total) as connection:
        connection.sendall(piece if is_announced else b"%x\r\n%b\r\n" % (len(piece), piece))
        wait_for(lambda: [one["entries"] for one in api.json("/api/imports")["imports"]] > [0])
        (seen,) = api.json("/api/imports")["imports"]
        assert (seen["name"], seen["sessionId"], seen["total"]) == ("a.har", session, total)
        assert seen["received"] == len(piece)
        assert seen["startedAt"].endswith("Z")
        assert 0 < seen["entries"] < 5_000
        assert api.curl("-X", "DELETE", f"/api/imports/{seen['id']}", "-w", "%{http_code}") == b"204"
        assert _answer(connection) == (
            409,
            {"error": "Import cancelled", "detail": "somebody has cancelled it; nothing was kept"},
        )
    assert api.json("/api/imports") == {"imports": []}
    assert api.json(f"/api/sessions/{session}")["captureCount"] == 0
    assert api.status("-X", "DELETE", f"/api/imports/{seen['id']}")[0] == 404


@pytest.mark.parametrize("import_id", [UNKNOWN_ID, "x", "%00"])
def test_what_is_not_running_is_not_found(api: Server, import_id: str) -> None:
    """As it may have ended meanwhile."""
    status, body = api.status("-X", "DELETE", f"/api/imports/{import_id}")
    assert (status, body["error"]) == (404, "Import not found")


def test_running_imports_are_followed(api: Server) -> None:
    """What changes is sent as it does, beginning with what there is."""
    address = urlsplit(api.url)
    with closing(socket.create_connection((address.hostname, address.port), timeout=PATIENCE)) as follower:
        follower.sendall(b"GET /api/imports/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
        received = b""

        def lists() -> list[list[str]]:
            nonlocal received
            received += follower.recv(65_536)
            data = [line[6:] for line in received.split(b"\n") if line.startswith(b"data: ") and line.endswith(b"}")]
            return [[one["name"] for one in json.loads(line)["imports"]] for line in data]

        wait_for(lambda: lists() == [[]])
        assert b"content-type: text/event-stream" in received
        assert b"event: imports\n" in received
        with _upload(api, "/api/har/import?name=a.har", 10_000) as connection:
            connection.sendall(b'{"log":')
            wait_for(lambda: ["a.har"] in lists())
        wait_for(lambda: lists()[-1] == [])
