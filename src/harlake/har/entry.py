"""The part of a HAR 1.2 entry that is indexed, and the decision whether an entry can be imported.

Strategy: one typed msgspec decode takes what well-formed entries carry. The members of an entry that it refuses are
decoded one by one, and what has another type becomes what ``values`` says that it means, or None. Both ways give the
same :class:`Entry` for a well-typed entry; nothing but the request's URL is ever demanded.

The structs are written out, so that type checkers know their members; tests hold them against ``schema``.

Numbers are decoded as ``float``: sizes are exact up to 2**53, and producers write ``12.0``, ``-1`` and ``null``
for the same member. The bytes of an entry are never changed here.

Source: HAR 1.2 specification, http://www.softwareishard.com/blog/har-12-spec/
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from harlake.har.operations import may_call, operation_of
from harlake.har.raw_json import first_byte, is_nothing, is_string, raw_members
from harlake.har.values.dates import date
from harlake.har.values.numbers import python_number, says_yes, total_time
from harlake.har.values.texts import python_text

_Number = float | None
_Text = str | None
_ABSENT: Final = msgspec.Raw()
_PRESENT: Final = msgspec.Raw(b'"..."')
_NULL: Final = msgspec.Raw(b"null")

#: What Safari calls its caches.
_CACHES: Final = frozenset({"memory cache", "disk cache"})


class Request(msgspec.Struct, gc=False):
    """``entry.request``: only its URL is required.

    ``postData`` stays undecoded. Once indexed, it only says which operation is called (see :func:`drop_bodies`).
    """

    url: str
    method: _Text = None
    httpVersion: _Text = None
    postData: msgspec.Raw = _ABSENT
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
    fetchType: _Text = msgspec.field(name="_fetchType", default=None)

    @property
    def content(self) -> Content | None:
        """The response's content, where there is one."""
        return None if self.response is None else self.response.content

    @property
    def has_body(self) -> bool:
        """Whether the response's body was captured, in the HAR or in a file beside it."""
        content = self.content
        return content is not None and (content.text is _PRESENT or content.file is _PRESENT)

    @property
    def operation(self) -> str:
        """Which operation the request calls, empty where it does not say."""
        return bytes(self.request.postData).decode()

    @property
    def is_from_cache(self) -> bool:
        """Whether the response came from a cache: Chrome names which in ``_fromCache``, Safari in ``_fetchType``."""
        return says_yes(self.fromCache) or (self.fetchType is not None and self.fetchType.strip().lower() in _CACHES)

    @property
    def total_time(self) -> float | None:
        """How long it took: its time, or where it has none, the sum of its timings."""
        timings = self.timings
        if timings is None or (self.time is not None and self.time >= 0):
            return self.time
        phases = (timings.blocked, timings.dns, timings.connect, timings.send, timings.wait, timings.receive)
        return total_time(self.time, phases)


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a JSON value among the entries cannot be imported; ``path`` is relative to the entry."""

    reason: str
    path: str = ""


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
    """Reduce bodies to whether there is one, and what it calls: an undecoded view would keep its whole buffer alive."""
    request = entry.request
    if len(request.postData) or may_call(request.url):  # of most entries neither is so
        request.postData = msgspec.Raw(operation_of(request.url, request.postData).encode("utf-8", "replace"))
    content = entry.content
    if content is not None:
        content.text = _PRESENT if len(content.text) and not is_nothing(content.text) else _ABSENT
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
    url = python_text(request["url"]) if first_byte(request["url"]) in b'"{' else None
    if url is None:
        return Rejection("request.url is not a string", ".request.url")

    response = raw_members(members.get("response", _ABSENT))
    timings = raw_members(members.get("timings", _ABSENT))
    return drop_bodies(
        Entry(
            request=_fill(Request, request, url=url, postData=request.get("postData", _ABSENT)),
            response=None if response is None else _fill(Response, response, content=_content(response)),
            timings=None if timings is None else _fill(Timings, timings),
            fromCache=_text_or_flag(members.get("_fromCache", _NULL)),
            **_fields(Entry, members),
        )
    )


def _content(response: dict[str, msgspec.Raw]) -> Content | None:
    given = response.get("content", _NULL)
    members = raw_members(given)
    if members is None:  # the body itself may be there
        return None if is_nothing(given) or not is_string(given) else Content(text=given)
    content: Content = _fill(Content, members, text=members.get("text", _ABSENT), file=members.get("_file", _ABSENT))
    return content


def _fill(struct: type[Any], members: dict[str, msgspec.Raw], **given: object) -> Any:
    return struct(**given, **_fields(struct, members))


def _text_or_flag(raw: msgspec.Raw) -> str | bool | None:
    return first_byte(raw) == ord("t") if len(raw) and first_byte(raw) in b"tf" else python_text(raw)


def _fields(struct: type[Any], members: dict[str, msgspec.Raw]) -> dict[str, Any]:
    """Read those members that are plain numbers or texts, each on its own."""
    found = {name: read(members[member]) for name, member, read in _PLAIN[struct] if member in members}
    if struct is Entry and (written := date(members.get("startedDateTime", _NULL))) is not None:
        found["startedDateTime"] = python_text(written)
    return found


_READERS: Final[dict[Any, Callable[[bytes], Any]]] = {_Number: python_number, _Text: python_text}
#: What each struct has of plain numbers and texts: its name, the member's, and what reads it.
_PLAIN: Final[dict[type[Any], list[tuple[str, str, Callable[[bytes], Any]]]]] = {
    struct: [
        (field.name, field.encode_name, _READERS[field.type])
        for field in msgspec.structs.fields(struct)
        if field.type in _READERS
    ]
    for struct in (Entry, Request, Response, Content, Timings)
}
