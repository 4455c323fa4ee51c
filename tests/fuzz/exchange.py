"""Sends requests over sockets, byte for byte, and reads what comes back as a strict client does."""

from __future__ import annotations

import select
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from http.client import HTTPException, HTTPResponse
from typing import Final
from urllib.parse import SplitResult

from tests.fuzz.http_request import Framing, HttpRequest

#: Of an answer, so much is looked at; the rest is read, and counted.
KEPT_BYTES: Final = 256 * 1024
_PIECE: Final = 64 * 1024
_CONTINUE: Final = b"HTTP/1.1 100"
_NO_WAIT: Final = b"\x01\x00\x00\x00\x00\x00\x00\x00"


class End(Enum):
    """How an exchange ended."""

    COMPLETE = "complete"
    #: An answer has begun, and the connection was closed before its end.
    CUT_OFF = "cut off"
    #: The connection was closed without an answer.
    DROPPED = "dropped"
    #: What came back is no HTTP.
    MALFORMED = "malformed"
    TIMED_OUT = "timed out"
    #: The client has left on purpose.
    LEFT = "left"


@dataclass(slots=True)
class Answer:
    """What came back; of ``body`` the beginning."""

    end: End
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    size: int = 0
    seconds: float = 0.0
    detail: str = ""


class Client:
    """One connection at a time, used again where both sides allow it."""

    def __init__(self, url: SplitResult, timeout: float) -> None:
        assert url.hostname is not None
        assert url.port is not None
        self._address = (url.hostname, url.port)
        self._timeout = timeout
        self._socket: socket.socket | None = None

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def exchange(self, request: HttpRequest) -> Answer:
        """Send a request, and return the answer."""
        started = time.monotonic()
        used = self._socket is not None
        answer = self._try(request)
        if used and answer.end is End.DROPPED:  # the service may close what is idle at any time
            answer = self._try(request)
        answer.seconds = time.monotonic() - started
        return answer

    def _try(self, request: HttpRequest) -> Answer:
        try:
            if self._socket is None:
                self._socket = socket.create_connection(self._address, self._timeout)
            answer, reusable = _exchange(self._socket, request, self._timeout)
        except TimeoutError:
            answer, reusable = Answer(End.TIMED_OUT), False
        except OSError as error:
            answer, reusable = Answer(End.DROPPED, detail=str(error)), False
        if not reusable:
            self.close()
        return answer


def _exchange(connection: socket.socket, request: HttpRequest, timeout: float) -> tuple[Answer, bool]:
    """Send a request, and return the answer, and whether the connection can be used again."""
    is_sent = _send(connection, request.pieces(), timeout)
    if request.leaves_after == 0:
        _leave(connection)
        return Answer(End.LEFT), False
    if request.framing.is_cut_off and request.body is not None:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
    response = HTTPResponse(connection, method=request.method.decode("latin-1"))
    answer = _read(response, connection, request.leaves_after)
    is_whole = request.framing.is_whole or (request.body is None and request.framing is not Framing.PIPELINED)
    reusable = is_sent and is_whole and answer.end is End.COMPLETE and not response.will_close
    return answer, reusable


def _send(connection: socket.socket, pieces: list[bytes], timeout: float) -> bool:
    """Send all that there is, or what there is until an answer comes; return whether it was all."""
    for piece in pieces:
        unsent = memoryview(piece)
        while unsent:
            readable, writable, _ = select.select([connection], [connection], [], timeout)
            if readable and not _skip_continue(connection):
                return False
            if not writable:
                raise TimeoutError
            try:
                unsent = unsent[connection.send(unsent[:_PIECE]) :]
            except (BrokenPipeError, ConnectionResetError):
                return False  # what was answered before can still be read
    return True


def _skip_continue(connection: socket.socket) -> bool:
    """Read an answer that only says to go on; return whether it was one."""
    begun = connection.recv(_PIECE, socket.MSG_PEEK)
    end = begun.find(b"\r\n\r\n") + 4
    if not begun.startswith(_CONTINUE) or end < 4:
        return False
    connection.recv(end)
    return True


def _read(response: HTTPResponse, connection: socket.socket, leaves_after: int | None) -> Answer:
    answer = Answer(End.COMPLETE)
    try:
        response.begin()
        answer.status = response.status
        answer.headers = {name.lower(): value for name, value in response.getheaders()}
        while piece := response.read(_PIECE if leaves_after is None else min(_PIECE, leaves_after)):
            answer.size += len(piece)
            if len(answer.body) < KEPT_BYTES:
                answer.body += piece
            if leaves_after is not None and answer.size >= leaves_after:
                _leave(connection)
                answer.end = End.LEFT
                return answer
        if response.length:
            answer.end = End.CUT_OFF
    except TimeoutError:
        answer.end = End.TIMED_OUT
    except (HTTPException, ConnectionError, ValueError) as error:
        is_dropped = isinstance(error, ConnectionError) and not answer.status  # as http.client's RemoteDisconnected is
        answer.end = End.DROPPED if is_dropped else End.CUT_OFF if answer.status else End.MALFORMED
        answer.detail = repr(error)
    return answer


def _leave(connection: socket.socket) -> None:
    """End a connection at once, as a process that is killed does with an answer that it has not read."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_WAIT)
    connection.close()
