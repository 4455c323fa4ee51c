"""What JavaScript makes of decoded JSON: whether a value casts to a number, to a date, or to true.

Source: ECMA-262, §7.1.4.1 (StringToNumber), §7.1.2 (ToBoolean) and §21.4.2.1 (Date).
"""

from __future__ import annotations

import re
from typing import Any, Final

from msgspec import UNSET

from harlake.har.validate.v8_dates import LARGEST_DATE, is_v8_date
from harlake.har.validate.values import is_date

#: White space of ECMA-262, line ends included; Python has some more, and lacks the last.
_SPACE: Final = "\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))

#: What ``Number()`` makes a number of, apart from white space around it.
_NUMERIC: Final = re.compile(
    r"|[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|Infinity)|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+",
    re.ASCII,
)
#: Items that an array is joined of: a million of them would take a second, and is no date.
_MAX_ITEMS: Final = 1_000
#: Numbers from here on are written with an exponent.
_LARGEST_PLAIN: Final = 1e21


def casts_to_number(value: Any) -> bool:
    """Return whether ``Number()`` makes something else of a value than NaN."""
    while type(value) is list:
        if len(value) > 1 or (value and type(value[0]) is bool):
            return False
        value = value[0] if value else 0
    if isinstance(value, str):
        return _NUMERIC.fullmatch(value.strip(_SPACE)) is not None
    return value is None or isinstance(value, (bool, int, float))


def casts_to_date(value: Any) -> bool:
    """Return whether ``new Date()`` makes a valid date of a value, as V8 does."""
    if type(value) is list:
        value = _joined(value)
    if isinstance(value, str):
        return is_date(value) or is_v8_date(value)
    return value is None or (isinstance(value, (bool, int, float)) and abs(value) <= LARGEST_DATE)


def _joined(items: list[Any]) -> str:
    """Return the text that an array becomes: its items' texts, with commas."""
    texts: list[str] = []
    pending = items[::-1]
    while pending and len(texts) < _MAX_ITEMS:
        item = pending.pop()
        if type(item) is list:
            # What is nested is joined by commas too.
            pending += item[::-1] or [""]
        else:
            texts.append(_text(item))
    return ",".join(texts)


def _text(value: Any) -> str:
    """Return the text that JavaScript makes of a value in an array."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (int, float)):
        return "[object Object]"
    return str(int(value)) if abs(value) < _LARGEST_PLAIN and value == int(value) else repr(float(value))


def is_true(value: Any) -> bool:
    """Return whether JavaScript takes a value for true; there, empty arrays and objects are."""
    return value is not UNSET and (bool(value) or not isinstance(value, (str, int, float, type(None))))
