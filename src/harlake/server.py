"""How uvicorn serves harlake: with a protocol of its own for HTTP/1.1 (:mod:`harlake.http1`)."""

from __future__ import annotations

import asyncio
import errno
import functools
import os
import resource
import socket
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any, Final, cast

import uvicorn

from harlake.http1.limits import ConnectionLimits
from harlake.http1.protocol import BufferedHttpProtocol, Refused
from harlake.http1.timekeeper import Connection, Timekeeper
from harlake.limits import KIB
from harlake.observability.limiters import LimiterRegistry, Usage

#: Bytes that are read at a time, if the client has sent as many.
_READ_BYTES: Final = 512 * KIB

#: Seconds that running requests are given when the server is to stop, before they are cancelled.
_GRACE: Final = 4

_A_DAY: Final = 86_400

#: For a server of one client, which is this process: whatever waits, waits for its user.
_PATIENT: Final = ConnectionLimits(idle=inf, upload=inf, response=inf)

#: Connections that wait to be accepted.
_BACKLOG: Final = 2_048

#: Open files of a connection, its own and up to two more, and of the process itself.
_FILES_PER_CONNECTION: Final = 3
_OTHER_FILES: Final = 64

#: Seconds until a thread that computes has to let another one go on. With Python's 5 ms, the event loop, which competes
#: with two threads for each upload, gave 99 % of its answers beside 16 uploads within 110 ms; with this, within 79.
_SWITCH_INTERVAL: Final = 0.0005


def shorten_switch_interval() -> None:
    """Let the event loop run more often beside threads that compute: call this once in a process that serves."""
    sys.setswitchinterval(_SWITCH_INTERVAL)


def run(
    app: Any,
    *,
    host: str = "127.0.0.1",
    port: int,
    uds: Path | None = None,
    ssl_certfile: Path | None = None,
    ssl_keyfile: Path | None = None,
    listening: Callable[[str], None] | None = None,
    limits: ConnectionLimits = ConnectionLimits(),  # noqa: B008 - immutable
    limiters: LimiterRegistry | None = None,
    refused: Refused = lambda _: None,
) -> None:
    """Serve an ASGI application until the process is told to stop: on a Unix socket if one is given.

    ``listening`` is called with the URL at which this machine reaches it, as soon as it does. ``limiters`` tell from
    then on how many connections there are. ``refused`` is called with the reason of each refusal that the application
    does not see.
    """
    where: dict[str, Any] = {"host": host, "port": port} if uds is None else {"uds": str(uds)}
    server = _Server(_config(app, limits, refused, **where, ssl_certfile=ssl_certfile, ssl_keyfile=ssl_keyfile))
    if limiters is not None:
        most = _max_connections(limits.connections)
        limiters.register("connections", lambda: Usage(len(server.server_state.connections), most, 0))
    if listening is not None:
        server.on_listening = lambda: listening(_url(server.servers[0].sockets[0], secure=ssl_certfile is not None))
    if uds is None:
        server.run()
        return
    reserve_socket(uds)
    try:
        server.run()
    finally:
        uds.unlink(missing_ok=True)


@contextmanager
def serve_to_this_process(app: Any) -> Iterator[Callable[[], socket.socket]]:
    """Serve an ASGI application from a thread, for as long as the context lasts, to what connects by what it yields.

    No other process can: there is no address, and no file. Requests that are running at the end are given no time:
    whoever sent them has left.
    """
    server = _Server(_config(app, _PATIENT, lambda _: None))
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


def _config(app: Any, limits: ConnectionLimits, refused: Refused, **more: Any) -> uvicorn.Config:
    limits = replace(limits, connections=_max_connections(limits.connections))
    # Shared by a server's connections: it is filled and emptied within one call of the event loop.
    buffer = memoryview(bytearray(_READ_BYTES))
    return uvicorn.Config(
        app,
        # harlake.observability has a line for each request, without the values in it, and one format for all lines.
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=_GRACE,
        # So many are accepted before any is refused: with few open files, they must not take those of the process.
        backlog=min(_BACKLOG, max(1, limits.connections // 2)),
        server_header=False,
        timeout_keep_alive=_A_DAY,  # the timekeeper ends what is idle long before
        # Nobody is believed who says for whom a request was forwarded; and there are no WebSockets.
        proxy_headers=False,
        ws="none",
        http=functools.partial(BufferedHttpProtocol, buffer, limits, refused),  # type: ignore[arg-type]  # uvicorn demands no more than that it can be called
        **more,
    )


def _max_connections(most: int) -> int:
    """Return how many connections there may be, with as many open files as this process is allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = most * _FILES_PER_CONNECTION + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    files = needed if soft == resource.RLIM_INFINITY else min(soft, needed)
    return max(1, (files - _OTHER_FILES) // _FILES_PER_CONNECTION)


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it listens."""

    on_listening: Callable[[], None] | None = None

    _loop: asyncio.AbstractEventLoop
    _timekeeper: Timekeeper

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so. A Unix socket is its owner's only, from the moment that it is there."""
        self._loop = asyncio.get_running_loop()
        before = os.umask(0o177) if self.config.uds else None
        try:
            await super().startup(sockets)
        finally:
            if before is not None:
                os.umask(before)
        self._timekeeper = Timekeeper(cast("Collection[Connection]", self.server_state.connections))
        self._timekeeper.start()
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


def reserve_socket(path: Path) -> None:
    """Leave a Unix socket that only its owner may use at a path, where nobody listens; uvicorn keeps the mode.

    Raises OSError where somebody does, or something else is there.
    """
    if path.is_socket():
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE), str(path))
        path.unlink()
    before = os.umask(0o177)
    try:
        with socket.socket(socket.AF_UNIX) as reserved:
            reserved.bind(str(path))
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        os.umask(before)


def _url(listener: socket.socket, *, secure: bool) -> str:
    """Return the URL of a socket; one that listens on all addresses is reached at the loopback address."""
    if listener.family == socket.AF_UNIX:
        return f"unix:{Path(listener.getsockname()).absolute()}"
    scheme = "https" if secure else "http"
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - not what it is bound to
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
