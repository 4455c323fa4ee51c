"""A HAR that Playwright's ``routeFromHAR`` answers with: with bodies in files of a zip, or in itself.

In a zip, a body is a file that is called by its SHA-1, and named in ``_file``, as Playwright itself has them. As a zip
has one file after the other, entries are read twice: for their bodies, then for the HAR. A body is there once. Members
that are missing are filled, for Playwright fails without them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Final

import msgspec

from harlake.errors import NoBodyError
from harlake.export.content import ExportContent
from harlake.export.zip_stream import ZipStream
from harlake.har.bodies import Body, request_body, response_body
from harlake.har.raw_json import is_object, joined, object_members
from harlake.har.repair.rewriter import Rewriter
from harlake.har.resource_types import essence
from harlake.har.writer import CLOSING
from harlake.limits import MIB

_HAR: Final = "har.har"

#: Larger bodies and entries are packed in pieces.
_PIECE: Final = MIB

#: What people look for; Playwright calls all others ``.dat``, and looks at no ending.
_ENDINGS: Final = {
    "text/html": "html",
    "text/css": "css",
    "text/plain": "txt",
    "text/javascript": "js",
    "application/javascript": "js",
    "application/x-javascript": "js",
    "application/json": "json",
    "application/xml": "xml",
    "text/xml": "xml",
    "image/png": "png",
    "image/jpeg": "jpeg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/svg+xml": "svg",
    "font/woff": "woff",
    "font/woff2": "woff2",
}

#: The messages of an entry, what has their bodies, and what reads these.
_MESSAGES: Final = (("request", "postData", request_body), ("response", "content", response_body))

_FILL: Final = Rewriter(fill=True)

_encode: Final = msgspec.json.encode


def playwright_files(content: ExportContent) -> Iterator[bytes]:
    """Yield the HAR, or the zip."""
    opening = content.opening.rewritten(_FILL).text
    if content.options.embed:
        yield from _har(opening, map(partial(_carried, attach=False), _filled(content)))
        return
    with ZipStream(content.scratch) as archive:
        for entry in _filled(content):
            yield b""  # where bodies are there already, nothing is sent for long
            for name, data in _files(entry):
                if not archive.has(name):
                    yield from archive.add(name, content.checked(_cut(data)))
        entries = map(partial(_carried, attach=True), _filled(content))
        yield from archive.add(_HAR, content.checked(_har(opening, entries)))
        yield from archive.close()


def _filled(content: ExportContent) -> Iterator[bytes]:
    return map(_FILL.entry, content.entries())


def _har(opening: bytes, entries: Iterable[bytes]) -> Iterator[bytes]:
    yield opening
    for number, entry in enumerate(entries):
        if number:
            yield b","
        yield from _cut(entry)
    yield CLOSING


def _files(entry: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of each body of an entry."""
    for _, _, read in _MESSAGES:
        body = _body(read, entry)
        if body is not None and body.data:
            yield _name(body.data, body.mime_type), body.data


def _carried(entry: bytes, *, attach: bool) -> bytes:
    """Return an entry whose bodies are in files, if they shall be; and that names no file which is not there."""
    changed: dict[str, bytes] = {}
    members = object_members(entry)
    for message, carrier, read in _MESSAGES:
        if not is_object(members.get(message, b"")):
            continue
        parts = object_members(members[message])
        given = parts.get(carrier, b"{}")
        body = _body(read, entry)
        if attach and body is not None and body.data:
            parts[carrier] = _in_file(given, _name(body.data, body.mime_type))
        elif b'"_file"' in bytes(given) and is_object(given):
            parts[carrier] = joined((name, value) for name, value in object_members(given).items() if name != "_file")
        else:
            continue
        changed[message] = joined(parts.items())
    return joined((members | changed).items()) if changed else entry


def _body(read: Callable[[bytes], Body], entry: bytes) -> Body | None:
    try:
        return read(entry)
    except NoBodyError:
        return None


def _in_file(carrier: bytes, name: str) -> bytes:
    parts: Mapping[str, bytes] = object_members(carrier) if is_object(carrier) else {}
    kept = {one: value for one, value in parts.items() if one not in ("text", "encoding", "_file", "_sha1")}
    return joined((kept | {"_file": _encode(name)}).items())


def _name(data: bytes, mime_type: str | None) -> str:
    digest = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    return f"{digest}.{_ENDINGS.get(essence(mime_type or '') or '', 'dat')}"


def _cut(data: bytes) -> Iterator[bytes]:
    """Yield data in pieces."""
    yield from (data[start : start + _PIECE] for start in range(0, len(data), _PIECE))
