"""Sessions of Charles as JSON (``.chlsj``): an array of transactions, each with the messages and its times.

A body is ``text``, or base64 as ``encoded``; Charles has decoded it, whatever the headers say.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Generator, Iterator
from typing import Any, Final

import msgspec

from harlake.errors import InvalidJsonError
from harlake.formats.capture_format import Conversion
from harlake.formats.har_entry import Exchange, har_entry
from harlake.formats.har_text import har_text
from harlake.formats.http_message import HttpMessage
from harlake.formats.json_elements import Element, json_elements
from harlake.formats.notes import Notes
from harlake.formats.source import Source
from harlake.har.surrogates import repair
from harlake.limits import Limits

_ARRAY: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*\[\s*\{\s*\"")
_MEMBERS: Final = re.compile(rb'"(?:protocolVersion|keptAlive|actualPort|tunnel|remoteAddress)"\s*:')
_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}
#: Charles's names of durations, in milliseconds, and HAR's.
_DURATIONS: Final = (
    ("dns", "dns"),
    ("connect", "connect"),
    ("ssl", "ssl"),
    ("request", "send"),
    ("latency", "wait"),
    ("response", "receive"),
)


def is_charles(first: bytes) -> bool:
    """Return whether a file begins as a session of Charles does."""
    return _ARRAY.match(first) is not None and _MEMBERS.search(first) is not None


def convert_charles(source: Source, limits: Limits) -> Generator[None, None, Conversion]:
    """Return the HAR that is made of a session of Charles. Raises InvalidHarError."""
    yield
    notes = Notes()
    return Conversion(har_text(_entries(source, notes, limits), "Charles Proxy"), notes)


def _entries(source: Source, notes: Notes, limits: Limits) -> Iterator[bytes]:
    def pieces() -> Iterator[bytes]:
        for number, piece in enumerate(source.pieces()):
            yield piece if number else piece.removeprefix(b"\xef\xbb\xbf")

    for element in json_elements(pieces(), limits):
        yield b"" if element is None else _entry(element, notes, limits)


def _entry(element: Element, notes: Notes, limits: Limits) -> bytes:
    try:
        said = msgspec.json.decode(repair(element.text) or element.text)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InvalidJsonError(f"a transaction is no JSON: {error}", byte=element.byte, entry=element.ordinal) from None
    request, response = _object(said, "request"), _object(said, "response")
    durations, times = _object(said, "durations"), _object(said, "times")
    method = _text(said, "method") or "GET"
    version = _text(said, "protocolVersion")
    sent = _message(request, (method, "", version))
    status = response.get("status")
    reason = _text(_object(response, "header"), "firstLine").split(" ", 2)[2:]
    received = _message(response, (version, str(status) if isinstance(status, int) else "", "".join(reason)))
    timings = {name: value for key, name in _DURATIONS if (value := _number(durations, key)) >= 0}
    exchange = Exchange(
        url=_url(said),
        request=sent,
        response=received if response else None,
        started=_text(times, "start"),
        time=_number(durations, "total"),
        timings=timings,
        server=_text(said, "remoteAddress").rpartition("/")[2],
        comment=_text(said, "notes"),
        error=_text(said, "errorMessage") or _text(said, "failure"),
        is_decoded=True,
    )
    return har_entry(exchange, notes, limits.max_entry_bytes)


def _message(side: dict[str, Any], start: tuple[str, str, str]) -> HttpMessage:
    sizes = _object(side, "sizes")
    listed = _object(side, "header").get("headers")
    headers = [
        (_text(one, "name"), _text(one, "value"))
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict)
    ]
    if not any(name.lower() == "content-type" for name, _ in headers) and (mime := _text(side, "mimeType")):
        charset = _text(side, "charset")
        headers.append(("Content-Type", f"{mime}; charset={charset}" if charset else mime))
    head, body = _number(sizes, "headers"), _number(sizes, "body")
    return HttpMessage(start, headers, _body(_object(side, "body")), int(head), int(body))


def _body(body: dict[str, Any]) -> bytes:
    encoded = body.get("encoded")
    if isinstance(encoded, str):
        try:
            return binascii.a2b_base64(encoded)
        except (binascii.Error, ValueError):
            return encoded.encode("utf-8", "replace")
    return _text(body, "text").encode("utf-8", "replace")


def _url(said: dict[str, Any]) -> str:
    scheme, host = _text(said, "scheme") or "http", _text(said, "host")
    port = said.get("port") or said.get("actualPort")
    if said.get("tunnel") is True and _text(said, "method") == "CONNECT":
        return f"https://{host}:{port or _DEFAULT_PORTS['https']}"
    place = f":{port}" if isinstance(port, int) and port != _DEFAULT_PORTS.get(scheme) else ""
    query = _text(said, "query")
    return f"{scheme}://{host}{place}{_text(said, 'path') or '/'}{'?' * bool(query)}{query}"


def _object(value: dict[str, Any], name: str) -> dict[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""


def _number(value: dict[str, Any], name: str) -> float:
    found = value.get(name)
    return found if isinstance(found, int | float) and not isinstance(found, bool) else -1
