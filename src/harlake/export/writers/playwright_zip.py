"""A HAR that Playwright's ``routeFromHAR`` answers with: with bodies in files of a zip, or in itself.

In a zip, a body is a file that is called by its SHA-1, and named in ``_file``, as Playwright itself has them. As a zip
has one file after the other, entries are read twice: for their bodies, then for the HAR. A body is there once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from harlake.errors import NoBodyError
from harlake.export.content import ExportContent
from harlake.export.zip_stream import ZipStream
from harlake.har.bodies import request_body, response_body
from harlake.har.raw_json import is_object, joined, object_members
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

_encode: Final = msgspec.json.encode


def playwright_files(content: ExportContent) -> Iterator[bytes]:
    """Yield the HAR, or the zip."""
    if content.options.embed:
        yield from _har(content, content.entries())
        return
    with ZipStream(content.scratch) as archive:
        for entry in content.entries():
            for name, data in _files(entry):
                if not archive.has(name):
                    yield from archive.add(name, content.checked(_cut(data)))
        yield from archive.add(_HAR, content.checked(_har(content, map(_attached, content.entries()))))
        yield from archive.close()


def _har(content: ExportContent, entries: Iterable[bytes]) -> Iterator[bytes]:
    yield content.opening.text
    for number, entry in enumerate(entries):
        if number:
            yield b","
        yield from _cut(entry)
    yield CLOSING


def _files(entry: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of each body of an entry."""
    for _, _, read in _MESSAGES:
        try:
            body = read(entry)
        except NoBodyError:
            continue
        if body.data:
            yield _name(body.data, body.mime_type), body.data


def _attached(entry: bytes) -> bytes:
    """Return an entry whose bodies are in files."""
    changed: dict[str, bytes] = {}
    members = object_members(entry)
    for message, carrier, read in _MESSAGES:
        try:
            body = read(entry)
        except NoBodyError:
            continue
        if body.data and is_object(members.get(message, b"")):
            parts = object_members(members[message])
            parts[carrier] = _in_file(parts.get(carrier, b"{}"), _name(body.data, body.mime_type))
            changed[message] = joined(parts.items())
    return joined((members | changed).items()) if changed else entry


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
