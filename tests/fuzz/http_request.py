"""A request as it is drawn: any bytes may be anywhere in it, and it may be sent in ways that no client would.

What only a running service knows is named: ``@session3@`` stands for the id of some session. So the same seed draws the
same requests, whatever ids the service gives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Final

_NAMED: Final = re.compile(rb"@([a-z]+)(\d{0,4})@")

#: Names, and the texts that each may stand for.
Names = Mapping[str, Sequence[str]]


class Framing(Enum):
    """How the length of a body is said."""

    LENGTH = "Content-Length"
    CHUNKED = "chunks"
    #: More is announced than comes, and the client ends there.
    CUT_OFF = "cut off"
    CUT_OFF_CHUNK = "cut off in a chunk"
    #: What follows is the beginning of the next request, and none that is valid.
    EXCESS = "more than Content-Length"
    NONE = "no length"
    TWO_LENGTHS = "two lengths"
    BAD_LENGTH = "a length that is none"
    BOTH = "length and chunks"
    BAD_CHUNK = "chunk sizes that are none"
    #: Twice, without waiting, and then what is no HTTP.
    PIPELINED = "twice, and what is none"

    @property
    def is_whole(self) -> bool:
        """Whether the connection can be used again."""
        return self in (Framing.LENGTH, Framing.CHUNKED)

    @property
    def is_cut_off(self) -> bool:
        """Whether the client leaves before it has sent what it has announced."""
        return self in (Framing.CUT_OFF, Framing.CUT_OFF_CHUNK)

    @property
    def owes_answer(self) -> bool:
        """Whether the service has to answer: what follows a request and is no HTTP may end the answer to it as well."""
        return not self.is_cut_off and self not in (Framing.EXCESS, Framing.NONE, Framing.PIPELINED)


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request: ``operation`` says what it was drawn for, ``leaves_after`` how many bytes of the answer it reads."""

    operation: str
    method: bytes
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes | None = None
    framing: Framing = Framing.LENGTH
    version: bytes = b"HTTP/1.1"
    #: Where the body is cut into pieces that are sent by themselves, or are chunks; taken modulo its length.
    cuts: tuple[int, ...] = ()
    leaves_after: int | None = None

    def named(self, names: Names) -> HttpRequest:
        """Return the request with ids in place of names."""

        def resolve(data: bytes) -> bytes:
            return _NAMED.sub(lambda match: _chosen(match, names), data)

        headers = tuple((name, resolve(value)) for name, value in self.headers)
        body = None if self.body is None else resolve(self.body)
        return HttpRequest(
            self.operation,
            self.method,
            resolve(self.target),
            headers,
            body,
            self.framing,
            self.version,
            self.cuts,
            self.leaves_after,
        )

    def head(self) -> bytes:
        """Return the request line and the headers."""
        lines = [b"%b %b %b" % (self.method, self.target, self.version)]
        lines += [b"%b: %b" % header for header in (*self.headers, *self._framing_headers())]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def pieces(self) -> list[bytes]:
        """Return what is sent: the head, and the body in its pieces."""
        if self.framing is Framing.PIPELINED:
            return [(self.head() + (self.body or b"")) * 2, b"no HTTP\r\n\r\n"]
        if self.body is None:
            return [self.head()]
        parts = _cut(self.body, self.cuts)
        match self.framing:
            case Framing.CHUNKED | Framing.BOTH:
                parts = [*(b"%x\r\n%b\r\n" % (len(part), part) for part in parts if part), b"0\r\n\r\n"]
            case Framing.CUT_OFF_CHUNK:
                parts = [b"%x\r\n%b" % (len(part) + 5, part) for part in parts[:1]]
            case Framing.BAD_CHUNK:
                parts = [b"-%x\r\n%b\r\nzz\r\n\r\n" % (len(part), part) for part in parts]
            case _:
                pass
        return [self.head(), *parts]

    def _framing_headers(self) -> list[tuple[bytes, bytes]]:
        if self.body is None:
            return []
        size = len(self.body)
        chunked = (b"Transfer-Encoding", b"chunked")
        length = b"Content-Length"
        return {
            Framing.LENGTH: [(length, b"%d" % size)],
            Framing.CHUNKED: [chunked],
            Framing.CUT_OFF: [(length, b"%d" % (size + 1 + size // 3))],
            Framing.CUT_OFF_CHUNK: [chunked],
            Framing.EXCESS: [(length, b"%d" % (size // 2))],
            Framing.NONE: [],
            Framing.TWO_LENGTHS: [(length, b"%d" % size), (length, b"%d" % (size + 1))],
            Framing.BAD_LENGTH: [(length, b"+%d_0" % size)],
            Framing.BOTH: [(length, b"%d" % size), chunked],
            Framing.BAD_CHUNK: [chunked],
            Framing.PIPELINED: [(length, b"%d" % size)],
        }[self.framing]


def _chosen(match: re.Match[bytes], names: Names) -> bytes:
    texts = names.get(match[1].decode())
    return texts[int(match[2] or b"0") % len(texts)].encode() if texts else match[0]


def _cut(body: bytes, cuts: Sequence[int]) -> list[bytes]:
    offsets = sorted(cut % (len(body) + 1) for cut in cuts)
    return [body[start:end] for start, end in pairwise([0, *offsets, len(body)])]
