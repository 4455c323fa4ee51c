"""Requests as bytes, and connections that send and read no more than they want to."""

from __future__ import annotations

import json
import socket
from typing import Any, Final
from urllib.parse import urlsplit

from tests.support.server import PATIENCE, Server

_BOUNDARY: Final = b"b"


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """Return a request after which the connection is closed; headers are named with underscores."""
    fields = {"Host": "localhost", "Connection": "close"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    if body:
        fields.setdefault("Content-Length", str(len(body)))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def json_request(method: str, path: str, value: Any, **headers: str) -> bytes:
    """Return a request with a JSON body."""
    return request(method, path, json.dumps(value).encode(), Content_Type="application/json", **headers)


def upload(route: str, file: bytes, *, name: str = "a.har", unfinished: int = 0, **headers: str) -> bytes:
    """Return an upload; of one that is ``unfinished``, so many bytes are announced and do not come."""
    part = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    end = b"" if unfinished else b"\r\n--" + _BOUNDARY + b"--\r\n"
    form = b"--" + _BOUNDARY + b"\r\n" + part + file + end
    fields = {
        "Content_Type": f"multipart/form-data; boundary={_BOUNDARY.decode()}",
        "Content_Length": str(len(form) + unfinished),
    }
    return request("POST", f"/api/har/{route}", form, **fields, **headers)


def connect(server: Server, data: bytes, *, receive_buffer: int | None = None) -> socket.socket:
    """Send some bytes on a connection of their own, and return it; a small ``receive_buffer`` reads little."""
    connection = socket.socket()
    if receive_buffer is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(PATIENCE)
    address = urlsplit(server.url)
    connection.connect((address.hostname, address.port))
    connection.sendall(data)
    return connection


def leave(connection: socket.socket) -> None:
    """Leave without a good-bye: whatever is on its way is dropped."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


def ask(server: Server, data: bytes) -> tuple[int, bytes]:
    """Send a request, and return the status and the body of the answer, however it is coded."""
    with connect(server, data) as connection:
        answer = bytearray()
        while piece := connection.recv(1 << 20):
            answer += piece
    head, _, body = bytes(answer).partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body
