"""The objects of HAR 1.2 and their members, as the one table that validation, repair and the index read.

Each object is an :class:`ObjectType`, each member a :class:`MemberSpec`: what the specification says of it, what repair
writes where it is missing, and who looks at it. Members that are not HAR's are there where a reader of HARs, or the
index, depends on them; they break no rule. Whoever needs the objects as structs makes them with :func:`define_struct`.

Defaults are JSON text. Repair writes those of the specification where it has any: -1 for sizes that are not known, 0
for phases of a request that must not be negative, no text where a text is demanded.

Sources: HAR 1.2 specification, http://www.softwareishard.com/blog/har-12-spec/; har-schema 2.0; Chrome's importer
(HARFormat.ts), Firefox's (har-importer.js), Playwright's (harBackend.ts), mitmproxy's (io/har.py), haralyzer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType


class ValueType(Enum):
    """What a member's value is: its JSON type, and what strict readers demand of it beyond that."""

    STRING = auto()
    #: A string that can be sent in a header.
    HEADER_TEXT = auto()
    #: A URL as it is sent.
    URL = auto()
    #: An IP address.
    ADDRESS = auto()
    #: A point in time, in ISO 8601 with a zone.
    DATE = auto()
    #: A string that may be most of its entry.
    BODY = auto()
    NUMBER = auto()
    #: A number that is not negative.
    DURATION = auto()
    #: A number without a fraction.
    INTEGER = auto()
    BOOLEAN = auto()
    STRING_OR_BOOLEAN = auto()
    OBJECT = auto()
    ARRAY = auto()


@dataclass(frozen=True, slots=True)
class MemberSpec:
    """A member of an object; ``object_type`` is that of its value, or of the items of its array.

    ``default`` is what the specification says of a value that is not known. ``filler`` is what repair writes where a
    member is missing, or cannot be mended: nothing for optional members. A mandatory object is made of its members'.
    """

    name: str
    type: ValueType
    object_type: ObjectType | None = None
    required: bool = False
    #: Whether HAR 1.2 allows null.
    nullable: bool = False
    #: Whether readers take null, whatever HAR 1.2 says.
    null_tolerated: bool = False
    #: Whether it is a member of HAR, rather than of some program.
    official: bool = True
    default: str = ""
    filler: str = ""
    validated: bool = True
    repaired: bool = True
    indexed: bool = False
    #: Its name in a struct.
    attribute: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "attribute", self.name.lstrip("_"))


@dataclass(frozen=True, slots=True, eq=False)
class ObjectType:
    """A type of object; messages call it by its name."""

    name: str
    members: tuple[MemberSpec, ...]


def define_struct(name: str, members: Iterable[tuple[MemberSpec, Any, bool]]) -> Any:
    """Return a msgspec struct of members, each with the type that it decodes to and whether it must be there.

    An optional member is UNSET where it is absent, and an undecoded one (``Raw``) is empty.
    """
    fields: list[tuple[str, Any, Any]] = []
    for member, decoded_type, required in members:
        if required:
            fields.append((member.attribute, decoded_type, msgspec.field(name=member.name)))
        elif decoded_type is Raw:
            fields.append((member.attribute, Raw, msgspec.field(name=member.name, default=Raw())))
        else:
            optional = Any if decoded_type is Any else decoded_type | UnsetType
            fields.append((member.attribute, optional, msgspec.field(name=member.name, default=UNSET)))
    return msgspec.defstruct(name, fields, gc=False, kw_only=True)


def _must(
    name: str,
    value_type: ValueType = ValueType.STRING,
    object_type: ObjectType | None = None,
    *,
    default: str = "",
    filler: str = "",
    indexed: bool = False,
) -> MemberSpec:
    """Return a mandatory member; one that is no string needs a default or a filler, unless it is an object."""
    filler = filler or default or '""'
    return MemberSpec(name, value_type, object_type, required=True, default=default, filler=filler, indexed=indexed)


def _may(
    name: str, value_type: ValueType = ValueType.STRING, object_type: ObjectType | None = None, **more: Any
) -> MemberSpec:
    """Return an optional member."""
    return MemberSpec(name, value_type, object_type, **more)


def _custom(name: str, value_type: ValueType, object_type: ObjectType | None = None, **more: Any) -> MemberSpec:
    """Return a program's own member that readers depend on."""
    return MemberSpec(name, value_type, object_type, official=False, **more)


def _numbers(*names: str, validated: bool) -> tuple[MemberSpec, ...]:
    """Return Chrome's own numbers: it refuses what it cannot take for a number, which null is."""
    return tuple(_custom(name, ValueType.NUMBER, null_tolerated=True, validated=validated) for name in names)


def _index_only(name: str, value_type: ValueType = ValueType.STRING) -> MemberSpec:
    """Return a program's own member that only the index reads."""
    return _custom(name, value_type, validated=False, repaired=False, indexed=True)


#: What stands for a date that nobody knows, and that readers insist on.
_EPOCH: Final = '"1970-01-01T00:00:00.000Z"'
_COMMENT: Final = _may("comment")

COOKIE: Final = ObjectType(
    "cookie",
    (
        *(_must("name"), _must("value"), _may("path"), _may("domain")),
        *(_may("expires", ValueType.DATE, null_tolerated=True), _may("httpOnly", ValueType.BOOLEAN)),
        *(_may("secure", ValueType.BOOLEAN), _COMMENT),
    ),
)
HEADER: Final = ObjectType(
    "header", (_must("name", ValueType.HEADER_TEXT), _must("value", ValueType.HEADER_TEXT), _COMMENT)
)
PARAMETER: Final = ObjectType(
    "queryString", (_must("name", ValueType.HEADER_TEXT), _must("value", ValueType.HEADER_TEXT), _COMMENT)
)
PARAM: Final = ObjectType("param", (_must("name"), _may("value"), _may("fileName"), _may("contentType"), _COMMENT))
POST_DATA: Final = ObjectType(
    "postData",
    (
        *(_must("mimeType", filler='"application/octet-stream"'), _may("params", ValueType.ARRAY, PARAM)),
        # mitmproxy insists on the text, even where there are params.
        *(_may("text", ValueType.BODY, filler='""'), _COMMENT),
    ),
)
REQUEST: Final = ObjectType(
    "request",
    (
        *(_must("method", filler='"GET"', indexed=True), _must("url", ValueType.URL, indexed=True)),
        *(_must("httpVersion", indexed=True), _must("cookies", ValueType.ARRAY, COOKIE, default="[]")),
        _must("headers", ValueType.ARRAY, HEADER, default="[]"),
        _must("queryString", ValueType.ARRAY, PARAMETER, default="[]"),
        *(
            _may("postData", ValueType.OBJECT, POST_DATA, indexed=True),
            _must("headersSize", ValueType.INTEGER, default="-1"),
        ),
        *(_must("bodySize", ValueType.INTEGER, default="-1", indexed=True), _COMMENT),
    ),
)
CONTENT: Final = ObjectType(
    "content",
    (
        *(_must("size", ValueType.INTEGER, filler="-1", indexed=True), _may("compression", ValueType.INTEGER)),
        # What Chrome takes for a media type that is not known.
        _must("mimeType", filler='"x-unknown"', indexed=True),
        *(_may("text", ValueType.BODY, indexed=True), _may("encoding"), _COMMENT),
        _index_only("_file"),  # Playwright's: the body is in a file beside the HAR
    ),
)
RESPONSE: Final = ObjectType(
    "response",
    (
        *(_must("status", ValueType.INTEGER, filler="0", indexed=True), _must("statusText", indexed=True)),
        *(_must("httpVersion"), _must("cookies", ValueType.ARRAY, COOKIE, default="[]")),
        _must("headers", ValueType.ARRAY, HEADER, default="[]"),
        *(_must("content", ValueType.OBJECT, CONTENT, indexed=True), _must("redirectURL", default='""')),
        _must("headersSize", ValueType.INTEGER, default="-1"),
        *(_must("bodySize", ValueType.INTEGER, default="-1", indexed=True), _COMMENT),
        _custom("_transferSize", ValueType.NUMBER, null_tolerated=True, indexed=True),
        *_numbers("_serviceWorkerRouterRuleIdMatched", validated=False),
        *(_index_only("_error"), _index_only("_failureText")),  # Chrome's and Playwright's
    ),
)
CACHE_ENTRY: Final = ObjectType(
    "cacheEntry",
    (
        *(_may("expires", ValueType.DATE), _must("lastAccess", ValueType.DATE, filler=_EPOCH)),
        *(_must("eTag"), _must("hitCount", ValueType.INTEGER, filler="0"), _COMMENT),
    ),
)
CACHE: Final = ObjectType(
    "cache",
    (
        _may("beforeRequest", ValueType.OBJECT, CACHE_ENTRY, nullable=True),
        _may("afterRequest", ValueType.OBJECT, CACHE_ENTRY, nullable=True),
        _COMMENT,
    ),
)
TIMINGS: Final = ObjectType(
    "timings",
    (
        *(_may(name, ValueType.NUMBER, indexed=True) for name in ("blocked", "dns", "connect")),
        *(_must(name, ValueType.DURATION, default="0", indexed=True) for name in ("send", "wait", "receive")),
        *(_may("ssl", ValueType.NUMBER, indexed=True), _COMMENT),
        *_numbers("_blocked_queueing", "_blocked_proxy", validated=True),
        *_numbers("_workerStart", "_workerReady", "_workerFetchStart", "_workerRespondWithSettled", validated=False),
        *_numbers("_workerRouterEvaluationStart", "_workerCacheLookupStart", validated=False),
    ),
)
# Chrome's own; other members of these objects are passed over.
_CALL_FRAME: Final = ObjectType("callFrame", _numbers("lineNumber", "columnNumber", validated=False))
_STACK: Final = ObjectType(
    "stack",
    (
        _custom("callFrames", ValueType.ARRAY, _CALL_FRAME, validated=False),
        _custom("parent", ValueType.OBJECT, ObjectType("parent", ()), null_tolerated=True, validated=False),
    ),
)
_INITIATOR: Final = ObjectType(
    "_initiator",
    (
        *_numbers("lineNumber", validated=True),
        _custom("stack", ValueType.OBJECT, _STACK, null_tolerated=True, validated=False),
    ),
)
_MESSAGE: Final = ObjectType("_webSocketMessage", _numbers("time", "opcode", validated=False))
ENTRY: Final = ObjectType(
    "entry",
    (
        *(_may("pageref", indexed=True), _must("startedDateTime", ValueType.DATE, filler=_EPOCH, indexed=True)),
        _must("time", ValueType.NUMBER, default="0", indexed=True),
        _must("request", ValueType.OBJECT, REQUEST, indexed=True),
        _must("response", ValueType.OBJECT, RESPONSE, indexed=True),
        _must("cache", ValueType.OBJECT, CACHE, default="{}"),
        _must("timings", ValueType.OBJECT, TIMINGS, indexed=True),
        *(_may("serverIPAddress", ValueType.ADDRESS, indexed=True), _may("connection", indexed=True), _COMMENT),
        _custom("_initiator", ValueType.OBJECT, _INITIATOR),
        _custom("_webSocketMessages", ValueType.ARRAY, _MESSAGE, validated=False),
        *(_index_only("_resourceType"), _index_only("_fromCache", ValueType.STRING_OR_BOOLEAN)),
        _index_only("_fetchType"),  # Safari's: which cache it came from
    ),
)
CREATOR: Final = ObjectType("creator", (_must("name"), _must("version"), _COMMENT))
BROWSER: Final = ObjectType("browser", (_must("name"), _must("version"), _COMMENT))
# haralyzer insists on the times, which are optional.
PAGE_TIMINGS: Final = ObjectType(
    "pageTimings",
    (
        *(_may(name, ValueType.NUMBER, filler="-1") for name in ("onContentLoad", "onLoad")),
        _COMMENT,
    ),
)
PAGE: Final = ObjectType(
    "page",
    (
        *(_must("startedDateTime", ValueType.DATE, filler=_EPOCH), _must("id"), _must("title")),
        *(_must("pageTimings", ValueType.OBJECT, PAGE_TIMINGS, default="{}"), _COMMENT),
    ),
)
#: The log without its entries.
LOG: Final = ObjectType(
    "log",
    (
        *(_must("version", default='"1.2"'), _must("creator", ValueType.OBJECT, CREATOR)),
        _may("browser", ValueType.OBJECT, BROWSER),
        # Firefox insists on pages.
        *(_may("pages", ValueType.ARRAY, PAGE, filler="[]"), _COMMENT),
    ),
)
