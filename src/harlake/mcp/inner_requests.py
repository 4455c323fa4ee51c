"""Asks the service's own API, as whoever calls a tool: with the same token, the same limits, and a line in the log."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec
from litestar.status_codes import HTTP_400_BAD_REQUEST
from litestar.types import Message
from litestar_mcp import get_mcp_request_context

from harlake.errors import OversizedAnswerError
from harlake.limits import MIB

#: Bytes of an answer that is looked at as a whole.
_MOST: Final = 4 * MIB

#: Headers that say who asks, and whom.
_PASSED_ON: Final = frozenset({b"host", b"authorization", b"cookie", b"origin", b"sec-fetch-site"})

_OF_THE_CONNECTION: Final = ("asgi", "http_version", "scheme", "server", "client", "extensions")


class RefusedError(Exception):
    """The API has refused a request; ``body`` is what it says, as JSON."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


@dataclass(slots=True)
class AnswerPart:
    """Bytes of an answer from ``start`` on, at most ``most``; ``size`` is how many there were in all."""

    start: int = 0
    most: int = _MOST
    status: int = 0
    content_type: str = ""
    size: int = 0
    data: bytearray = field(default_factory=bytearray)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: Message) -> None:
        """Take a message of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = dict(message["headers"])
            self.content_type = headers.get(b"content-type", b"").decode("latin-1")
            if self.status >= HTTP_400_BAD_REQUEST:  # of a refusal, all is needed
                self.start, self.most = 0, _MOST
        elif message["type"] == "http.response.body":
            piece = message["body"]
            first = max(0, self.start - self.size)
            self.data += piece[first : first + max(0, self.most - len(self.data))]
            self.size += len(piece)
            if not message.get("more_body"):
                self.ended.set()


async def ask_part(path: str, query: Mapping[str, Any], part: AnswerPart) -> AnswerPart:
    """Ask for something, and take a part of the answer. Raises RefusedError."""
    await _exchange("GET", path, query, b"", part)
    return part


async def ask(path: str, query: Mapping[str, Any]) -> Any:
    """Ask for JSON, and return it. Raises RefusedError, OversizedAnswerError."""
    part = await ask_part(path, query, AnswerPart())
    if part.size > len(part.data):
        raise OversizedAnswerError("ask for less")
    return msgspec.json.decode(part.data)


async def ask_sql(body: Mapping[str, Any], most: int) -> AnswerPart:
    """Ask in SQL, and take the beginning of the answer. Raises RefusedError."""
    part = AnswerPart(most=most)
    await _exchange("POST", "/api/sql", {}, msgspec.json.encode(body), part)
    return part


async def _exchange(method: str, path: str, query: Mapping[str, Any], body: bytes, part: AnswerPart) -> None:
    """Have the application answer, in a context of its own: what is noted of a request is noted there."""
    request = get_mcp_request_context().request
    assert request is not None  # there is no other way to reach it
    given = {name: value for name, value in query.items() if value is not None}
    headers = [pair for pair in request.scope["headers"] if pair[0] in _PASSED_ON]
    if body:
        headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    scope: dict[str, Any] = {
        **{name: request.scope.get(name) for name in _OF_THE_CONNECTION},
        "type": "http",
        "method": method,
        "root_path": "",
        "path": path,
        "raw_path": quote(path).encode(),
        "query_string": urlencode(given, doseq=True).encode(),
        "headers": headers,
        "state": {},
    }
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        if messages:
            return messages.pop()
        await part.ended.wait()  # the client stays until then
        return {"type": "http.disconnect"}

    await asyncio.create_task(request.app(scope, receive, part.send))  # type: ignore[arg-type]
    if part.status >= HTTP_400_BAD_REQUEST:
        raise RefusedError(part.status, bytes(part.data))
