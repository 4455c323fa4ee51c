"""The objects of HAR 1.2, their members and types, as one table; and decoders that are made of it.

Strategy: each object is a struct twice. The *strict* ones have the right types throughout: an entry that decodes to
them has no fault of type, and most entries do. Of the others a *loose* struct is made, whose members may be anything
(so that only text that is no JSON is refused). What types the members of an object have is one tuple; what is wrong
with an object of such types is found out once, and looked up ever after (:meth:`Object.shape`). Arrays stay undecoded
at first, and are proved by the strict structs; only an array that these refuse is looked at item by item.

Members that are not HAR's are there where a reader depends on them; they break no rule.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from operator import attrgetter
from types import GenericAlias
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from harlake.har.validate.rules import MISSING_MEMBER, WRONG_TYPE, Violation


class Kind(Enum):
    """What type a member is of; the value says it in words."""

    STRING = "a string"
    DATE = "a date in a string"
    TEXT = "a string that may be long"
    NUMBER = "a number"
    BOOLEAN = "a boolean"
    OBJECT = "an object"
    ARRAY = "an array"


_TYPES: Final = {
    Kind.STRING: str,
    Kind.DATE: str,
    Kind.NUMBER: int | float,
    Kind.BOOLEAN: bool,
}
_ABSENT: Final = Raw()
#: What a decoded value is, in words; all else is an object.
_FOUND: Final[dict[type, str]] = {
    type(None): "null",
    bool: "a boolean",
    str: "a string",
    int: "a number",
    float: "a number",
    list: "an array",
}


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object; ``of`` is the type of an object, or of an array's items."""

    name: str
    kind: Kind
    of: Object | None = None
    required: bool = False
    nullable: bool = False
    #: Whether it is a member of HAR, rather than of some program.
    official: bool = True
    default: str = ""
    #: Its name in a struct.
    attribute: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "attribute", self.name.lstrip("_"))


@dataclass(frozen=True, slots=True)
class Shape:
    """What the types of an object's members tell: faults, the objects and dates within, and whether nothing is odd."""

    faults: tuple[Violation, ...]
    objects: tuple[Member, ...]
    dates: tuple[Member, ...]
    usual: bool


@dataclass(eq=False)
class Object:
    """A type of object."""

    name: str
    members: tuple[Member, ...]
    loose: Any = field(init=False)
    strict: Any = field(init=False)
    structs: tuple[Any, Any] = field(init=False)
    arrays: tuple[Member, ...] = field(init=False)
    texts: tuple[Member, ...] = field(init=False)
    dates: tuple[Member, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.loose = self._struct(self.name, _loose)
        self.strict = self._struct(f"strict_{self.name}", _strict)
        self.structs = self.loose, self.strict
        self.arrays = tuple(one for one in self.members if one.kind is Kind.ARRAY)
        self.texts = tuple(one for one in self.members if one.kind is Kind.TEXT)
        self._typed = [one for one in self.members if one.kind not in (Kind.ARRAY, Kind.TEXT)]
        self._values = attrgetter(*(one.attribute for one in self._typed), *_PADDING[len(self._typed) > 1 :])
        self._shapes: dict[tuple[type, ...], Shape] = {}
        self.dates = tuple(one for one in self.members if one.kind is Kind.DATE)
        flat = all(one.of is None for one in self.members)
        self._prove: Any = msgspec.json.Decoder(GenericAlias(list, (self.strict,))).decode if flat else None
        self._decode: Any = msgspec.json.Decoder(GenericAlias(list, (anything(self.loose),))).decode

    def _struct(self, name: str, type_of: Any) -> Any:
        fields = [
            (one.attribute, type_of(one), msgspec.field(name=one.name, default=_default(one, type_of)))
            if type_of is _loose or not one.required
            else (one.attribute, type_of(one), msgspec.field(name=one.name))
            for one in self.members
        ]
        return msgspec.defstruct(name, fields, gc=False, kw_only=True)

    def shape(self, value: Any) -> Shape:
        """Return what the types of a struct's members tell; there are few different ones."""
        types = tuple(map(type, self._values(value)))
        return self._shapes.get(types) or self._learned(types)

    def _learned(self, types: tuple[type, ...]) -> Shape:
        faults, objects, dates, usual = [], [], [], True
        for member, found in zip(self._typed, types, strict=False):
            if found is UnsetType:
                if member.required:
                    faults.append(missing(self, member))
                    usual = False
            elif member.of is not None and found is member.of.loose:
                objects.append(member)
            elif not _fits(member, found):
                usual = False
                if member.official:
                    faults.append(mistyped(self, member, found))
            elif member.kind is Kind.DATE:
                dates.append(member)
        shape = Shape(tuple(faults), tuple(objects), tuple(dates), usual)
        if len(self._shapes) < _MAX_SHAPES:
            self._shapes[types] = shape
        return shape

    def items(self, text: Raw) -> tuple[Any, bool]:
        """Return the items of an array of such objects, and whether all of them are proved to be as they should.

        What is no array is returned as any value.
        """
        if self._prove is not None:
            with suppress(msgspec.ValidationError):
                return self._prove(text), True
        try:
            return self._decode(text), False
        except msgspec.ValidationError:
            return _any(text), False


_MAX_SHAPES: Final = 1000
#: attrgetter returns a tuple for two names or more.
_PADDING: Final = ("__class__",)
_any: Final = msgspec.json.Decoder().decode


def missing(owner: Object, member: Member) -> Violation:
    """Return the fault of an object without the member."""
    default = f"; where nothing is known, it is {member.default}" if member.default else ""
    return Violation(
        MISSING_MEMBER, (member.name,), {"owner": owner.name, "kind": member.kind.value, "default": default}
    )


def mistyped(owner: Object, member: Member, found: type) -> Violation:
    """Return the fault of an object whose member has another type."""
    optional = "" if member.required else ", or left out"
    values = {"owner": owner.name, "kind": member.kind.value, "optional": optional}
    values["found"] = _FOUND.get(found, "an object")
    return Violation(WRONG_TYPE, (member.name,), values)


def _fits(member: Member, found: type) -> bool:
    if found is type(None):
        return member.nullable
    if member.kind is Kind.NUMBER:
        return found is int or found is float
    return found is _TYPES.get(member.kind)


def anything(struct: Any) -> Any:
    """Return a type that any JSON value has, and that an object decodes to a struct with."""
    return struct | list[Any] | str | int | float | bool | None


def _loose(member: Member) -> Any:
    if member.kind in (Kind.ARRAY, Kind.TEXT):
        return Raw
    return Any if member.of is None else anything(member.of.loose) | UnsetType


def _strict(member: Member) -> Any:
    if member.kind is Kind.TEXT:
        return Raw  # it may be most of the entry; that it is a string, its first byte tells
    kind: Any = _TYPES[member.kind] if member.of is None else member.of.strict
    if member.kind is Kind.ARRAY:
        kind = GenericAlias(list, (kind,))
    if member.nullable:
        kind |= None
    return kind if member.required else kind | UnsetType


def _default(member: Member, type_of: Any) -> Any:
    undecoded = member.kind is Kind.TEXT or (member.kind is Kind.ARRAY and type_of is _loose)
    return _ABSENT if undecoded else UNSET


def _object(name: str, *members: Member) -> Object:
    return Object(name, members)


def _must(name: str, kind: Kind = Kind.STRING, of: Object | None = None, default: str = "") -> Member:
    return Member(name, kind, of, required=True, default=default)


def _may(name: str, kind: Kind = Kind.STRING, of: Object | None = None, *, nullable: bool = False) -> Member:
    return Member(name, kind, of, nullable=nullable)


def _custom(name: str, kind: Kind, of: Object | None = None) -> Member:
    return Member(name, kind, of, official=False)


_COMMENT: Final = _may("comment")

COOKIE: Final = _object(
    "cookie",
    *(_must("name"), _must("value"), _may("path"), _may("domain"), _may("expires", Kind.DATE)),
    *(_may("httpOnly", Kind.BOOLEAN), _may("secure", Kind.BOOLEAN), _COMMENT),
)
HEADER: Final = _object("header", _must("name"), _must("value"), _COMMENT)
PARAMETER: Final = _object("queryString", _must("name"), _must("value"), _COMMENT)
PARAM: Final = _object("param", _must("name"), _may("value"), _may("fileName"), _may("contentType"), _COMMENT)
POST_DATA: Final = _object(
    "postData", _must("mimeType"), _may("params", Kind.ARRAY, PARAM), _may("text", Kind.TEXT), _COMMENT
)
REQUEST: Final = _object(
    "request",
    *(_must("method"), _must("url"), _must("httpVersion"), _must("cookies", Kind.ARRAY, COOKIE, default="[]")),
    *(_must("headers", Kind.ARRAY, HEADER, default="[]"), _must("queryString", Kind.ARRAY, PARAMETER, default="[]")),
    *(_may("postData", Kind.OBJECT, POST_DATA), _must("headersSize", Kind.NUMBER, default="-1")),
    *(_must("bodySize", Kind.NUMBER, default="-1"), _COMMENT),
)
CONTENT: Final = _object(
    "content",
    *(_must("size", Kind.NUMBER), _may("compression", Kind.NUMBER), _must("mimeType"), _may("text", Kind.TEXT)),
    *(_may("encoding"), _COMMENT),
)
RESPONSE: Final = _object(
    "response",
    *(_must("status", Kind.NUMBER), _must("statusText"), _must("httpVersion")),
    *(_must("cookies", Kind.ARRAY, COOKIE, default="[]"), _must("headers", Kind.ARRAY, HEADER, default="[]")),
    *(_must("content", Kind.OBJECT, CONTENT), _must("redirectURL", default='""')),
    *(_must("headersSize", Kind.NUMBER, default="-1"), _must("bodySize", Kind.NUMBER, default="-1"), _COMMENT),
    _custom("_transferSize", Kind.NUMBER),
)
CACHE_ENTRY: Final = _object(
    "cacheEntry",
    *(_may("expires", Kind.DATE), _must("lastAccess", Kind.DATE), _must("eTag"), _must("hitCount", Kind.NUMBER)),
    _COMMENT,
)
CACHE: Final = _object(
    "cache",
    _may("beforeRequest", Kind.OBJECT, CACHE_ENTRY, nullable=True),
    _may("afterRequest", Kind.OBJECT, CACHE_ENTRY, nullable=True),
    _COMMENT,
)
TIMINGS: Final = _object(
    "timings",
    *(_may("blocked", Kind.NUMBER), _may("dns", Kind.NUMBER), _may("connect", Kind.NUMBER)),
    *(_must("send", Kind.NUMBER, default="0"), _must("wait", Kind.NUMBER, default="0")),
    *(_must("receive", Kind.NUMBER, default="0"), _may("ssl", Kind.NUMBER), _COMMENT),
    *(_custom("_blocked_queueing", Kind.NUMBER), _custom("_blocked_proxy", Kind.NUMBER)),
)
_INITIATOR: Final = _object("_initiator", _custom("lineNumber", Kind.NUMBER))
ENTRY: Final = _object(
    "entry",
    *(_may("pageref"), _must("startedDateTime", Kind.DATE), _must("time", Kind.NUMBER, default="0")),
    *(_must("request", Kind.OBJECT, REQUEST), _must("response", Kind.OBJECT, RESPONSE)),
    *(_must("cache", Kind.OBJECT, CACHE, default="{}"), _must("timings", Kind.OBJECT, TIMINGS)),
    *(_may("serverIPAddress"), _may("connection"), _COMMENT),
    _custom("_initiator", Kind.OBJECT, _INITIATOR),
)
CREATOR: Final = _object("creator", _must("name"), _must("version"), _COMMENT)
BROWSER: Final = _object("browser", _must("name"), _must("version"), _COMMENT)
PAGE_TIMINGS: Final = _object("pageTimings", _may("onContentLoad", Kind.NUMBER), _may("onLoad", Kind.NUMBER), _COMMENT)
PAGE: Final = _object(
    "page",
    *(_must("startedDateTime", Kind.DATE), _must("id"), _must("title")),
    *(_must("pageTimings", Kind.OBJECT, PAGE_TIMINGS, default="{}"), _COMMENT),
)
#: The log without its entries.
LOG: Final = _object(
    "log",
    *(_must("version", default='"1.2"'), _must("creator", Kind.OBJECT, CREATOR), _may("browser", Kind.OBJECT, BROWSER)),
    *(_may("pages", Kind.ARRAY, PAGE), _COMMENT),
)
