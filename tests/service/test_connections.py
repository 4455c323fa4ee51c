"""How requests are received: in whatever pieces they come, and no faster than they are taken."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

import pytest

from tests.support.hars import generated
from tests.support.raw_http import connect
from tests.support.server import Server

_HAR = b'{"log":{"entries":[{"request":{"url":"http://a.test/"}}]}}'


def _request(har: bytes) -> bytes:
    form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.har"\r\n\r\n' + har + b"\r\n--b--\r\n"
    head = (
        "POST /api/har/validate HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(form)}\r\n\r\n"
    )
    return head.encode() + form


def _answers(connection: socket.socket, count: int) -> list[dict[str, object]]:
    found = []
    with connection.makefile("rb") as stream:
        for _ in range(count):
            assert stream.readline().startswith(b"HTTP/1.1 ")
            length = 0
            while (line := stream.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            found.append(json.loads(stream.read(length)))
    return found


@pytest.mark.parametrize("cuts", [1, 7, 64])
def test_a_request_in_pieces(server: Server, cuts: int) -> None:
    """Head and body may be cut anywhere."""
    request = _request(_HAR)
    with connect(server, b"") as connection:
        for start in range(0, len(request), cuts):
            connection.sendall(request[start : start + cuts])
            time.sleep(0.001)
        (answer,) = _answers(connection, 1)
    assert answer["valid"] is True


def test_requests_in_one_piece(server: Server) -> None:
    """Requests that follow each other without waiting are answered in order."""
    with connect(server, b"") as connection:
        connection.sendall(_request(_HAR) + _request(b"[]") + _request(_HAR))
        answers = _answers(connection, 3)
    assert [answer["valid"] for answer in answers] == [True, False, True]


@pytest.mark.slow
def test_connections_at_the_same_time(server: Server, tmp_path: Path) -> None:
    """What one connection sends never gets into another's."""
    bodies = [
        generated(tmp_path / f"{seed}.har", shape, 3_000_000).read_bytes()
        for seed, shape in enumerate(("tiny", "mixed"))
    ]
    requests = [_request(body) for body in bodies]
    connections = [connect(server, b"") for _ in requests]
    for start in range(0, max(map(len, requests)), 100_000):
        for connection, request in zip(connections, requests, strict=True):
            connection.sendall(request[start : start + 100_000])
    answers = [_answers(connection, 1)[0] for connection in connections]
    for connection in connections:
        connection.close()
    assert [answer["valid"] for answer in answers] == [True, True]
    assert [answer["entryCount"] for answer in answers] == [len(json.loads(body)["log"]["entries"]) for body in bodies]


def test_an_upload_in_chunks(server: Server, tmp_path: Path) -> None:
    """A body of unknown length, in chunked transfer coding."""
    file = generated(tmp_path / "mixed.har", "mixed", 3_000_000)
    answer = server.json("-H", "Transfer-Encoding: chunked", "-F", f"file=@{file}", "/api/har/validate")
    assert (answer["valid"], answer["entryCount"]) == (True, len(json.loads(file.read_bytes())["log"]["entries"]))
