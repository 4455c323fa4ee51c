"""Where a service is: URLs and Unix sockets, and the connections to them.

What is said of an address in errors never has the credentials that may be in its URL.
"""

from __future__ import annotations

import base64
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http.client import HTTP_PORT, HTTPS_PORT, HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import click

from harlake.cli.exit_statuses import UnavailableError

#: Seconds until a service has to take a connection. What it then does may take as long as it takes.
_PATIENCE: Final = 10

Connect = Callable[[], socket.socket]

_EXAMPLES: Final = "http://127.0.0.1:8889 or unix:/run/harlake.sock"


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """Where a service is; ``path`` is what its paths begin with, and ``authorization`` what its URL has to say."""

    shown: str
    host: str = "localhost"
    port: int | None = None
    secure: bool = False
    connector: Connect | None = None
    path: str = ""
    authorization: str | None = None

    def connect(self, ca_file: Path | None = None) -> HTTPConnection:
        """Return a connection, which is opened by its first request. ``ca_file`` has the authorities to trust."""
        if self.connector is not None:
            return _ConnectorConnection(self.connector)
        if not self.secure:
            return _TcpConnection(self.host, self.port, timeout=_PATIENCE)
        try:
            context = ssl.create_default_context(cafile=ca_file)
        except OSError as error:
            raise UnavailableError(f"{ca_file}: {error.strerror or error}") from error
        return _TlsConnection(self.host, self.port, timeout=_PATIENCE, context=context)

    def answers(self) -> bool:
        """Return whether anybody takes connections there."""
        try:
            if self.connector is not None:
                self.connector().close()
            else:
                port = self.port or (HTTPS_PORT if self.secure else HTTP_PORT)
                socket.create_connection((self.host, port), _PATIENCE).close()
        except OSError:
            return False
        return True


def service_address(address: str | Connect) -> ServiceAddress:
    """Return where a service is, given its URL, or what connects to it. Raises UsageError."""
    if not isinstance(address, str):
        return ServiceAddress("the service", connector=address)
    for scheme in ("unix:", "http+unix:"):
        if address.lower().startswith(scheme):
            path = unquote(address[len(scheme) :])
            # Three slashes are an empty host and a path; two and %2F, or none, are a path only.
            path = path.removeprefix("//")
            if path.startswith("/") and "\0" not in path:
                return ServiceAddress(f"unix:{path}", connector=partial(_connect_to, path))
            raise click.UsageError(f"--server unix: needs a path from the root, as in {_EXAMPLES}.")
    return _url_address(address)


def bearer(token: str) -> str:
    """Return the header that presents a token. Raises UsageError."""
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise click.UsageError("--token or HARLAKE_TOKEN is no token.")
    return f"Bearer {token}"


def _url_address(address: str) -> ServiceAddress:
    try:
        url = urlsplit(address)
        host, port, credentials = url.hostname, url.port, url.netloc.rpartition("@")[0]
    except ValueError:
        raise _no_url() from None
    if url.scheme not in ("http", "https") or not host:
        raise _no_url()
    authority = url.netloc.rpartition("@")[2]
    return ServiceAddress(
        f"{url.scheme}://{authority}{url.path}",
        host,
        port,
        secure=url.scheme == "https",
        path=url.path.rstrip("/"),
        authorization=_basic(credentials) if credentials else None,
    )


def _no_url() -> click.UsageError:
    return click.UsageError(f"--server is no URL such as {_EXAMPLES}.")


def _basic(credentials: str) -> str:
    user, _, password = credentials.partition(":")
    pair = f"{unquote(user)}:{unquote(password)}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _connect_to(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(path)
    except OSError:
        connection.close()
        raise
    return connection


class _ConnectorConnection(HTTPConnection):
    """HTTP on a socket that something else connects."""

    def __init__(self, connector: Connect) -> None:
        super().__init__("localhost")
        self._connector = connector

    def connect(self) -> None:
        """Connect."""
        self.sock = self._connector()


class _TcpConnection(HTTPConnection):
    """HTTP with patience: a timeout for connecting only."""

    def connect(self) -> None:
        """Connect."""
        super().connect()
        self.sock.settimeout(None)


class _TlsConnection(HTTPSConnection):
    """HTTPS with the same patience."""

    def connect(self) -> None:
        """Connect."""
        super().connect()
        self.sock.settimeout(None)
