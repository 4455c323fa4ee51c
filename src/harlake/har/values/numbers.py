"""Numbers and truth values, and strings that hold one."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Final

from harlake.har.raw_json import decoded, elements, first_byte, is_array, is_string
from harlake.har.values.plain_values import plain

_JSON: Final = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
#: As people and programs write one: with a plus, zeros before it, without digits on one side of the point.
_WRITTEN: Final = re.compile(
    r"(?P<minus>-?)\+?0*+(?P<whole>[0-9]*+)(?:\.(?P<part>[0-9]*+))?(?P<exponent>(?:[eE][+-]?[0-9]++)?)"
)
_DIGIT: Final = re.compile(r"[-+]*\.?[0-9]", re.ASCII)

_TRUE: Final = frozenset({"true", "yes", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "off", "0", ""})

#: Of a text that says a truth value.
_MAX_FLAG: Final = len('"false"') + 8


def number(value: bytes) -> bytes | None:
    """Return the JSON number that a value means, the very value where it is one; None where it means none."""
    if first_byte(value) in b"-0123456789" and len(value):
        return value
    value = _only(plain(value))
    if not is_string(value):
        return value if first_byte(value) in b"-0123456789" and len(value) else None
    inside = bytes(value)[1:-1]
    if _JSON.fullmatch(inside):
        return inside
    said = str(decoded(bytes(value))).strip()
    match = _WRITTEN.fullmatch(said)
    if match is None or _DIGIT.match(said) is None:
        return None
    whole, part = match["whole"] or "0", match["part"]
    return f"{match['minus']}{whole}{'.' + part if part else ''}{match['exponent']}".encode()


def integer(value: bytes) -> bytes | None:
    """Return the number without a fraction that a value means; None where it means none."""
    given = number(value)
    if given is None or set(b".eE").isdisjoint(bytes(given)):
        return given
    whole = float(bytes(given))
    return None if math.isinf(whole) else b"%d" % int(whole)


def python_number(value: bytes) -> float | None:
    """Return the number that a value means, decoded; None where it means none, or one that is too large."""
    given = number(value)
    try:
        found = None if given is None else float(bytes(given))
    except (ValueError, OverflowError):
        return None
    return None if found is None or math.isinf(found) else found


def flag(value: bytes) -> bytes | None:
    """Return ``true`` or ``false`` as a value means it, the very value where it is one; None where it means neither."""
    if first_byte(value) in b"tf" and len(value):
        return value
    value = _only(plain(value))
    if len(value) > _MAX_FLAG or not len(value):
        return None
    given = decoded(bytes(value))
    said = given.strip().lower() if isinstance(given, str) and given else str(given).lower()
    if given is None or given == "":
        return None
    return b"true" if said in _TRUE else b"false" if said in _FALSE else None


def says_yes(given: str | bool | float | None) -> bool:
    """Return whether a decoded value says yes: any text does that does not say no, as ``disk`` for a cache."""
    if isinstance(given, str):
        return given.strip().lower() not in _FALSE | {"none", "null"}
    return bool(given)


def total_time(time: float | None, timings: Iterable[float | None]) -> float | None:
    """Return how long an entry took: its time, else the sum of its timings; ``ssl`` is in ``connect``."""
    if time is not None and time >= 0:
        return time
    known = [one for one in timings if one is not None and one >= 0]
    return round(math.fsum(known), 6) if known else time


def _only(value: bytes) -> bytes:
    """Return the only item of a list; any other value is returned as it is."""
    if not is_array(value):
        return value
    items = elements(value)
    return plain(items[0]) if len(items) == 1 else value
