"""The part of a HAR 1.2 entry that is indexed, and the decision whether an entry can be imported.

Strategy: one typed msgspec decode takes what well-formed entries carry. The members of an entry that it refuses are
decoded one by one, and what has another type becomes None. Both ways give the same :class:`Entry` for a well-typed
entry; nothing but the request's URL is ever demanded.

The structs are written out, so that type checkers know their members; tests hold them against ``schema``.

Numbers are decoded as ``float``: sizes are exact up to 2**53, and producers write ``12.0``, ``-1`` and ``null``
for the same member. The bytes of an entry are never changed here.

Source: HAR 1.2 specification, http://www.softwareishard.com/blog/har-12-spec/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from harlake.har.raw_json import is_string, raw_members
from harlake.har.surrogates import repair

_Number = float | None
_Text = str | None
_ABSENT: Final = msgspec.Raw()
_PRESENT: Final = msgspec.Raw(b'"..."')


class Request(msgspec.Struct, gc=False):
    """``entry.request``: only its URL is required."""

    url: str
    method: _Text = None
    httpVersion: _Text = None
    bodySize: _Number = None


class Content(msgspec.Struct, gc=False):
    """``response.content``; ``text`` stays undecoded, it may be most of the entry.

    Once indexed, ``text`` only says whether there is a body (see :func:`drop_bodies`).
    """

    size: _Number = None
    mimeType: _Text = None
    text: msgspec.Raw = _ABSENT
    file: msgspec.Raw = msgspec.field(name="_file", default=_ABSENT)


class Response(msgspec.Struct, gc=False):
    """``entry.response``, with the extensions of Chrome (``_transferSize``, ``_error``) and Playwright."""

    status: _Number = None
    statusText: _Text = None
    content: Content | None = None
    bodySize: _Number = None
    transferSize: _Number = msgspec.field(name="_transferSize", default=None)
    error: _Text = msgspec.field(name="_error", default=None)
    failureText: _Text = msgspec.field(name="_failureText", default=None)


class Timings(msgspec.Struct, gc=False):
    """``entry.timings``, in milliseconds; -1 means that a phase does not apply."""

    blocked: _Number = None
    dns: _Number = None
    connect: _Number = None
    ssl: _Number = None
    send: _Number = None
    wait: _Number = None
    receive: _Number = None


class Entry(msgspec.Struct, gc=False):
    """The indexed members of one entry of ``log.entries``."""

    request: Request
    startedDateTime: _Text = None
    time: _Number = None
    response: Response | None = None
    timings: Timings | None = None
    pageref: _Text = None
    serverIPAddress: _Text = None
    connection: _Text = None
    resourceType: _Text = msgspec.field(name="_resourceType", default=None)
    fromCache: str | bool | None = msgspec.field(name="_fromCache", default=None)

    @property
    def content(self) -> Content | None:
        """The response's content, where there is one."""
        return None if self.response is None else self.response.content

    @property
    def has_body(self) -> bool:
        """Whether the response's body was captured, in the HAR or in a file beside it."""
        content = self.content
        return content is not None and (content.text is _PRESENT or content.file is _PRESENT)


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a JSON value among the entries cannot be imported; ``path`` is relative to the entry."""

    reason: str
    path: str = ""


_number: Final = msgspec.json.Decoder(float)
_text: Final = msgspec.json.Decoder(str)
_string_or_bool: Final = msgspec.json.Decoder(str | bool)
#: Decodes the indexed members of one entry, strictly typed.
entry_decoder: Final = msgspec.json.Decoder(Entry)


def read_entry(entry: bytes | memoryview) -> Entry | Rejection:
    """Return what is indexed of one entry, given as valid JSON, or why it cannot be imported.

    Raises RecursionError when the entry is nested deeper than a recursive decoder can follow.
    """
    try:
        return drop_bodies(entry_decoder.decode(entry))
    except msgspec.MsgspecError:
        return _read_members(bytes(entry))


def drop_bodies(entry: Entry) -> Entry:
    """Reduce the body to whether there is one: as an undecoded view it would keep its whole buffer alive."""
    content = entry.content
    if content is not None:
        content.text = _PRESENT if is_string(content.text) and len(content.text) > 2 else _ABSENT
        content.file = _PRESENT if len(content.file) > 2 else _ABSENT
    return entry


def _read_members(entry: bytes) -> Entry | Rejection:
    members = raw_members(entry)
    if members is None:
        return Rejection("not an object")
    if "request" not in members:
        return Rejection("no request", ".request")
    request = raw_members(members["request"])
    if request is None:
        return Rejection("request is not an object", ".request")
    if "url" not in request:
        return Rejection("request has no url", ".request.url")
    url = _value(_text, request, "url")
    if not isinstance(url, str):
        return Rejection("request.url is not a string", ".request.url")

    response = raw_members(members.get("response", _ABSENT))
    timings = raw_members(members.get("timings", _ABSENT))
    return drop_bodies(
        Entry(
            request=_fill(Request, request, url=url),
            response=None if response is None else _fill(Response, response, content=_content(response)),
            timings=None if timings is None else _fill(Timings, timings),
            fromCache=_value(_string_or_bool, members, "_fromCache"),
            **_fields(Entry, members),
        )
    )


def _content(response: dict[str, msgspec.Raw]) -> Content | None:
    members = raw_members(response.get("content", _ABSENT))
    if members is None:
        return None
    content: Content = _fill(Content, members, text=members.get("text", _ABSENT), file=members.get("_file", _ABSENT))
    return content


def _fill(struct: type[Any], members: dict[str, msgspec.Raw], **given: object) -> Any:
    return struct(**given, **_fields(struct, members))


def _fields(struct: type[Any], members: dict[str, msgspec.Raw]) -> dict[str, Any]:
    """Decode those members that are plain numbers or texts, each on its own."""
    decoders: dict[Any, msgspec.json.Decoder[Any]] = {_Number: _number, _Text: _text}
    return {
        field.name: _value(decoders[field.type], members, field.encode_name)
        for field in msgspec.structs.fields(struct)
        if field.type in decoders
    }


def _value(decoder: msgspec.json.Decoder[Any], members: dict[str, msgspec.Raw], name: str) -> Any:
    raw = members.get(name)
    if raw is None:
        return None
    try:
        return decoder.decode(raw)
    except msgspec.MsgspecError:
        repaired = repair(bytes(raw))
    try:
        return None if repaired is None else decoder.decode(repaired)
    except msgspec.MsgspecError:
        return None
