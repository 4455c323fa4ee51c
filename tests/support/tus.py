"""Uploads by tus, with curl."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.support.server import PATIENCE, Server

TUS = ("-H", "Tus-Resumable: 1.0.0")


@dataclass
class Reply:
    """What was answered: header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


def request(server: Server, method: str, path: str, *options: str) -> Reply:
    """Send a request, and return its last answer: one before it may say that a body is to come."""
    how = ("-I",) if method == "HEAD" else ("-i", "-X", method)
    received = server.curl(*how, path, *TUS, *options)
    while True:
        head, _, received = received.partition(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        status = int(status_line.split()[1])
        if status >= 200:
            break
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return Reply(status, headers, received)


def metadata(**values: str) -> str:
    """Return the value of an Upload-Metadata header."""
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())


def begin(server: Server, length: int, *options: str, **values: str) -> str:
    """Begin an upload, and return its path."""
    said = ("-H", f"Upload-Length: {length}", "-H", f"Upload-Metadata: {metadata(**values)}", *options)
    begun = request(server, "POST", "/api/uploads", *said)
    assert begun.status == 201, begun
    return begun.headers["location"]


def send(server: Server, path: str, offset: int, part: Path, *options: str) -> Reply:
    """Send a part of a file."""
    said = ("-H", f"Upload-Offset: {offset}", "-H", "Content-Type: application/offset+octet-stream")
    return request(server, "PATCH", path, *said, "--data-binary", f"@{part}", *options)


@contextmanager
def sending(server: Server, path: str, offset: int, length: int) -> Iterator[socket.socket]:
    """Begin to send so many bytes of a file, which the test sends itself."""
    address = urlsplit(server.url)
    with closing(socket.create_connection((address.hostname, address.port), timeout=12 * PATIENCE)) as connection:
        head = (
            f"PATCH {path} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\n"
            f"Content-Type: application/offset+octet-stream\r\nContent-Length: {length}\r\n\r\n"
        )
        connection.sendall(head.encode())
        yield connection
