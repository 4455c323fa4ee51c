"""Menders of a HAR's objects and arrays, made of the schema: members that are missing or wrong are put right.

They are menders like those of ``value_types``, so they nest. Members that the schema does not name are passed over.
"""

from __future__ import annotations

import binascii
from contextlib import suppress
from functools import cache
from typing import Any, Final

import msgspec

from harlake.har.bodies import recorded_form
from harlake.har.raw_json import Member, elements, is_array, is_object, joined, listed, members, unquoted
from harlake.har.repair.value_types import (
    Address,
    BodyText,
    Date,
    Flag,
    HeaderText,
    Integer,
    Mender,
    Nullable,
    Number,
    Positive,
    Text,
    Url,
)
from harlake.har.schema import (
    CONTENT,
    COOKIE,
    ENTRY,
    HEADER,
    PARAM,
    PARAMETER,
    POST_DATA,
    REQUEST,
    MemberSpec,
    ObjectType,
    ValueType,
    define_struct,
)
from harlake.har.values.carriers import carrier_members, object_carrier
from harlake.har.values.numbers import number, python_number, total_time
from harlake.har.values.pairs import pair_object, pair_objects

_VALUES: Final[dict[ValueType, Mender]] = {
    ValueType.STRING: Text(),
    ValueType.HEADER_TEXT: HeaderText(),
    ValueType.URL: Url(),
    ValueType.ADDRESS: Address(),
    ValueType.DATE: Date(),
    ValueType.BODY: BodyText(),
    ValueType.NUMBER: Number(),
    ValueType.DURATION: Positive(),
    ValueType.INTEGER: Integer(),
    ValueType.BOOLEAN: Flag(),
}

_BASE64: Final = b'"base64"'
_NULL: Final = b"null"
#: Of an entry's time; the TLS handshake is part of the connection.
_PHASES: Final = frozenset({"blocked", "dns", "connect", "send", "wait", "receive"})

_encode: Final = msgspec.json.encode


class ArrayMender:
    """Mends an array of values of one type; what cannot be mended is left out."""

    def __init__(self, item: Mender) -> None:
        self._item = item
        self.strict: Any = list[item.strict]  # type: ignore[name-defined]
        self._decoder = msgspec.json.Decoder(self.strict)

    def mend(self, value: bytes) -> bytes | None:
        """Return an array."""
        if not is_array(value):
            return None
        with suppress(msgspec.MsgspecError, RecursionError):  # most are as they should be
            self._decoder.decode(value)
            return value
        items = elements(value)
        mended = [self._item.mend(item) for item in items]
        if all(new is old for new, old in zip(mended, items, strict=True)):
            return value
        return listed(item for item in mended if item is not None)


class PairsMender(ArrayMender):
    """Mends a list of names with values, however they are listed."""

    def mend(self, value: bytes) -> bytes | None:
        """Return an array."""
        if is_array(value):
            with suppress(msgspec.MsgspecError, RecursionError):
                self._decoder.decode(value)
                return value
        items = elements(value) if is_array(value) else pair_objects(value)
        if items is None:
            return None
        mended = [self._item.mend(pair_object(item)) for item in items]
        if is_array(value) and all(new is old for new, old in zip(mended, items, strict=True)):
            return value
        return listed(pair for pair in mended if pair is not None)


class ObjectMender:
    """Mends an object member by member; those that the schema does not name stay as they are, and so does the order."""

    def __init__(self, object_type: ObjectType) -> None:
        repaired = [(spec, _mender(spec)) for spec in object_type.members if spec.repaired]
        self._members = [(spec.name, mender, _filler(spec, mender)) for spec, mender in repaired]
        required = [filler is not None for _, _, filler in self._members]
        fields = [(spec, mender.strict, must) for (spec, mender), must in zip(repaired, required, strict=True)]
        self.strict: Any = define_struct(object_type.name, fields)

    def mend(self, value: bytes) -> bytes | None:
        """Return an object."""
        if not is_object(value):
            return None
        given = members(value)
        mended = self.fill(given)
        return value if mended is given else joined(mended)

    def fill(self, given: list[Member]) -> list[Member]:
        """Return members as they should be, the very list where they are. Of equal names the last counts."""
        last = {name: index for index, (name, _) in enumerate(given)}
        mended = list(given)
        changed = False
        left_out: set[str] = set()
        for name, mender, filler in self._members:
            old = given[last[name]][1] if name in last else None
            new = None if old is None else mender.mend(old)
            if new is None:
                new = filler
            if new is old:
                continue
            changed = True
            if new is None:
                left_out.add(name)
            elif old is None:
                mended.append((name, new))
            else:
                mended[last[name]] = name, new
        return [member for member in mended if member[0] not in left_out] if changed else given


class CarrierMender(ObjectMender):
    """Mends what carries a body, which may be in its place, or be a JSON value."""

    def mend(self, value: bytes) -> bytes | None:
        """Return an object."""
        if not is_object(value):
            carried = carrier_members(value)
            return joined(self.fill(carried)) if carried else None
        given = members(value)
        mended = self.fill(object_carrier(value, given))
        return value if mended is given else joined(mended)


class RequestMender(ObjectMender):
    """Mends ``request``; a body that was captured as parameters only is put together, for those who read texts."""

    def fill(self, given: list[Member]) -> list[Member]:
        """Return the members of ``request``."""
        last = dict(given)
        form = recorded_form(last)
        if form is not None and (text := _text(form.data)) is not None:
            mended = {"text": _encode(text)}
            if "boundary=" in form.mime_type:
                mended["mimeType"] = _encode(form.mime_type)
            others = [(name, value) for name, value in carrier_members(last["postData"]) if name not in mended]
            mended_data = joined([*others, *mended.items()])
            given = [*((name, value) for name, value in given if name != "postData"), ("postData", mended_data)]
        return super().fill(given)


def _text(data: bytes) -> str | None:
    """Return a body as a text; None where it is none, for HAR 1.2 has no other request bodies."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


class EntryMender(ObjectMender):
    """Mends an entry; a time that is missing is the sum of its timings."""

    def fill(self, given: list[Member]) -> list[Member]:
        """Return the members of an entry."""
        last = dict(given)
        timings = last.get("timings", _NULL)
        if number(last.get("time", _NULL)) is None and is_object(timings):
            phases = {name: python_number(value) for name, value in members(timings) if name in _PHASES}
            if (total := total_time(None, phases.values())) is not None:
                given = [*((name, value) for name, value in given if name != "time"), ("time", _encode(total))]
        return super().fill(given)


class ContentMender(CarrierMender):
    """Mends ``content``; a body that is said to be base64, and is not, is taken for the text that it is."""

    def fill(self, given: list[Member]) -> list[Member]:
        """Return the members of ``content``."""
        mended = super().fill(given)
        last = dict(mended)
        if bytes(last.get("encoding", b"")) != _BASE64 or "text" not in last or is_base64(last["text"]):
            return mended
        return [(name, value) for name, value in mended if name != "encoding"]


def is_base64(text: bytes) -> bool:
    """Return whether a lenient decoder takes a JSON string for base64."""
    try:
        binascii.a2b_base64(unquoted(text))
    except ValueError:
        return False
    return True


#: The objects that are mended in a way of their own.
_MENDERS: Final[dict[ObjectType, type[ObjectMender]]] = {
    CONTENT: ContentMender,
    POST_DATA: CarrierMender,
    REQUEST: RequestMender,
    ENTRY: EntryMender,
}

#: The objects that are names with values.
_PAIRS: Final = frozenset({COOKIE, HEADER, PARAMETER, PARAM})


@cache
def object_mender(object_type: ObjectType) -> ObjectMender:
    """Return what mends objects of a type."""
    return _MENDERS.get(object_type, ObjectMender)(object_type)


def _mender(spec: MemberSpec) -> Mender:
    """Return what mends the values of a member."""
    mender: Mender
    if spec.object_type is None:
        mender = _VALUES[spec.type]
    elif spec.type is ValueType.ARRAY:
        item = object_mender(spec.object_type)
        mender = PairsMender(item) if spec.object_type in _PAIRS else ArrayMender(item)
    else:
        mender = object_mender(spec.object_type)
    return Nullable(mender) if spec.nullable or spec.null_tolerated else mender


def _filler(spec: MemberSpec, mender: Mender) -> bytes | None:
    """Return what stands for a member that is missing or cannot be mended; None leaves it out."""
    if spec.required and isinstance(mender, ObjectMender):
        return joined(mender.fill([]))
    return spec.filler.encode() or None
