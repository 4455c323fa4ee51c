"""What one connection may take, on a real server with limits that are small."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import pytest

from harlake import server
from harlake.http1.limits import ConnectionLimits

_LIMITS = ConnectionLimits(
    connections=20,
    pipelined=5,
    head_bytes=1_000,
    head=0.1,
    fresh=0.2,
    idle=0.2,
    upload=0.2,
    upload_bytes=100,
    response=0.3,
    linger=1,
)
_PATIENCE = 20


class _App:
    """Answers with as much as the path says, when it has read the whole body, or waits until its client leaves."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.bodies: list[bytes] = []
        #: Why requests were refused that it did not get to see.
        self.refused: list[str] = []
        self.left = threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        self.paths.append(scope["path"])
        message, body = await receive(), b""
        while message["type"] == "http.request" and scope["path"] != "/early":
            body += message["body"]
            if not message["more_body"]:
                break
            message = await receive()
        self.bodies.append(body)
        if scope["path"] == "/wait":
            message = await receive()
        if message["type"] == "http.disconnect":
            self.left.set()
            return
        path = scope["path"].strip("/")
        size = int(path) if path.isdecimal() else 0
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % size)]})
        for start in range(0, size, 1 << 16):
            await send({"type": "http.response.body", "body": bytes(min(1 << 16, size - start)), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


@contextmanager
def _served(limits: ConnectionLimits = _LIMITS) -> Iterator[tuple[_App, int]]:
    """Serve on a port, from a thread."""
    app, listening = _App(), threading.Event()
    running = server._Server(server._config(app, limits, app.refused.append, host="127.0.0.1", port=0, lifespan="off"))
    running.on_listening = listening.set
    thread = threading.Thread(target=running.run)
    thread.start()
    assert listening.wait(_PATIENCE)
    try:
        yield app, running.servers[0].sockets[0].getsockname()[1]
    finally:
        running.should_exit = True
        thread.join()


@contextmanager
def _connected(port: int, sent: bytes = b"") -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), _PATIENCE) as connection:
        connection.sendall(sent)
        yield connection


def _rest(connection: socket.socket) -> bytes:
    """Return all that comes until the server ends the connection."""
    received = b""
    try:
        while data := connection.recv(1 << 16):
            received += data
    except ConnectionResetError:
        pass
    return received


def _refusal(received: bytes) -> tuple[int, dict[str, str]]:
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"connection: close" in head
    return int(head.split(b" ", 2)[1]), json.loads(body)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"x: y\r\n" * 300, 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\nx: " + b"y" * 2_000, 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"x" * 2_000, 431),
        (b"GET /" + b"x" * 2_000, 414),
        (b"GET /" + b"x" * 2_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"x: y\r\n" * 300 + b"\r\n", 431),
        (b"no HTTP\r\n\r\n", 400),
    ],
)
def test_a_head_that_is_too_large_is_refused(head: bytes, status: int) -> None:
    """While it is read, and before the application is asked; whatever follows, the client gets to see the answer."""
    with _served() as (app, port), _connected(port, head + b"x" * 50_000) as connection:
        answered, body = _refusal(_rest(connection))
        assert answered == status
        assert body["detail"]
        assert app.paths == []


@pytest.mark.parametrize("cut", [1, 7, 500])
def test_a_head_within_its_limit_is_taken_however_it_is_cut(cut: int) -> None:
    """The limit is on a head, not on what comes at once: a body may follow in the same packet."""
    head = b"POST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\nx: " + b"y" * 900 + b"\r\n\r\n"
    with _served(replace(_LIMITS, head=_PATIENCE)) as (_, port), _connected(port) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(head), cut):
            connection.sendall(head[start : start + cut])
        connection.sendall(bytes(5_000))
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", None),
        (b"\r\n\r\n", None),
        (b"GET / HT", 408),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx", 408),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", 408),
    ],
)
def test_a_connection_that_stalls_is_ended(sent: bytes, status: int | None) -> None:
    """Before, in and after the head of a request; the application learns that the client has left."""
    with _served() as (app, port), _connected(port, sent) as connection:
        received = _rest(connection)
        assert (_refusal(received)[0] if received else None) == status
        assert not app.paths or app.left.wait(_PATIENCE)


def test_an_idle_connection_is_ended() -> None:
    """After its request was answered."""
    with _served() as (_, port), _connected(port, b"GET /3 HTTP/1.1\r\nHost: a\r\n\r\n") as connection:
        assert _rest(connection).endswith(b"\r\n\r\n\0\0\0")


@pytest.mark.slow
def test_an_answer_that_nobody_reads_is_ended() -> None:
    """It is cut off, and the application learns of it."""
    with _served() as (app, port), _connected(port, b"GET /100000000 HTTP/1.1\r\nHost: a\r\n\r\n") as connection:
        thread = threading.Event()
        thread.wait(3)
        assert len(_rest(connection)) < 100_000_000
        assert app.paths == ["/100000000"]


def test_an_answer_that_is_read_slowly_goes_on() -> None:
    """As long as something is read in the time that is given."""
    with _served() as (_, port), _connected(port, b"GET /20000000 HTTP/1.1\r\nHost: a\r\n\r\n") as connection:
        received, pause = 0, threading.Event()
        while data := connection.recv(1 << 19):
            received += len(data)
            pause.wait(0.02)
    assert received > 20_000_000


def test_one_connection_too_many_is_told_so() -> None:
    """Those before it are answered as ever."""
    with (
        _served(replace(_LIMITS, connections=2, fresh=_PATIENCE)) as (app, port),
        _connected(port) as first,
        _connected(port),
        _connected(port) as third,
    ):
        received = _rest(third)
        assert _refusal(received) == (503, {"error": "Too busy", "detail": "too many connections"})
        assert app.refused == ["Too busy"]
        assert b"retry-after: 5" in received
        first.sendall(b"GET /3 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert first.recv(1 << 16).startswith(b"HTTP/1.1 200")


def test_another_protocol_is_not_offered() -> None:
    """An offer to upgrade is ignored, and the request answered (RFC 9110 §7.8)."""
    upgrade = b"GET /3 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    with _served() as (app, port), _connected(port, upgrade) as connection:
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200")
        assert app.paths == ["/3"]


@pytest.mark.slow
def test_requests_that_wait_for_another_are_few() -> None:
    """What is sent without waiting for answers is held; beyond a few requests, the connection is ended."""
    request = b"GET /3 HTTP/1.1\r\nHost: a\r\n\r\n"
    with _served() as (_, port):
        with _connected(port, request * 5) as connection:
            assert _rest(connection).count(b"HTTP/1.1 200") == 5
        with _connected(port, request * 500) as connection:
            status, body = _refusal(_rest(connection))
        assert (status, body["error"]) == (503, "Too busy")


@pytest.mark.slow
def test_a_refusal_is_no_part_of_another_answer(caplog: pytest.LogCaptureFixture) -> None:
    """What is no HTTP, behind a request that waits, ends the answer before it; whoever gives that one is told."""
    with _served() as (app, port):
        for size in (b"0", b"90000000"):
            request = b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n" % size
            with _connected(port, request + b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nno HTTP\r\n\r\n") as connection:
                received = _rest(connection)
            assert b"HTTP/1.1 400" not in received[1:]
        assert "/1" not in app.paths
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.slow
def test_of_many_connections_too_many_few_are_kept() -> None:
    """All are told so; most are closed at once, for each has an open file as long as it is there."""
    with _served(replace(_LIMITS, connections=8, linger=_PATIENCE, fresh=_PATIENCE)) as (_, port), ExitStack() as stack:
        connections = [stack.enter_context(_connected(port)) for _ in range(20)]
        connections[8].sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert all(_refusal(_rest(connection))[0] == 503 for connection in connections[8:])
        for connection in connections[9:]:
            with pytest.raises((BrokenPipeError, ConnectionResetError)):
                _send_for_long(connection)


def test_health_is_answered_on_a_connection_too_many() -> None:
    """One request, and no other: then it is closed."""
    health = b"GET /api/health/ready?a HTTP/1.1\r\nHost: a\r\n\r\n"
    with _served(replace(_LIMITS, connections=8, fresh=_PATIENCE)) as (app, port), ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(_connected(port))
        with _connected(port, health) as connection:
            assert _rest(connection).startswith(b"HTTP/1.1 200")
        with _connected(port, b"GET /x?/api/health HTTP/1.1\r\nHost: a\r\n\r\n") as connection:
            assert _refusal(_rest(connection))[0] == 503
        assert app.paths == ["/api/health/ready"]


def _send_for_long(connection: socket.socket) -> None:
    """Send until the other end is found to be closed."""
    for _ in range(_PATIENCE * 100):
        connection.sendall(b"x")
        time.sleep(0.01)


def test_a_client_that_leaves_ends_the_request_that_is_answered() -> None:
    """Also where it has sent another one, which waits."""
    two = b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n"
    with _served() as (app, port):
        with _connected(port, two):
            pass
        assert app.left.wait(_PATIENCE)
        assert app.paths == ["/wait"]


@pytest.mark.parametrize(
    "offer",
    [
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
        b"Connection: upgrade\r\nUpgrade: websocket\r\n",
    ],
)
@pytest.mark.parametrize(
    "body", [b"Content-Length: 5\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"]
)
@pytest.mark.parametrize("cut", [1, 1_000])
def test_another_protocol_is_not_taken_up(offer: bytes, body: bytes, cut: int) -> None:
    """The request is answered as if it were not offered, its body read, and the next request after it."""
    request = b"POST /5 HTTP/1.1\r\nHost: a\r\n" + offer + body
    with _served(replace(_LIMITS, head=_PATIENCE)) as (app, port), _connected(port) as connection:
        sent = request + b"GET /7 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        for start in range(0, len(sent), cut):
            connection.sendall(sent[start : start + cut])
        received = _rest(connection)
        assert received.count(b"HTTP/1.1 200") == 2
        assert app.paths == ["/5", "/7"]
        assert app.bodies == [b"hello", b""]


def test_connect_is_answered() -> None:
    """It has no body, and what follows is not read."""
    with (
        _served() as (_, port),
        _connected(port, b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n") as connection,
    ):
        assert connection.recv(100).startswith(b"HTTP/1.1 ")


def test_an_early_answer_arrives() -> None:
    """Also when the connection is to be closed after it, and the body of the request is still on its way."""
    head = b"POST /early HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 50000000\r\n\r\n"
    with _served(replace(_LIMITS, linger=_PATIENCE)) as (_, port), _connected(port, head) as connection:
        for _ in range(50):
            connection.sendall(bytes(1_000_000))
        received = _rest(connection)
        assert received.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in received
