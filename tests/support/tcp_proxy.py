"""A proxy in front of any service, which lets bytes through late, or cuts connections in the middle of them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_CHUNK = 1_000


class TcpProxy:
    """A proxy on a port of its own; what it does may be changed at any time.

    ``delay`` is what each chunk takes, in seconds.
    """

    def __init__(self, port: int) -> None:
        self.delay = 0.0
        self._upstream = port
        self._connections: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> int:
        """Cut all connections, wherever they are; return how many there were."""
        connections = list(self._connections)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        return len(connections)

    def close(self) -> None:
        """Take no more connections, and cut those that there are."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self._upstream))
        except OSError:
            client.close()
            return
        with client, server:
            self._connections |= {client, server}
            back = threading.Thread(target=self._pump, args=[server, client], daemon=True)
            back.start()
            self._pump(client, server)
            back.join()
            self._connections -= {client, server}

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                time.sleep(self.delay)
                target.sendall(data)
        for connection in (source, target):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def tcp_proxy(port: int) -> Iterator[TcpProxy]:
    """Run a proxy in front of a port of this machine."""
    proxy = TcpProxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
