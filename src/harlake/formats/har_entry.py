"""An entry of HAR 1.2, made of a request and a response that another program has captured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import msgspec

from harlake.formats.body_text import body_members
from harlake.formats.content_coding import decoded_content
from harlake.formats.http_message import HttpMessage
from harlake.formats.notes import Notes

_PHASES: Final = ("blocked", "dns", "connect", "ssl", "send", "wait", "receive")
#: What its reader is told of a body that stays as it was sent.
UNDECODED: Final = "bodies are kept as they were sent, compressed"


@dataclass(slots=True)
class Exchange:
    """A request and its response; ``started`` is as ISO 8601 has it, and times are in milliseconds, -1 if not known.

    Where bodies are ``is_decoded`` already, their content codings say what was sent, and not what is there.
    """

    url: str
    request: HttpMessage
    response: HttpMessage | None = None
    started: str = ""
    time: float = -1
    timings: dict[str, float] = field(default_factory=dict)
    server: str = ""
    comment: str = ""
    error: str = ""
    is_decoded: bool = False


def har_entry(exchange: Exchange, notes: Notes, most: int) -> bytes:
    """Return an entry, as JSON; a body may be decoded to so many bytes."""
    timings: dict[str, Any] = dict.fromkeys(_PHASES, -1) | {"send": 0, "wait": 0, "receive": 0} | exchange.timings
    entry: dict[str, Any] = {"startedDateTime": exchange.started, "time": exchange.time}
    entry["request"] = _request(exchange)
    entry["response"] = _response(exchange, notes, most)
    entry |= {"cache": {}, "timings": timings}
    entry |= {"serverIPAddress": exchange.server} if exchange.server else {}
    entry |= {"comment": exchange.comment} if exchange.comment else {}
    return msgspec.json.encode(entry)


def _request(exchange: Exchange) -> dict[str, Any]:
    message = exchange.request
    method, _, version = message.start
    found: dict[str, Any] = {
        "method": method,
        "url": exchange.url,
        "httpVersion": version,
        "cookies": _cookies(message.headers, "cookie"),
        "headers": _named(message.headers),
        "queryString": _named(_query(exchange.url)),
        "headersSize": message.head_bytes,
        "bodySize": message.body_bytes,
    }
    if message.body:
        found["postData"] = {"mimeType": message.header("content-type"), "params": [], **_body(message.body)}
    return found


def _response(exchange: Exchange, notes: Notes, most: int) -> dict[str, Any]:
    message = exchange.response or HttpMessage()
    version, status, reason = message.start
    body = message.body
    codings = message.header("content-encoding")
    if body and codings and not exchange.is_decoded:
        decoded = decoded_content(body, codings, most)
        if decoded is None:
            notes.add(UNDECODED, f"{codings} of {exchange.url[:200]!r}")
        body = body if decoded is None else decoded
    content: dict[str, Any] = {"size": len(body), "mimeType": message.header("content-type")}
    if message.body_bytes >= 0 and codings:
        content["compression"] = len(body) - message.body_bytes
    found = {
        "status": int(status) if status.isdecimal() and len(status) < 10 else 0,
        "statusText": reason,
        "httpVersion": version,
        "cookies": _cookies(message.headers, "set-cookie"),
        "headers": _named(message.headers),
        "content": content | _body(body),
        "redirectURL": message.header("location"),
        "headersSize": message.head_bytes,
        "bodySize": message.body_bytes,
    }
    return found | ({"_error": exchange.error} if exchange.error else {})


def _body(data: bytes) -> dict[str, Any]:
    return {name: msgspec.Raw(value) for name, value in body_members(data)} if data else {}


def _named(pairs: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _query(url: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(urlsplit(url).query, keep_blank_values=True)
    except ValueError:
        return []


def _cookies(headers: list[tuple[str, str]], header: str) -> list[dict[str, str]]:
    found = []
    for name, value in headers:
        if name.lower() == header:
            pairs = value.split(";") if header == "cookie" else value.split(";")[:1]
            for pair in pairs:
                key, equals, said = pair.strip().partition("=")
                if equals:
                    found.append((key, said))
    return _named(found)
