"""Messages between the service and the process of a client's query: what is said, and how it gets there."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Final

import msgspec

#: Before a message: its length, as a big-endian number of so many bytes.
_LENGTH_BYTES: Final = 4

#: The first byte of a message that is a path of a Parquet file; and of one that is rows as the catalog keeps them.
_PATH: Final = b"p"
_ROWS: Final = b"r"


#: What a query fails with besides errors that clients know: tables that cannot be read, and what nobody has foreseen.
UNREADABLE: Final = "unreadable"
UNEXPECTED: Final = "unexpected"


class QueryTask(msgspec.Struct, frozen=True):
    """What a query may take: processor time, and disk, of which so many bytes are to stay free.

    ``scratch`` is an empty folder of its own, relative to the data folder; ``format`` is one of SQL_FORMATS.
    """

    sql: str
    seconds: float | None
    keep_free: int
    scratch: str
    format: str = "ndjson"


class QueryReply(msgspec.Struct, frozen=True):
    """Which views a query reads, once it has been checked; and then how it ended.

    ``failure`` is the name of an error, and None where there was none.
    """

    views: tuple[str, ...] = ()
    failure: str | None = None
    detail: str | None = None


class MessageChannel:
    """One end of a connected socket. Both ends can be closed at any time."""

    def __init__(self, connection: socket.socket, seconds: float | None = None) -> None:
        """``seconds`` is how long it may be used from now on, None for any time."""
        self._connection = connection
        self._give_up = None if seconds is None else time.monotonic() + seconds

    def send(self, *parts: bytes) -> None:
        """Send a message. Raises EOFError when the other end is closed, and TimeoutError."""
        length = sum(map(len, parts))
        self._await()
        try:
            self._connection.sendall(b"".join((length.to_bytes(_LENGTH_BYTES, "big"), *parts)))
        except TimeoutError:
            raise
        except OSError as error:
            raise EOFError from error

    def receive(self) -> bytes:
        """Return the next message. Raises EOFError when the other end is closed, and TimeoutError."""
        return self._read(int.from_bytes(self._read(_LENGTH_BYTES), "big"))

    def send_path(self, path: str) -> None:
        """Send the path of a Parquet file of a table."""
        self.send(_PATH, path.encode())

    def send_rows(self, rows: bytes) -> None:
        """Send some rows of a table, as :func:`index_writer.kept_rows` makes them."""
        self.send(_ROWS, rows)

    def end_table(self) -> None:
        """Say that a table is complete."""
        self.send()

    def table(self) -> Iterator[str | bytes]:
        """Yield the paths of files, and rows, of a table until it is complete."""
        while message := self.receive():
            yield message[1:].decode() if message.startswith(_PATH) else message[1:]

    def _read(self, length: int) -> bytes:
        data = bytearray(length)
        read = 0
        while read < length:
            self._await()
            try:
                count = self._connection.recv_into(memoryview(data)[read:])
            except TimeoutError:
                raise
            except OSError as error:
                raise EOFError from error
            if not count:
                raise EOFError
            read += count
        return bytes(data)

    def _await(self) -> None:
        if self._give_up is not None:
            left = self._give_up - time.monotonic()
            if left <= 0:  # also where nothing would have to be waited for
                raise TimeoutError
            self._connection.settimeout(left)
