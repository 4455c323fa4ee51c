"""JavaScript that sends a captured request again, with ``fetch`` of Node.js, Deno, Bun, or a browser's console.

Texts are literals of ASCII only: no quote, line end or end of a script in them is one of the code.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Final

from harlake.har.replay.literals import javascript_literal
from harlake.har.replay.recorded_request import RecordedRequest
from harlake.har.replay.recorded_url import host_of

#: Methods that fetch takes no body with, and those that it refuses (WHATWG Fetch 2.2.1, 5.4).
_BODILESS: Final = frozenset({"GET", "HEAD"})
_FORBIDDEN: Final = frozenset({"CONNECT", "TRACE", "TRACK"})

#: Headers that Node.js refuses, or has of its own.
_OWN: Final = frozenset(
    (
        *("host", "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "http2-settings"),
        "expect",
    )
)
#: Those that it adds where they are not given.
_ADDED: Final = ("Accept", "Accept-Language", "Accept-Encoding", "User-Agent", "Sec-Fetch-Mode")
#: Those that pages cannot set (WHATWG Fetch, 2.2.2).
_OF_BROWSERS: Final = frozenset({"accept-encoding", "cookie", "date", "dnt", "origin", "referer", "te", "via"})
#: What a URL has that is normalized (WHATWG URL, 4.4).
_NORMALIZED: Final = re.compile(r"""/(?:\.|%2[eE]){1,2}(?=[/?]|\Z)|["<>`{}^|\\]|//[^/?]*[A-Z]|:80(?=/)|:443(?=/)""")


def fetch_script(request: RecordedRequest) -> str:
    """Return a call of ``fetch`` that sends a request again; comments before it say what it cannot repeat."""
    comments = list(request.comments)
    method = request.method or "GET"
    if method.upper() in _FORBIDDEN:
        comments.append("fetch refuses this method.")
    if _NORMALIZED.search(request.url) or "'" in request.url.partition("?")[2]:
        comments.append("fetch changes this URL: it resolves dots in paths, and encodes more characters.")
    body = request.body
    if body is not None and method in _BODILESS:
        comments.append(f"fetch sends no body with {method}: it is left out.")
        body = None
    comments += _on_headers(request)
    headers = "".join(
        f"    [{javascript_literal(name)}, {javascript_literal(_bytes_of(value))}],\n" for name, value in _sent(request)
    )
    lines = [f"  method: {javascript_literal(method)},", '  redirect: "manual",']
    lines += [f"  headers: [\n{headers}  ],"] if headers else []
    lines += [f"  body: {_body(body, is_typed=bool(request.values('content-type')))},"] if body is not None else []
    heading = "".join(f"// {comment}\n" for comment in comments)
    options = "\n".join(lines)
    return (
        f"{heading}const response = await fetch({javascript_literal(request.url)}, {{\n{options}\n}});\n"
        "console.log(response.status, await response.text());\n"
    )


def _on_headers(request: RecordedRequest) -> Iterator[str]:
    """Yield comments on headers that are not sent as they were."""
    names = [name.lower() for name, _ in request.headers]
    if any(name in _OWN and (name != "host" or value != host_of(request.url)) for name, value in _lower(request)):
        yield "fetch has a host and a connection of its own: headers that say others are left out."
    if len(set(names)) < len(names):
        yield "fetch joins headers of one name to one."
    if missing := [name for name in _ADDED if name.lower() not in names]:
        yield f"Node.js and browsers add headers that were not captured: {', '.join(missing)}."
    if any(name in _OF_BROWSERS or name.startswith(("sec-", "proxy-")) for name in names):
        yield "A browser sends its own values of Accept-Encoding, Cookie, Origin, Referer, TE and Sec headers."


def _lower(request: RecordedRequest) -> Iterator[tuple[str, str]]:
    return ((name.lower(), value) for name, value in request.headers)


def _sent(request: RecordedRequest) -> list[tuple[str, str]]:
    """Return the headers that fetch takes: those of the connection are its own."""
    return [(name, value) for name, value in request.headers if name.lower() not in _OWN]


def _bytes_of(value: str) -> str:
    """Return a header's value as fetch takes it: a character for each byte."""
    return value.encode("utf-8", "replace").decode("latin-1")


def _body(body: bytes, *, is_typed: bool) -> str:
    """Return a body as JavaScript: a text, or bytes of base64; fetch gives a text a type where it has none."""
    try:
        text = body.decode() if is_typed or not body else None
    except UnicodeDecodeError:
        text = None
    if text:
        return javascript_literal(text)
    encoded = base64.b64encode(body).decode()
    return f'Uint8Array.from(atob("{encoded}"), (character) => character.charCodeAt(0))'
