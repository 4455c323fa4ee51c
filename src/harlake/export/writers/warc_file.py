"""A WARC 1.1 file (ISO 28500:2017): of each entry a ``request`` and a ``response`` record, after one ``warcinfo``.

WARC has messages as HTTP/1.1 sends them, and HARs have bodies decoded. So the headers that say how a body was encoded
or how long it was are called ``X-Archive-Orig-…``, as other archives have them, and a length of what is there is added.

Ids are computed from what is in a record, so the same entries make the same bytes. As ``warc.gz``, each record is a
member of its own, which readers can start at.
"""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

import harlake
from harlake.controls import CONTROLS
from harlake.errors import NoBodyError
from harlake.export.content import ExportContent
from harlake.har.bodies import response_body
from harlake.har.raw_json import decoded, object_at
from harlake.har.replay.recorded_request import RecordedRequest, recorded_request
from harlake.har.replay.recorded_url import host_of
from harlake.har.values.dates import instant
from harlake.har.values.numbers import python_number
from harlake.har.values.pairs import named_lines
from harlake.har.values.texts import address, python_text
from harlake.limits import MIB

Headers = list[tuple[str, str]]

#: Of the transfer, which is over.
_OF_TRANSFER: Final = frozenset({"content-length", "content-encoding", "transfer-encoding"})

#: RFC 9110 §5.6.2.
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET: Final = re.compile(r"[A-Za-z]+://[^/?]*")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_IDS: Final = uuid.UUID("5f1f3f0c-3a1e-5b43-9a53-0d8d7c1f3b7e")
_PIECE: Final = MIB
_NULL: Final = b"null"


def warc_file(content: ExportContent) -> Iterator[bytes]:
    """Yield the file."""
    records = _records(content)
    if content.options.file.packed:
        for record in records:
            yield from _compressed(content.checked(record))
    else:
        for record in records:
            yield from record


def _records(content: ExportContent) -> Iterator[Iterable[bytes]]:
    has_info = False
    for number, entry in enumerate(content.entries()):
        date = instant(decoded(bytes(object_at(entry).get("startedDateTime", _NULL)))) or _EPOCH
        if not has_info:
            yield _info(date)
            has_info = True
        yield from _exchange(entry, number, date)
    if not has_info:
        yield _info(_EPOCH)


def _info(date: datetime) -> list[bytes]:
    said = f"software: harlake {harlake.__version__}\r\nformat: WARC File Format 1.1\r\n".encode()
    return _record("warcinfo", _id(b"warcinfo", str(date).encode()), date, [], "application/warc-fields", b"", said)


def _exchange(entry: bytes, number: int, date: datetime) -> Iterator[list[bytes]]:
    """Yield the records of an entry; of one that was never answered, the request only."""
    request = recorded_request(entry)
    place = b"%d" % number
    request_id, response_id = _id(b"request", place, entry), _id(b"response", place, entry)
    about: Headers = [("WARC-Target-URI", request.url or "about:blank")]
    ip = decoded(address(object_at(entry).get("serverIPAddress", _NULL)) or _NULL)
    about += [("WARC-IP-Address", ip.strip("[]"))] if isinstance(ip, str) else []
    answer = _response(entry)
    if answer is not None:
        head, body = answer
        yield _record("response", response_id, date, about, "application/http;msgtype=response", head, body)
        about = [*about, ("WARC-Concurrent-To", f"<{response_id}>")]
    if request.method is not None:
        head, body = _request(request)
        yield _record("request", request_id, date, about, "application/http;msgtype=request", head, body)


def _request(request: RecordedRequest) -> tuple[bytes, bytes]:
    body = request.body or b""
    host: Headers = [] if request.values("host") else [("Host", host_of(request.url))]
    headers = _as_stored([*host, *request.headers], body, has_body=request.body is not None)
    target = _TARGET.sub("", request.url, count=1) or "/"
    return _head(f"{request.method} {target if target.startswith('/') else f'/{target}'} HTTP/1.1", headers), body


def _response(entry: bytes) -> tuple[bytes, bytes] | None:
    members = object_at(entry, "response")
    status = python_number(members.get("status", _NULL))
    if status is None or not 100 <= status <= 999:
        return None
    try:
        body = response_body(entry).data
    except NoBodyError:
        body = b""
    text = CONTROLS.sub(" ", python_text(members.get("statusText", _NULL)) or "")
    headers = _as_stored(list(named_lines(members.get("headers", _NULL))), body, has_body=True)
    return _head(f"HTTP/1.1 {int(status)} {text}", headers), body


def _as_stored(given: Headers, body: bytes, *, has_body: bool) -> Headers:
    headers: Headers = []
    for name, value in given:
        if _TOKEN.fullmatch(name) is None:  # pseudo-headers of HTTP/2 among them
            continue
        prefix = "X-Archive-Orig-" if name.lower() in _OF_TRANSFER else ""
        headers.append((prefix + name, CONTROLS.sub(" ", value)))
    return [*headers, ("Content-Length", str(len(body)))] if has_body else headers


def _head(first: str, headers: Headers) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace") + b"\r\n"


def _record(
    kind: str, record_id: str, date: datetime, about: Headers, media_type: str, head: bytes, body: bytes
) -> list[bytes]:
    """Return a record in pieces: its head, and the body as it is."""
    block = hashlib.sha1(head, usedforsecurity=False)
    block.update(body)
    fields: Headers = [
        ("WARC-Type", kind),
        ("WARC-Record-ID", f"<{record_id}>"),
        ("WARC-Date", date.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"),
        *about,
        ("WARC-Block-Digest", _digest(block.digest())),
        ("Content-Type", media_type),
        ("Content-Length", str(len(head) + len(body))),
    ]
    if head:
        fields.insert(-2, ("WARC-Payload-Digest", _digest(hashlib.sha1(body, usedforsecurity=False).digest())))
    return [_head("WARC/1.1", fields) + head, body, b"\r\n\r\n"]


def _digest(digest: bytes) -> str:
    return f"sha1:{base64.b32encode(digest).decode()}"


def _id(*parts: bytes) -> str:
    digest = hashlib.sha1(_IDS.bytes, usedforsecurity=False)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return uuid.UUID(bytes=digest.digest()[:16], version=5).urn


def _compressed(record: Iterable[bytes]) -> Iterator[bytes]:
    member = zlib.compressobj(level=1, wbits=31)
    for piece in record:
        view = memoryview(piece)
        for start in range(0, len(view), _PIECE):
            if packed := member.compress(view[start : start + _PIECE]):
                yield packed
    yield member.flush()
