"""What a service that redacts shows to those whose tokens lack the scope ``raw``.

A route says with ``opt={COVER: Cover.…}`` how its answers are covered. One that does not say is refused: what is
forgotten is never shown. Exports and single entries are redacted by their own routes, other JSON here, on its way out.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from enum import Enum
from typing import Any, Final

from anyio import to_thread
from litestar import Request
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Send
from litestar.types import Scope as ASGIScope

from harlake.access.scopes import TokenScope
from harlake.api.access import GRANTED
from harlake.errors import InsufficientScopeError, OversizedAnswerError
from harlake.har.redact.config import Config, Level
from harlake.har.redact.pseudonyms import KEY_BYTES
from harlake.har.redact.reading import redacted_text
from harlake.limits import MIB

#: The option of a route that says how its answers are covered.
COVER: Final = "cover"

_LEVEL: Final = "harlake.redact"
#: Of this process: equal secrets are equal in all its answers, and nobody can tell them from their pseudonyms.
_KEY: Final = secrets.token_bytes(KEY_BYTES)
#: Bytes of an answer that is redacted as a whole; listings are pages, and far smaller.
_MAX_ANSWER: Final = 64 * MIB
_OF_THE_ORIGINAL: Final = (b"content-length", b"etag")
#: Members of answers that look like secrets, and are harlake's own.
_OWN: Final = frozenset(("id", "sessionid", "captureid", "entryid", "importid", "cursor", "nextcursor", "sha256"))


class Cover(Enum):
    """How the answers of a route are kept from showing secrets."""

    #: They have nothing that was captured.
    NOTHING_CAPTURED = "nothing captured"
    #: They are JSON, and redacted on their way out.
    ANSWER = "answer"
    #: The route redacts what it reads, at the level of :func:`redaction_of`.
    ROUTE = "route"


class RedactionMiddleware:
    """Covers the answers to those who lack the scope ``raw``, and refuses what cannot be covered."""

    def __init__(self, app: ASGIApp, level: Level) -> None:
        self._app = app
        self._default = level

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        """Handle a request. Raises InsufficientScopeError."""
        granted: frozenset[TokenScope] | None = scope.get(GRANTED)  # type: ignore[assignment]
        cover = scope["route_handler"].opt.get(COVER)
        if cover is Cover.NOTHING_CAPTURED or TokenScope.RAW in (granted or ()):
            await self._app(scope, receive, send)
            return
        if cover is None:
            raise InsufficientScopeError(
                f"this shows what was captured, and needs a token with the scope {TokenScope.RAW}"
            )
        scope[_LEVEL] = self._default  # type: ignore[typeddict-unknown-key]
        await self._app(scope, receive, send if cover is Cover.ROUTE else _Covered(send, self._default).send)


class _Covered:
    """Holds a JSON answer back until it is complete, and sends it without its secrets."""

    def __init__(self, send: Send, level: Level) -> None:
        self._send = send
        self._level = level
        self._start: HTTPResponseStartEvent | None = None
        self._pieces: list[bytes] = []
        self._size = 0

    async def send(self, message: Message) -> None:
        """Take a message of the answer. Raises OversizedAnswerError."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        self._size += len(message["body"])
        if self._size > _MAX_ANSWER:
            raise OversizedAnswerError("ask for fewer entries")
        self._pieces.append(message["body"])
        if message.get("more_body"):
            return
        body = b"".join(self._pieces)
        new = await to_thread.run_sync(redacted_answer, body, self._level) if body else body
        headers = [pair for pair in self._start["headers"] if pair[0].lower() not in _OF_THE_ORIGINAL]
        if body:
            headers.append((b"content-length", str(len(new)).encode()))
        self._start["headers"] = headers
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": new, "more_body": False})


def redaction_of(request: Request[Any, Any, Any], asked: Config | None) -> Config | None:
    """Return what is taken out: what is asked for, and no less than is the default for who asks; None for nothing.

    Who is shown the default only cannot ask to keep what it takes out, nor choose the key, which would let them try
    values out.
    """
    default: Level | None = request.scope.get(_LEVEL)  # type: ignore[assignment]
    if default is None or asked is None:
        return asked if default is None else Config(default)
    none: frozenset[Any] = frozenset()
    level = max(asked.level, default, key=list(Level).index)
    return replace(asked, level=level, keep_names=none, keep_headers=none, keep_values=none, key=None)


def redacted_answer(text: bytes, level: Level) -> bytes:
    """Return JSON that a route answers without its secrets; equal ones are equal in all answers, as in entries."""
    return redacted_text(text, Config(level, keep_names=_OWN, key=_KEY))


def redacted_entry(text: bytes, config: Config | None) -> bytes:
    """Return an entry without its secrets, as it is where nothing is to be taken out."""
    return text if config is None else redacted_text(text, replace(config, key=config.key or _KEY))
