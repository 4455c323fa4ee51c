"""What JavaScript makes of decoded JSON: whether a value casts to a number, to a date, or to true.

Source: ECMA-262, §7.1.4.1 (StringToNumber), §7.1.2 (ToBoolean) and §21.4.1.32 (date time string format).
"""

from __future__ import annotations

import re
from typing import Any, Final

from msgspec import UNSET

from harlake.har.validate.values import is_date

#: Milliseconds from 1970 on.
_LARGEST_DATE: Final = 8.64e15

#: What ``Number()`` makes a number of, apart from white space around it.
_NUMERIC: Final = re.compile(
    r"|[+-]?(?:\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|Infinity)|0x[0-9a-f]+|0o[0-7]+|0b[01]+",
    re.IGNORECASE | re.ASCII,
)
_ISO_DATE: Final = re.compile(
    r"(?:\d{4}|[+-]\d{6})(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?"
    r"(?:T(?:(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?|24:00(?::00(?:\.0+)?)?)(?:Z|[+-]\d\d:?\d\d)?)?",
    re.IGNORECASE | re.ASCII,
)
#: The other dates that V8 reads: with a month's name before or after a number, or as numbers between slashes.
_MONTHS: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_NAMED_DATE: Final = re.compile(rf"\b(?:{_MONTHS})[a-z]*+\W++\d|\d\W*+(?:{_MONTHS})", re.IGNORECASE | re.ASCII)
_NUMERIC_DATE: Final = re.compile(
    r"\s*+(?:\d{1,4}[-/]\d{1,2}[-/]\d{1,4}(?:\s++\d\d?:\d\d(?::\d\d(?:\.\d++)?)?"
    r"\s*+(?:[ap]m)?\s*+(?:z|utc|gmt)?\s*+(?:[+-]\d\d:?\d\d)?)?|\d{1,3})\s*+",
    re.IGNORECASE | re.ASCII,
)


def casts_to_number(value: Any) -> bool:
    """Return whether ``Number()`` makes something else of a value than NaN."""
    while type(value) is list:
        if len(value) > 1 or (value and type(value[0]) is bool):
            return False
        value = value[0] if value else 0
    if isinstance(value, str):
        return _NUMERIC.fullmatch(value.strip()) is not None
    return value is None or isinstance(value, (bool, int, float))


def casts_to_date(value: Any) -> bool:
    """Return whether ``new Date()`` makes a valid date of a value; of other dates than ISO 8601's as V8 does."""
    if isinstance(value, str):
        return is_date(value) or any(
            (_ISO_DATE.fullmatch(value), _NUMERIC_DATE.fullmatch(value), _NAMED_DATE.search(value))
        )
    return value is None or (isinstance(value, (bool, int, float)) and abs(value) <= _LARGEST_DATE)


def is_true(value: Any) -> bool:
    """Return whether JavaScript takes a value for true; there, empty arrays and objects are."""
    return value is not UNSET and (bool(value) or not isinstance(value, (str, int, float, type(None))))
