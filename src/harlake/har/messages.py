"""What went over a WebSocket, or came as a stream of events, in the life of one entry.

Browsers keep the messages of a WebSocket in ``_webSocketMessages``. Events are the body of a ``text/event-stream``,
taken apart as the HTML standard says (§9.2.6). Both are gone through, and only what is asked for is made of them: an
entry may have millions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from harlake.errors import NoBodyError
from harlake.har.bodies import response_body
from harlake.har.raw_json import (
    decoded,
    each_element,
    is_array,
    is_object,
    is_string,
    object_at,
    object_members,
    unquoted,
)
from harlake.har.resource_types import essence
from harlake.har.values.numbers import python_number

_Item = TypeVar("_Item")

_NULL: Final = b"null"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LINE: Final = re.compile(rb"([^\r\n]*+)(?:\r\n|\n|\r)")


@dataclass(frozen=True, slots=True)
class CapturedMessage:
    """A message: ``send`` or ``receive`` over a WebSocket, or an event by its name. Its ``data`` is UTF-8."""

    type: str
    data: bytes
    time: datetime | None = None
    opcode: int | None = None
    id: str | None = None


def messages_of(entry: bytes, start: int, limit: int) -> tuple[int, list[CapturedMessage]]:
    """Return how many messages an entry has, and up to ``limit`` of them from ``start`` on."""
    recorded = object_at(entry).get("_webSocketMessages", _NULL)
    if is_array(recorded):
        total, frames = _page(each_element(bytes(recorded)), start, limit)
        return total, [_frame(frame) for frame in frames]
    return _page(_events(_event_stream(entry)), start, limit)


def _page(items: Iterable[_Item], start: int, limit: int) -> tuple[int, list[_Item]]:
    """Return how many items there are, and some of them."""
    total = 0
    page = []
    for item in items:
        if start <= total < start + limit:
            page.append(item)
        total += 1
    return total, page


def _frame(element: bytes) -> CapturedMessage:
    """Return a message as Chrome and Playwright record it; what is no object is data."""
    if not is_object(element):
        return CapturedMessage("", _text(element))
    parts = object_members(element)
    kind = decoded(parts.get("type", _NULL))
    opcode = python_number(parts.get("opcode", _NULL))
    return CapturedMessage(
        kind if isinstance(kind, str) else "",
        _text(parts.get("data", b'""')),
        _time(python_number(parts.get("time", _NULL))),
        int(opcode) if opcode is not None and abs(opcode) < 1 << 31 else None,
    )


def _text(value: bytes) -> bytes:
    return unquoted(value) if is_string(value) else value


def _time(seconds: float | None) -> datetime | None:
    """Return a time that is given in seconds since 1970; None of what is none."""
    if seconds is None or not math.isfinite(seconds):
        return None
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _event_stream(entry: bytes) -> bytes:
    """Return the body of a response that is a stream of events; nothing of any other."""
    content = object_at(entry, "response", "content")
    mime_type = decoded(bytes(content.get("mimeType", _NULL)))
    if not isinstance(mime_type, str) or essence(mime_type) != "text/event-stream":
        return b""
    try:
        return response_body(entry).data
    except NoBodyError:
        return b""


def _events(stream: bytes) -> Iterator[CapturedMessage]:
    """Yield the events of a stream. What it ends in the middle of is none."""
    empty = CapturedMessage("message", b"")
    event, data = empty, bytearray()
    for match in _LINE.finditer(stream.removeprefix(b"\xef\xbb\xbf")):
        name, _, value = match[1].partition(b":")
        value = value.removeprefix(b" ")
        if not match[1]:
            if data:
                yield replace(event, data=bytes(data[:-1]))
            event, data = replace(empty, id=event.id), bytearray()
        elif name == b"data":
            data += value
            data += b"\n"
        elif name == b"event":
            event = replace(event, type=value.decode(errors="replace") or empty.type)
        elif name == b"id" and b"\0" not in value:
            event = replace(event, id=value.decode(errors="replace"))
