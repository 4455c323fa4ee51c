"""A proxy in front of a service, which answers some requests itself: with an error, slowly, or not at all."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class ProxiedRequest:
    """A request, numbered from 1 in the order of their arrival."""

    number: int
    method: str
    path: str
    range: str | None

    @property
    def query(self) -> dict[str, list[str]]:
        """The parameters in its path."""
        return parse_qs(urlsplit(self.path).query, keep_blank_values=True)


@dataclass(frozen=True)
class Fault:
    """What is done to a request: the status that answers it (0: the connection is closed), after some seconds.

    With ``is_late``, the service has done what was asked; only the answer is lost. With ``is_cut``, the connection is
    closed in the middle of the request's body, or, if it has none, of the answer's.
    """

    status: int | None = None
    delay: float = 0
    is_late: bool = False
    is_cut: bool = False


Faults = Callable[[ProxiedRequest], Fault | None]


class FaultyProxy:
    """A proxy on a port of its own; ``faults`` may be changed at any time."""

    def __init__(self, upstream: str) -> None:
        self.upstream = urlsplit(upstream).netloc
        self.faults: Faults = lambda _: None
        self.requests: list[ProxiedRequest] = []
        self._lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True

    @property
    def endpoint(self) -> str:
        """Its URL."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def arrived(self, method: str, path: str, byte_range: str | None) -> ProxiedRequest:
        """Note a request."""
        with self._lock:
            request = ProxiedRequest(len(self.requests) + 1, method, path, byte_range)
            self.requests.append(request)
            return request

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(_Handler):
            """Knows its proxy."""

            def proxy(self) -> FaultyProxy:
                return proxy

        return Handler


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def proxy(self) -> FaultyProxy:
        """Return whose handler this is."""
        raise NotImplementedError

    def handle_request(self) -> None:
        """Forward a request, or do what is to be done to it."""
        request = self.proxy().arrived(self.command, self.path, self.headers.get("Range"))
        fault = self.proxy().faults(request) or Fault()
        length = int(self.headers.get("Content-Length", 0))
        if fault.is_cut and length:
            self.rfile.read(length // 2)
            self.close_connection = True
            return
        body = self.rfile.read(length)
        time.sleep(fault.delay)
        answer = None
        if fault.status is None or fault.is_late:
            answer = self._forward(body)
        if fault.status == 0:
            self.close_connection = True
        elif fault.status is not None:
            self._answer(fault.status, [], b"<Error><Code>SlowDown</Code></Error>")
        elif answer is not None:
            self._answer(*answer, is_cut=fault.is_cut)

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self.proxy().upstream, timeout=60)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body or None)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes, *, is_cut: bool = False) -> None:
        self.send_response_only(status)
        has_length = False
        for name, value in headers:
            if name.lower() not in ("transfer-encoding", "connection"):
                self.send_header(name, value)
                has_length = has_length or name.lower() == "content-length"
        if not has_length:
            self.send_header("Content-Length", str(len(body)))
        try:
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body[: len(body) // 2] if is_cut else body)
        except OSError:  # the client has left
            is_cut = True
        self.close_connection = self.close_connection or is_cut

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_request

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def faulty_proxy(upstream: str) -> Iterator[FaultyProxy]:
    """Run a proxy in front of a service."""
    proxy = FaultyProxy(upstream)
    thread = threading.Thread(target=proxy.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.server.shutdown()
        proxy.server.server_close()
        thread.join()


def each(number: int, *faults: Fault) -> Faults:
    """Do something to each so many-th request, one thing after the other."""

    def decide(request: ProxiedRequest) -> Fault | None:
        if request.number % number:
            return None
        return faults[request.number // number % len(faults)]

    return decide
