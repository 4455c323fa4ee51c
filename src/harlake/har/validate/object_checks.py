"""What the types of a HAR's values tell: decoders made of the schema, and the rules that a wrong type breaks.

Strategy: each object is a struct twice. The *strict* ones have the right types throughout: an entry that decodes to
them breaks no rule by its types, and most entries do. Of the others a *loose* struct is made, whose members may be
anything (so that only text that is no JSON is refused). What types the members of an object have is one tuple; what is
wrong with an object of such types is found out once, and looked up ever after (:meth:`ObjectCheck.types`). Arrays stay
undecoded at first, and are proved by the strict structs; only an array that these refuse is looked at item by item.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from types import GenericAlias
from typing import Any, Final

import msgspec
from msgspec import Raw, UnsetType

from harlake.har.raw_json import STRING
from harlake.har.schema import MemberSpec, ObjectType, ValueType, define_struct
from harlake.har.validate.rules import MISSING_MEMBER, WRONG_TYPE, Violation

_NUMBERS: Final = frozenset((ValueType.NUMBER, ValueType.DURATION, ValueType.INTEGER))
#: Values that are not decoded with the object that they are in.
_UNDECODED: Final = frozenset((ValueType.ARRAY, ValueType.BODY))

#: What a value must be, in words; all else is a string.
_EXPECTED: Final[dict[ValueType, str]] = {
    ValueType.DATE: "a date in a string",
    ValueType.BODY: "a string that may be long",
    ValueType.BOOLEAN: "a boolean",
    ValueType.OBJECT: "an object",
    ValueType.ARRAY: "an array",
} | dict.fromkeys(_NUMBERS, "a number")
#: What a decoded value is, in words; all else is an object.
_ACTUAL: Final[dict[type, str]] = {
    type(None): "null",
    bool: "a boolean",
    str: "a string",
    int: "a number",
    float: "a number",
    list: "an array",
}
#: So many combinations of types are remembered of each object.
_MAX_REMEMBERED: Final = 1000
#: attrgetter returns a tuple for two names or more.
_PADDING: Final = ("__class__",)

#: What a decoder refuses although it is valid JSON: numbers beyond what a double can be.
_NUMBER: Final = re.compile(rb"%b|-?\d[\d.eE+-]*+" % STRING, re.DOTALL)

_any: Final = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True, eq=False)
class TypeCheck:
    """What the types of an object's members tell: rules broken, the objects and dates within, whether all is regular.

    Regular means that each member that validation knows is there if it must be, and of the right type. ``tells_all``
    says that no number is in a string or an array, where it may be one or not.
    """

    violations: tuple[Violation, ...]
    objects: tuple[tuple[MemberSpec, ObjectCheck], ...]
    dates: tuple[MemberSpec, ...]
    regular: bool
    tells_all: bool


class ObjectCheck:
    """Decodes and checks objects of one type."""

    def __init__(self, object_type: ObjectType) -> None:
        self.name = object_type.name
        self.members = tuple(member for member in object_type.members if member.validated)
        self._inner = {
            member.name: object_check(member.object_type) for member in self.members if member.object_type is not None
        }
        self.loose = define_struct(self.name, ((member, self._loose(member), False) for member in self.members))
        self.strict = define_struct(
            f"strict_{self.name}", ((member, self._strict(member), member.required) for member in self.members)
        )
        self.structs = self.loose, self.strict
        self.arrays = tuple((one, self._inner[one.name]) for one in self.members if one.type is ValueType.ARRAY)
        self.bodies = tuple(one for one in self.members if one.type is ValueType.BODY)
        self.dates = tuple(one for one in self.members if one.type is ValueType.DATE)
        self._typed = [one for one in self.members if one.type not in _UNDECODED]
        self._values = attrgetter(*(one.attribute for one in self._typed), *_PADDING[len(self._typed) > 1 :])
        self._remembered: dict[tuple[type, ...], TypeCheck] = {}
        self._prove: Callable[[Raw], Any] | None = None
        if not self._inner:
            self._prove = msgspec.json.Decoder(GenericAlias(list, (self.strict,))).decode
        self._decode: Any = msgspec.json.Decoder(GenericAlias(list, (anything(self.loose),))).decode

    def types(self, value: Any) -> TypeCheck:
        """Return what the types of a loose struct's members tell; there are few different ones."""
        types = tuple(map(type, self._values(value)))
        return self._remembered.get(types) or self._check_types(types)

    def items(self, text: Raw) -> tuple[Any, bool]:
        """Return the items of an array of such objects, and whether all of them are proved to be as they should.

        What is no array is returned as any value.
        """
        if self._prove is not None:
            with suppress(msgspec.ValidationError):
                return self._prove(text), True
        with suppress(msgspec.ValidationError):
            return self._decode(text), False
        bounded = bounded_numbers(bytes(text))
        with suppress(msgspec.ValidationError):
            return self._decode(bounded), False
        return _any(bounded), False

    def missing(self, member: MemberSpec) -> Violation:
        """Return what is wrong with an object without the member."""
        default = f"; where nothing is known, it is {member.default}" if member.default else ""
        return Violation(
            MISSING_MEMBER, (member.name,), {"owner": self.name, "expected": _expected(member), "default": default}
        )

    def mistyped(self, member: MemberSpec, actual: type) -> Violation:
        """Return what is wrong with an object whose member has another type."""
        optional = "" if member.required else ", or left out"
        values = {"owner": self.name, "expected": _expected(member), "optional": optional}
        values["actual"] = _ACTUAL.get(actual, "an object")
        return Violation(WRONG_TYPE, (member.name,), values)

    def _check_types(self, types: tuple[type, ...]) -> TypeCheck:
        violations, objects, dates, regular = [], [], [], True
        for member, actual in zip(self._typed, types, strict=False):
            inner = self._inner.get(member.name)
            if actual is UnsetType:
                if member.required:
                    violations.append(self.missing(member))
                    regular = False
            elif inner is not None and actual is inner.loose:
                objects.append((member, inner))
            elif not _fits(member, actual):
                regular = False
                if member.official:
                    violations.append(self.mistyped(member, actual))
            elif member.type is ValueType.DATE:
                dates.append(member)
        tells_all = not any(
            actual is list or (actual is str and member.type in _NUMBERS)
            for member, actual in zip(self._typed, types, strict=False)
        )
        check = TypeCheck(tuple(violations), tuple(objects), tuple(dates), regular, tells_all)
        if len(self._remembered) < _MAX_REMEMBERED:
            self._remembered[types] = check
        return check

    def _loose(self, member: MemberSpec) -> Any:
        if member.type in _UNDECODED:
            return Raw
        inner = self._inner.get(member.name)
        return Any if inner is None else anything(inner.loose)

    def _strict(self, member: MemberSpec) -> Any:
        if member.type is ValueType.BODY:
            return Raw  # it may be most of the entry; that it is a string, its first byte tells
        inner = self._inner.get(member.name)
        strict: Any = _scalar(member) if inner is None else inner.strict
        if member.type is ValueType.ARRAY:
            strict = GenericAlias(list, (strict,))
        return strict | None if member.nullable else strict


@cache
def object_check(object_type: ObjectType) -> ObjectCheck:
    """Return what checks objects of a type."""
    return ObjectCheck(object_type)


def bounded_numbers(text: bytes) -> bytes:
    """Return a copy of valid JSON text whose numbers are of a size that can be decoded and compared."""
    return _NUMBER.sub(_bounded, text)


def _bounded(token: re.Match[bytes]) -> bytes:
    """Return a number in a size that can be compared; strings as they are."""
    if token[0].startswith(b'"'):
        return token[0]
    value = float(token[0])
    return b"%g" % max(-1e300, min(1e300, value)) if abs(value) > 1e300 or len(token[0]) > 300 else token[0]


def anything(struct: Any) -> Any:
    """Return a type that any JSON value has, and that an object decodes to a struct with."""
    return struct | list[Any] | str | int | float | bool | None


def _expected(member: MemberSpec) -> str:
    return _EXPECTED.get(member.type, "a string")


def _scalar(member: MemberSpec) -> Any:
    if member.type in _NUMBERS:
        return int | float
    return bool if member.type is ValueType.BOOLEAN else str


def _fits(member: MemberSpec, actual: type) -> bool:
    """Return whether a member may be of a type that is no struct's."""
    if actual is type(None):
        return member.nullable
    if member.type in _NUMBERS:
        return actual is int or actual is float
    return member.type is not ValueType.OBJECT and actual is _scalar(member)
