"""How uvicorn serves harlake: with its own protocol for HTTP/1.1, with larger reads and fewer copies of uploads.

uvloop reads 64 KiB at a time into a new object, the parser copies the body out of it, the protocol onto what it has,
and from there into what the application gets. Here the event loop reads into a buffer of 512 KiB, and the parser's copy
is what the application gets: imports are 8 % faster for it, and wake the event loop an eighth as often.
"""

from __future__ import annotations

import asyncio
import functools
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from harlake.limits import KIB

#: Bytes that are read at a time, if the client has sent as many.
_READ_BYTES: Final = 512 * KIB

#: Seconds that running requests are given when the server is to stop, before they are cancelled.
_GRACE: Final = 10

#: Seconds until a thread that computes has to let another one go on. With Python's 5 ms, the event loop, which competes
#: with two threads for each upload, gave 99 % of its answers beside 16 uploads within 110 ms; with this, within 79.
_SWITCH_INTERVAL: Final = 0.0005


def shorten_switch_interval() -> None:
    """Let the event loop run more often beside threads that compute: call this once in a process that serves."""
    sys.setswitchinterval(_SWITCH_INTERVAL)


def run(app: Any, *, host: str = "127.0.0.1", port: int, listening: Callable[[str], None] | None = None) -> None:
    """Serve an ASGI application until the process is told to stop.

    ``listening`` is called with the URL at which this machine reaches it, as soon as it does.
    """
    server = _Server(_config(app, host=host, port=port))
    if listening is not None:
        server.on_listening = lambda: listening(_url(server.servers[0].sockets[0]))
    server.run()


@contextmanager
def serve_to_this_process(app: Any) -> Iterator[Callable[[], socket.socket]]:
    """Serve an ASGI application from a thread, for as long as the context lasts, to what connects by what it yields.

    No other process can: there is no address, and no file. Requests that are running at the end are given no time:
    whoever sent them has left.
    """
    server = _Server(_config(app, log_config=None))
    answering = threading.Event()
    server.on_listening = answering.set
    thread = threading.Thread(target=_run_private, args=[server, answering], name="server", daemon=True)
    thread.start()
    answering.wait()
    try:
        yield server.connect
    finally:
        server.should_exit = True
        thread.join()


def _run_private(server: _Server, answering: threading.Event) -> None:
    try:
        server.run(sockets=[])
    finally:
        answering.set()  # where it never came to that, the first request finds out


def _config(app: Any, **more: Any) -> uvicorn.Config:
    # Shared by a server's connections: it is filled and emptied within one call of the event loop.
    buffer = memoryview(bytearray(_READ_BYTES))
    return uvicorn.Config(
        app,
        # Access lines would cost more than small requests do; harlake logs what fails.
        access_log=False,
        timeout_graceful_shutdown=_GRACE,
        server_header=False,
        http=functools.partial(BufferedHttpProtocol, buffer),  # type: ignore[arg-type]  # uvicorn demands no more than that it can be called
        **more,
    )


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it listens."""

    on_listening: Callable[[], None] | None = None

    _loop: asyncio.AbstractEventLoop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if self.on_listening is not None:
            self.on_listening()

    def connect(self) -> socket.socket:
        """Return a socket that is connected to the server, which runs in another thread. Raises OSError."""
        if not self.started:
            raise ConnectionRefusedError("the service could not be started")
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        accepted = self._loop.connect_accepted_socket(self._protocol, theirs)
        asyncio.run_coroutine_threadsafe(accepted, self._loop).result()
        return ours

    def _protocol(self) -> asyncio.BaseProtocol:
        """Return a protocol, as uvicorn makes one for each connection that is accepted."""
        return self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state, _loop=self._loop
        )


def _url(listener: socket.socket) -> str:
    """Return the URL of a socket; one that listens on all addresses is reached at the loopback address."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - not what it is bound to
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class BufferedHttpProtocol(asyncio.BufferedProtocol):
    """uvicorn's protocol, reading into a buffer that it is given.

    It holds uvicorn's instead of extending it: uvloop gives a ``Protocol`` no buffer, whatever else it may be.
    """

    def __init__(self, buffer: memoryview, *arguments: Any, **options: Any) -> None:
        self._buffer = buffer
        self._http = _HttpProtocol(*arguments, **options)
        self.connection_made = self._http.connection_made  # type: ignore[method-assign,assignment]
        self.connection_lost = self._http.connection_lost  # type: ignore[method-assign]
        self.eof_received = self._http.eof_received  # type: ignore[method-assign]
        self.pause_writing = self._http.pause_writing  # type: ignore[method-assign]
        self.resume_writing = self._http.resume_writing  # type: ignore[method-assign]

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - part of the interface
        """Return where the event loop is to read to."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take what has been read."""
        self._http.data_received(self._buffer[:nbytes])  # type: ignore[arg-type]  # its parser takes any buffer


class _HttpProtocol(HttpToolsProtocol):
    def on_body(self, body: bytes) -> None:
        """Take a part of a request's body; where nothing waits, as it is instead of appended."""
        cycle = self.cycle
        if cycle.body or cycle.response_complete or self.parser.should_upgrade():
            super().on_body(body)
            return
        cycle.body = body  # type: ignore[assignment]  # it is copied into bytes, and replaced
        if len(body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()
