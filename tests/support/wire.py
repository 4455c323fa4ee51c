"""A server that keeps what comes over the wire, byte for byte."""

from __future__ import annotations

import json
import re
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from harlake.har.replay.scripts import replay_script

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)


@dataclass(frozen=True)
class WireRequest:
    """A request as it came: its first line, its headers in their order, and its body."""

    line: str
    headers: list[tuple[str, str]]
    body: bytes

    def values(self, name: str) -> list[str]:
        """Return the values of the headers of a name in lower case."""
        return [value for one, value in self.headers if one.lower() == name]


class WireServer:
    """Keeps the requests that come, in their order."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.requests: list[WireRequest] = []


@contextmanager
def wire_server() -> Iterator[WireServer]:
    """Serve on loopback; each connection takes one request."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = self.rfile.readline()
                if not line:
                    return
                head += line
            body = b""
            if length := _LENGTH.search(head):
                body = self.rfile.read(int(length[1]))
            elif _CHUNKED.search(head):
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            first, *lines = head.decode("utf-8", "surrogateescape").rstrip("\r\n").split("\r\n")
            pairs = [(name, value.removeprefix(" ")) for name, _, value in (line.partition(":") for line in lines)]
            served.requests.append(WireRequest(first, pairs, body))
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        served = WireServer(server.server_address[1])
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield served
        server.shutdown()


def through(port: int) -> str:
    """Return shell code that lets every curl connect to a port of this machine, whatever host it asks."""
    return f'curl() {{ command curl -s -m 20 -o /dev/null --connect-to "::127.0.0.1:{port}" "$@"; }}\n'


def posted(server: WireServer, **request: Any) -> bytes:
    """Return the JSON of an entry that posts to a server, with members of its request."""
    url = f"http://127.0.0.1:{server.port}/p?q=1"
    return json.dumps({"request": {"method": "POST", "url": url, "headers": []} | request}).encode()


def sent_by_curl(server: WireServer, entry: bytes) -> WireRequest:
    """Return what curl sends of an entry's request, as its script says."""
    subprocess.run(["bash", "-c", through(server.port) + replay_script(entry)], check=True, capture_output=True)
    return server.requests.pop()


def shared_folder(name: str) -> Path:
    """Return a folder of inputs that may be beside the repository."""
    return Path(__file__).parents[2].parent / "shared" / name
