"""A script for k6 that sends the captured requests again, one after the other, and checks the statuses of the answers.

Whatever the capture says is in literals of ASCII, or in base64; comments consist of words of ours only. Headers are
lists of pairs, so that no name means anything to JavaScript.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Final

import harlake
from harlake.export.content import ExportContent
from harlake.har.raw_json import object_at
from harlake.har.replay.literals import javascript_literal
from harlake.har.replay.recorded_request import RecordedRequest, recorded_request
from harlake.har.values.numbers import python_number
from harlake.limits import MIB

_HEAD: Final = """\
// Made by harlake %s: the requests of a capture, in its order. Run it with: k6 run FILE
import http from "k6/http";
import { check } from "k6";
import { b64decode } from "k6/encoding";

export const options = { vus: 1, iterations: 1 };

// Cookies are those that were captured: a jar of its own for each request adds none.
function send(method, url, headers, body, status) {
  const params = { headers: Object.fromEntries(headers), redirects: 0, jar: new http.CookieJar() };
  const response = http.request(method, url, body, params);
  if (status > 0) check(response, { "status is as captured": (answer) => answer.status === status });
}

export default function () {
"""

#: Computed by k6 itself, or of a connection that is its own.
_OWN: Final = frozenset(
    {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "http2-settings", "expect"}
)
_PIECE: Final = MIB
#: Of which base64 has no padding.
_THREES: Final = _PIECE - _PIECE % 3


def k6_calls(content: ExportContent) -> Iterator[bytes]:
    """Yield the script."""
    yield (_HEAD % harlake.__version__).encode()
    for number, entry in enumerate(content.entries(), 1):
        request = recorded_request(entry)
        for comment in request.comments:
            yield f"  // {comment}\n".encode()
        if request.can_be_sent:
            yield from _call(request, _status(entry))
        else:
            yield f"  // Entry {number} cannot be sent, and is left out.\n".encode()
    yield b"}\n"


def _call(request: RecordedRequest, status: int) -> Iterator[bytes]:
    joined: dict[str, tuple[str, list[str]]] = {}
    for name, value in request.headers:
        if name.lower() not in _OWN:
            joined.setdefault(name.lower(), (name, []))[1].append(value)
    pairs = ", ".join(
        f"[{javascript_literal(name)}, {javascript_literal(('; ' if kind == 'cookie' else ', ').join(values))}]"
        for kind, (name, values) in joined.items()
    )
    method, url = javascript_literal(request.method or "GET"), javascript_literal(request.url)
    yield f"  send({method}, {url}, [{pairs}], ".encode()
    yield from _body(request.body)
    yield f", {status});\n".encode()


def _body(body: bytes | None) -> Iterator[bytes]:
    """Yield a body: a text where it is a short one, else bytes."""
    if body is None:
        yield b"null"
        return
    if len(body) <= _PIECE:
        try:
            yield javascript_literal(body.decode()).encode()
        except UnicodeDecodeError:
            pass
        else:
            return
    yield b'b64decode("'
    for start in range(0, len(body), _THREES):
        yield base64.b64encode(body[start : start + _THREES])
    yield b'")'


def _status(entry: bytes) -> int:
    """Return the status of a captured response, 0 where there is none."""
    status = python_number(object_at(entry, "response").get("status", b"null"))
    return int(status) if status is not None and 100 <= status <= 599 else 0
