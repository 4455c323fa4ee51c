"""What one connection may take, and how many there may be."""

from __future__ import annotations

from dataclasses import dataclass

from harlake.limits import KIB


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Limits in seconds, and in bytes where the name says so."""

    #: Connections at a time.
    connections: int = 4_096
    #: Requests that wait for the answer to the one before them, on one connection.
    pipelined: int = 64
    #: For the request line and the headers of a request.
    head_bytes: int = 64 * KIB
    #: For the same, from its first byte on.
    head: float = 10
    #: Until the first byte of a connection, and between two requests.
    fresh: float = 60
    idle: float = 75
    #: In which a body must bring so many bytes, while it is waited for.
    upload: float = 60
    upload_bytes: int = 60 * KIB
    #: In which something of an answer must be read.
    response: float = 60
    #: For reading what a client sends after it was refused: else its system might drop the answer unread.
    linger: float = 2
