"""The body that a request is sent with: its bytes, and what is said of them in headers.

A HAR has texts in UTF-8, whatever they were sent in, and mostly without the content coding. The length that they had
tells what they were sent in.
"""

from __future__ import annotations

import re
from typing import Final

from harlake.controls import CONTROLS
from harlake.errors import NoBodyError
from harlake.har.bodies import Body, recorded_sizes, request_body
from harlake.har.raw_json import is_nothing, object_at
from harlake.har.values.carriers import carrier_members

#: Names and values of headers.
Lines = list[tuple[str, str]]

_NULL: Final = b"null"

#: Requests that have a Content-Length also where they have no body (RFC 9110 §8.6).
_WITH_LENGTH: Final = frozenset({"POST", "PUT", "PATCH"})

_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([\w-]{1,40})""", re.IGNORECASE)
#: Those that texts of the web are in, and that take no more than linear time (WHATWG Encoding, 4.2).
_CHARSETS: Final = re.compile(
    r"(?:us-)?ascii|iso-?8859-(?:[2-9]|1[0-6]?)|latin-?1|(?:windows-|cp)125[0-8]|koi8-[ru]|shift_?jis|euc-(?:jp|kr)"
    r"|gbk|gb2312|gb18030|big5|utf-16(?:le|be)?"
)

#: How data in a content coding begins, of those that can be told.
_CODINGS: Final = {"gzip": b"\x1f\x8b", "x-gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}
#: Codings whose data cannot be told, but are no texts.
_BINARY: Final = frozenset({"br", "deflate", "compress", "x-compress"})


def recorded_body(entry: bytes, method: str, lines: Lines) -> tuple[bytes | None, Lines, list[str]]:
    """Return the body to be sent (None where there is none), the headers with what is said of it, and comments."""
    members = object_at(entry, "request")
    sizes = recorded_sizes(members, lines)
    has_length = any(name.lower() == "content-length" for name, _ in lines)
    is_chunked = any(name.lower() == "transfer-encoding" and "chunked" in value.lower() for name, value in lines)
    try:
        body = request_body(entry)
    except NoBodyError:
        is_beside = not is_nothing(dict(carrier_members(members.get("postData", _NULL))).get("_file", _NULL))
        if any(sizes) or is_beside or (is_chunked and not sizes):
            return None, lines, ["The request had a body, which was not captured."]
        has_empty = sizes and (method in _WITH_LENGTH or has_length or is_chunked)
        return (b"" if has_empty else None), lines, []
    if not body.data and method not in _WITH_LENGTH and not has_length and not is_chunked:
        return None, lines, []  # an empty text stands for no body: most producers write one with each request
    lines, comments = _with_type(body, lines)
    if body.warning:
        comments.append(f"The body is {body.warning}.")
    data, said = _as_sent(body, lines, sizes)
    comments += said
    lines, said = _without_coding(data, lines)
    comments += said
    wanted = sizes[-1:] if has_length else [size for size in sizes if size]  # Chrome's bodySize is that of the text
    if not said and wanted and len(data) not in wanted:
        comments.append(f"The body has {len(data)} bytes, and had {wanted[-1]} when it was captured.")
    return data, lines, comments


def _with_type(body: Body, lines: Lines) -> tuple[Lines, list[str]]:
    """Add the body's media type where the headers do not say it, or not the boundary of its parts."""
    given = [value for name, value in lines if name.lower() == "content-type"]
    said = body.mime_type or ""
    needs_boundary = "boundary=" in said.lower() and not any("boundary" in value.lower() for value in given)
    if (given and not needs_boundary) or not said:
        return lines, []
    if CONTROLS.search(said):
        return lines, ["The media type of the body cannot be sent."]
    if not given:
        return [*lines, ("Content-Type", said)], []
    changed = [(name, said if name.lower() == "content-type" else value) for name, value in lines]
    return changed, ["The Content-Type had no boundary: there is one in it now."]


def _as_sent(body: Body, lines: Lines, sizes: list[int]) -> tuple[bytes, list[str]]:
    """Return a body in the charset that it was sent in, as far as its length or its media type tells."""
    data = body.data
    if not body.is_text or data.isascii() or len(data) in sizes:
        return data, []
    types = [value for name, value in lines if name.lower() == "content-type"]
    named = _CHARSET.search(types[0] if types else body.mime_type or "")
    charset = named[1].lower() if named and _CHARSETS.fullmatch(named[1].lower()) else None
    in_charset = _encoded(data, charset) if charset else None
    latin = _encoded(data, "latin-1")  # as programs write bytes: a character each
    for found in (in_charset, latin):
        if found is not None and (len(found) in sizes or _is_coded(found, lines)):
            return found, []
    if in_charset is not None and not any(sizes):
        return in_charset, ["The body is sent in the charset of its media type."]
    return data, []


def _encoded(data: bytes, charset: str) -> bytes | None:
    try:
        return data.decode().encode(charset)
    except (UnicodeError, LookupError):
        return None


def _last_coding(lines: Lines) -> str:
    """Return the content coding that was applied last, in lower case; empty where there is none."""
    codings = [value.rpartition(",")[2].strip() for name, value in lines if name.lower() == "content-encoding"]
    return codings[-1].lower() if codings else ""


def _is_coded(data: bytes, lines: Lines) -> bool:
    """Return whether a body is surely in the content coding that headers say."""
    begin = _CODINGS.get(_last_coding(lines))
    return begin is not None and data.startswith(begin)


def _without_coding(data: bytes, lines: Lines) -> tuple[Lines, list[str]]:
    """Leave Content-Encoding out where the HAR has the body without it, as most have."""
    coding = _last_coding(lines)
    if not data or (coding not in _CODINGS and coding not in _BINARY):
        return lines, []
    if _is_coded(data, lines) or (coding in _BINARY and not _is_text(data)):
        return lines, []
    return [(name, value) for name, value in lines if name.lower() != "content-encoding"], [
        "The body was sent in a content coding, and was captured without it: Content-Encoding is left out."
    ]


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
