"""What HAR 1.2 says of the values of an entry: dates, times, sizes, and what one member says of another."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final, TypeGuard

import msgspec

from harlake.har import schema
from harlake.har.raw_json import is_string_or_absent
from harlake.har.validate import rules
from harlake.har.validate.object_checks import object_check
from harlake.har.validate.rules import Path, Violation, Violations
from harlake.limits import KIB

#: Milliseconds that seven rounded timings, and the gaps between them, may add up to.
_TOLERANCE: Final = 10

_DATE: Final = re.compile(
    r"(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE | re.ASCII)
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_PADDING: Final = (b"", b"=", b"==")
#: Digits of base64 for three bytes.
_DIGITS: Final = 4
_PIECE: Final = 256 * KIB
_CUT_ESCAPE: Final = re.compile(rb"\\(?:u[0-9a-fA-F]{0,3})?\Z")
_STATUSES: Final = range(100, 1000)
_OPTIONAL: Final = frozenset(member.name for member in schema.TIMINGS.members if not member.required)
_EMPTY: Final = len(b'""')

_text: Final = msgspec.json.Decoder(str).decode

# The structs that an object may be decoded to.
_STRICT_CACHE_ENTRY: Final = object_check(schema.CACHE_ENTRY).strict
_REQUESTS: Final = object_check(schema.REQUEST).structs
_RESPONSES: Final = object_check(schema.RESPONSE).structs
_CONTENTS: Final = object_check(schema.CONTENT).structs
_POST_DATA: Final = object_check(schema.POST_DATA).structs
_TIMINGS: Final = object_check(schema.TIMINGS).structs


def check_date(text: str, path: Path, violations: Violations) -> None:
    """Add a violation where a text is no date."""
    if not is_date(text):
        violations.append(Violation(rules.INVALID_DATE, path, {"value": rules.in_quotes(text)}))


def check_dates(entry: Any, violations: Violations) -> None:
    """Add what is wrong with the dates of an entry whose members are all of the right types."""
    check_date(entry.startedDateTime, ("startedDateTime",), violations)
    for name, message in (("request", entry.request), ("response", entry.response)):
        for number, cookie in enumerate(message.cookies):
            if cookie.expires is not msgspec.UNSET:
                check_date(cookie.expires, (name, "cookies", number, "expires"), violations)
    for name in ("beforeRequest", "afterRequest"):
        cached = getattr(entry.cache, name)
        if type(cached) is _STRICT_CACHE_ENTRY:
            if cached.expires is not msgspec.UNSET:
                check_date(cached.expires, ("cache", name, "expires"), violations)
            check_date(cached.lastAccess, ("cache", name, "lastAccess"), violations)


def is_date(text: str) -> bool:
    """Return whether a text is a date as HAR 1.2 writes them."""
    match = _DATE.fullmatch(text)
    if match is None:
        return False
    if match[3] > "28":
        try:
            date(int(match[1]) or 2000, int(match[2]), int(match[3]))
        except ValueError:
            return False
    return True


def is_number(value: Any) -> TypeGuard[float]:
    """Return whether a decoded value is a number, which true and false are not."""
    return type(value) is int or type(value) is float


def is_consistent(entry: Any) -> bool:
    """Return whether nothing is wrong with the values of an entry whose types are right, if that is seen at once.

    Of most entries it is; :func:`check_consistency` looks at all others, one value after the other.
    """
    request, response, timings = entry.request, entry.response, entry.timings
    content, post_data, ssl = response.content, request.postData, timings.ssl
    total = timings.send + timings.wait + timings.receive
    for value in (timings.blocked, timings.dns, timings.connect):
        if value is not msgspec.UNSET and value != -1:
            if not value >= 0:
                return False
            total += value
    return (
        timings.send >= 0
        and timings.wait >= 0
        and timings.receive >= 0
        and (
            ssl is msgspec.UNSET or ssl == -1 or (timings.connect is not msgspec.UNSET and 0 <= ssl <= timings.connect)
        )
        and entry.time >= 0
        and abs(entry.time - total) <= _TOLERANCE
        and min(request.headersSize, request.bodySize, response.headersSize, response.bodySize) >= -1
        and content.size >= 0
        and content.encoding != "base64"
        and (response.status in _STATUSES or response.status == 0)
        and (post_data is msgspec.UNSET or (len(post_data.text) > 0 and post_data.params is msgspec.UNSET))
        and _SCHEME.match(request.url) is not None
    )


def check_consistency(entry: Any, violations: Violations) -> None:
    """Add what is wrong with an entry's values, as far as these have the right types."""
    _compare_times(entry, violations)
    if type(entry.request) in _REQUESTS:
        _compare_request(entry.request, violations)
    if type(entry.response) in _RESPONSES:
        _compare_response(entry.response, violations)


def _compare_times(entry: Any, violations: Violations) -> None:
    time, timings = entry.time, entry.timings
    complete = is_number(time)
    if complete and time < 0:
        violations.append(Violation(rules.INVALID_TIME, ("time",), {"value": time}))
        complete = False
    if type(timings) not in _TIMINGS:
        return
    total = 0.0
    for name in ("send", "wait", "receive", "blocked", "dns", "connect", "ssl"):
        value = getattr(timings, name)
        if not is_number(value):
            complete &= value is msgspec.UNSET and name in _OPTIONAL
        elif value >= 0:
            if name != "ssl":
                total += value
        elif name in _OPTIONAL:
            if value != -1:
                violations.append(Violation(rules.INVALID_TIMING, ("timings", name), {"value": value}))
        else:
            violations.append(Violation(rules.NEGATIVE_TIMING, ("timings", name), {"value": value}))
            complete = False
    if complete and abs(time - total) > _TOLERANCE:
        violations.append(Violation(rules.TIME_NOT_SUM, ("time",), {"value": time, "sum": round(total, 3)}))
    ssl, connect = timings.ssl, timings.connect
    if is_number(ssl) and is_number(connect) and ssl > connect >= 0:
        values = {"value": ssl, "connect": connect}
        violations.append(Violation(rules.SSL_OVER_CONNECT, ("timings", "ssl"), values))


def _compare_request(request: Any, violations: Violations) -> None:
    if type(request.url) is str and _SCHEME.match(request.url) is None:
        violations.append(Violation(rules.RELATIVE_URL, ("request", "url")))
    _check_size(request.headersSize, -1, ("request", "headersSize"), violations)
    _check_size(request.bodySize, -1, ("request", "bodySize"), violations)
    post_data = request.postData
    if type(post_data) in _POST_DATA:
        text, params = len(post_data.text), post_data.params
        if not text and params is msgspec.UNSET:
            violations.append(Violation(rules.POST_DATA_EMPTY, ("request", "postData")))
        elif text > _EMPTY and type(params) is list and params:
            violations.append(Violation(rules.TEXT_AND_PARAMS, ("request", "postData")))


def _compare_response(response: Any, violations: Violations) -> None:
    status = response.status
    if is_number(status) and status != 0 and status not in _STATUSES:
        violations.append(Violation(rules.INVALID_STATUS, ("response", "status"), {"value": status}))
    _check_size(response.headersSize, -1, ("response", "headersSize"), violations)
    _check_size(response.bodySize, -1, ("response", "bodySize"), violations)
    content = response.content
    if type(content) in _CONTENTS:
        _check_size(content.size, 0, ("response", "content", "size"), violations)
        if content.encoding == "base64" and len(content.text) and is_string_or_absent(content.text):
            _check_base64(content, violations)


def _check_size(size: Any, least: int, path: Path, violations: Violations) -> None:
    if is_number(size) and size < least:
        violations.append(Violation(rules.INVALID_SIZE, path, {"value": size}))


def _check_base64(content: Any, violations: Violations) -> None:
    length = _decoded_length(memoryview(content.text)[1:-1])
    if length is None:
        violations.append(Violation(rules.INVALID_BASE64, ("response", "content", "text")))
    elif is_number(content.size) and content.size >= 0 and content.size != length:
        values = {"value": content.size, "length": length}
        violations.append(Violation(rules.CONTENT_SIZE, ("response", "content", "size"), values))


def _decoded_length(text: memoryview) -> int | None:
    """Return how many bytes the inside of a JSON string is base64 of, None if of none; it may be very long."""
    digits, padding, rest = 0, b"", b""
    for start in range(0, len(text), _PIECE):
        piece = rest + bytes(text[start : start + _PIECE])
        rest = b""
        if b"\\" in piece:
            cut = _CUT_ESCAPE.search(piece)
            if cut is not None:
                piece, rest = piece[: cut.start()], cut[0]
            try:
                piece = b"".join(_text(b'"%b"' % piece).encode().split())
            except msgspec.MsgspecError:
                return None
        others = piece.translate(None, _BASE64)
        if not piece.endswith(others) or (padding and len(piece) > len(others)):
            return None
        padding += others
        if len(padding) > len(_PADDING[-1]):
            return None
        digits += len(piece) - len(others)
    valid = not rest and padding in _PADDING and digits % _DIGITS != 1
    return digits * 3 // _DIGITS if valid else None
