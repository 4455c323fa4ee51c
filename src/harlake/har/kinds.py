"""The kinds of values that members of a HAR have: what strict readers take, and what can be made of the rest.

A kind *mends* a value: it returns what it is given where that is acceptable, the very object; something acceptable that
says the same where there is such a thing (``"200"`` for a number, ``[::1]`` for an address); else None. Its ``strict``
type is what msgspec must be able to decode it as; whatever decodes is acceptable, though not the other way round.
"""

from __future__ import annotations

import ipaddress
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, Final, Protocol

import msgspec

from harlake.har.envelope import decoded
from harlake.har.members import (
    Member,
    elements,
    first_byte,
    is_array,
    is_null,
    is_object,
    is_string,
    joined,
    listed,
    members,
)

_encode: Final = msgspec.json.encode
_NUMBER: Final = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")

#: ISO 8601 as every reader takes it; days are only checked where a pattern can.
_CLOCK: Final = r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?(?:Z|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])\Z"
_WRITTEN: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}" + _CLOCK)
_CERTAIN: Final = (
    r"^(?:19|20)[0-9]{2}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    r"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)" + _CLOCK
)

_OCTET: Final = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"


class Kind(Protocol):
    """What a value must be like."""

    @property
    def strict(self) -> Any:
        """The type that msgspec decodes acceptable values as."""

    def mend(self, value: bytes) -> bytes | None:
        """Return the value itself, or what stands for it, or None."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a member must be like, and its value where it is missing or unacceptable; None leaves it out."""

    kind: Kind
    default: bytes | None


def must(kind: Kind, default: object) -> Rule:
    """Return the rule for a mandatory member."""
    return Rule(kind, _encode(default))


def may(kind: Kind) -> Rule:
    """Return the rule for an optional member."""
    return Rule(kind, None)


def made(kind: Object) -> Rule:
    """Return the rule for a mandatory object, which is made of its members' defaults where it is missing."""
    return Rule(kind, joined(kind.fill([])))


class Text:
    """A string; numbers and truth values are quoted."""

    strict: Any = str

    def mend(self, value: bytes) -> bytes | None:
        """Return a string."""
        if is_string(value):
            return value
        return b'"' + value + b'"' if first_byte(value) in b"-0123456789tf" else None


class HeaderValue(Text):
    """A string; several values of one name, as a list, are put on lines of their own, as browsers do."""

    def mend(self, value: bytes) -> bytes | None:
        """Return a string."""
        if not is_array(value):
            return super().mend(value)
        lines = [text for text in map(super().mend, elements(value)) if text is not None]
        return b'"' + rb"\n".join(bytes(text)[1:-1] for text in lines) + b'"'


class BodyText(Text):
    """A string that may be most of its entry: it is not decoded to see that it is one (see :func:`is_body`)."""

    strict: Any = msgspec.Raw


class Date(Text):
    """A point in time as ISO 8601 with a zone; others that can be read are written so, UTC where they have no zone."""

    strict: Any = Annotated[str, msgspec.Meta(pattern=_CERTAIN)]

    def mend(self, value: bytes) -> bytes | None:
        """Return a date."""
        given = decoded(bytes(value))
        try:
            when = _instant(given)
        except (ValueError, OverflowError, OSError):
            return None
        written = isinstance(given, str) and _WRITTEN.match(given)
        return value if written else _encode(when.isoformat().replace("+00:00", "Z"))


class Address(Text):
    """An IP address; square brackets around it are taken away."""

    strict: Any = Annotated[str, msgspec.Meta(pattern=rf"^(?:{_OCTET}\.){{3}}{_OCTET}\Z")]

    def mend(self, value: bytes) -> bytes | None:
        """Return an address."""
        given = decoded(bytes(value))
        bare = given.strip().removeprefix("[").removesuffix("]") if isinstance(given, str) else ""
        try:
            ipaddress.ip_address(bare)
        except ValueError:
            return None
        return value if bare == given else _encode(bare)


class Number:
    """A number; a string that holds one is taken for it."""

    strict: Any = float

    def mend(self, value: bytes) -> bytes | None:
        """Return a number."""
        if first_byte(value) in b"-0123456789":
            return value
        inside = bytes(value)[1:-1] if is_string(value) else b""
        return inside if _NUMBER.fullmatch(inside) else None


class Positive(Number):
    """A number that is not negative."""

    strict: Any = Annotated[float, msgspec.Meta(ge=0)]

    def mend(self, value: bytes) -> bytes | None:
        """Return a number."""
        number = super().mend(value)
        return None if number is None or float(bytes(number)) < 0 else number


class Integer(Number):
    """A number without a fraction."""

    strict: Any = int

    def mend(self, value: bytes) -> bytes | None:
        """Return a number."""
        number = super().mend(value)
        if number is None or not set(b".eE").intersection(bytes(number)):
            return number
        found = float(bytes(number))
        return number if math.isinf(found) or found.is_integer() else b"%d" % int(found)


class Flag:
    """A truth value."""

    strict: Any = bool

    def mend(self, value: bytes) -> bytes | None:
        """Return a truth value."""
        return value if first_byte(value) in b"tf" else None


@dataclass(frozen=True)
class Nullable:
    """A value of another kind, or null."""

    kind: Kind

    @property
    def strict(self) -> Any:
        """Either type."""
        return self.kind.strict | None

    def mend(self, value: bytes) -> bytes | None:
        """Return null, or what the kind makes of the value."""
        return value if is_null(value) else self.kind.mend(value)


@dataclass(frozen=True)
class Each:
    """An array of values of one kind; what cannot be mended is left out."""

    kind: Kind

    @property
    def strict(self) -> Any:
        """A list."""
        return list[self.kind.strict]  # type: ignore[name-defined]

    def mend(self, value: bytes) -> bytes | None:
        """Return an array."""
        if not is_array(value):
            return None
        found = elements(value)
        mended = [self.kind.mend(one) for one in found]
        if all(new is old for new, old in zip(mended, found, strict=True)):
            return value
        return listed(one for one in mended if one is not None)


class Object:
    """An object whose members follow rules; those without a rule are left as they are, and so is their order."""

    def __init__(self, **rules: Rule) -> None:
        self._rules = rules
        fields = [
            (name, rule.kind.strict)
            if rule.default is not None
            else (name, rule.kind.strict | msgspec.UnsetType, msgspec.UNSET)
            for name, rule in rules.items()
        ]
        self.strict: Any = msgspec.defstruct("Object", fields, gc=False, kw_only=True)

    def mend(self, value: bytes) -> bytes | None:
        """Return an object."""
        if not is_object(value):
            return None
        found = members(value)
        mended = self.fill(found)
        return value if mended is found else joined(mended)

    def fill(self, found: list[Member]) -> list[Member]:
        """Return members that follow the rules, the very list where they do. Of equal names the last counts."""
        last = {member.name: place for place, member in enumerate(found)}
        mended = list(found)
        left_out: set[str] = set()
        for name, rule in self._rules.items():
            place = last.get(name)
            if place is None:
                if rule.default is not None:
                    mended.append(Member(name, rule.default))
                continue
            value = rule.kind.mend(found[place].value)
            if value is None:
                value = rule.default
            if value is None:
                left_out.add(name)
            elif value is not found[place].value:
                mended[place] = Member(name, value)
        if not left_out and len(mended) == len(found) and all(map(_same, mended, found)):
            return found
        return [member for member in mended if member.name not in left_out]


class Pair(Object):
    """An object of a name and a value, or an array of the two."""

    def mend(self, value: bytes) -> bytes | None:
        """Return an object."""
        if is_array(value) and len(parts := elements(value)) == 2:
            value = joined(map(Member, ("name", "value"), parts))
        return super().mend(value)


def is_body(value: Any) -> bool:
    """Return whether a strictly decoded :class:`BodyText` is absent, or the string that it must be."""
    return value is msgspec.UNSET or is_string(value)


def _same(one: Member, other: Member) -> bool:
    return one is other


def _instant(given: object) -> datetime:
    """Return a point in time that is written in another way. Raises ValueError, OverflowError, OSError."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return datetime.fromtimestamp(given / 1000, UTC)  # milliseconds, as in JavaScript
    if not isinstance(given, str):
        raise ValueError
    try:
        found = datetime.fromisoformat(given.strip())
    except ValueError:
        found = parsedate_to_datetime(given)  # as in headers
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
