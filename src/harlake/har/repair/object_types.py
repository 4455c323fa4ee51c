"""The shapes of a HAR's objects and arrays: which members they must and may have, and of what kind each is.

They are kinds themselves (see kinds.py), so they nest.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from harlake.har.raw_json import Member, elements, is_array, is_object, joined, listed, members
from harlake.har.repair.value_types import Kind

_encode: Final = msgspec.json.encode


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


class Each:
    """An array of values of one kind; what cannot be mended is left out."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self.strict: Any = list[kind.strict]  # type: ignore[name-defined]
        self._decoder = msgspec.json.Decoder(self.strict)

    def mend(self, value: bytes) -> bytes | None:
        """Return an array."""
        if not is_array(value):
            return None
        with suppress(msgspec.MsgspecError, RecursionError):  # most are as they should be
            self._decoder.decode(value)
            return value
        found = elements(value)
        mended = [self._kind.mend(one) for one in found]
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
        last = {name: place for place, (name, _) in enumerate(found)}
        mended = list(found)
        changed = False
        left_out: set[str] = set()
        for name, rule in self._rules.items():
            given = found[last[name]][1] if name in last else None
            value = None if given is None else rule.kind.mend(given)
            if value is None:
                value = rule.default
            if value is given:
                continue
            changed = True
            if value is None:
                left_out.add(name)
            elif given is None:
                mended.append((name, value))
            else:
                mended[last[name]] = name, value
        return [member for member in mended if member[0] not in left_out] if changed else found


class Pair(Object):
    """An object of a name and a value, or an array of the two."""

    def mend(self, value: bytes) -> bytes | None:
        """Return an object."""
        if is_array(value) and len(parts := elements(value)) == 2:
            value = joined(zip(("name", "value"), parts, strict=True))
        return super().mend(value)
