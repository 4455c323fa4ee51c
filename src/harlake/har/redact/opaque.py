"""Whether a text looks drawn at random, as keys and tokens do, rather than written by people."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

#: Characters from which on a text of three classes, or of two, is opaque.
_SHORT: Final = 16
_LONG: Final = 32
#: Lower-case letters in a row, on average: 1.7 where they are drawn from 62 characters, 4 and more in words.
_MEAN_RUN: Final = 3.2

_UUID: Final = re.compile(rb"\{?[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\}?")
#: What keys and tokens consist of; an end of = is padding.
_TOKEN: Final = re.compile(rb"[A-Za-z0-9+/_~.:%!$*-]+={0,3}")
_PARTS: Final = re.compile(rb"[A-Za-z0-9+]+")
_LOWER: Final = re.compile(rb"[a-z]+")
_DIGITS: Final = re.compile(rb"[0-9]+")
_CLASSES: Final = (re.compile(rb"[a-z]"), re.compile(rb"[A-Z]"), re.compile(rb"[0-9]"))
#: Shapes of what is long, and harmless: versions, dates, addresses of the web, file names.
_HARMLESS: Final = re.compile(
    rb"(?:https?:)?//.*|(?:[\w-]++\.)++[a-z]{2,6}(?::\d+)?|\d{4}-\d\d-\d\d[T ].*|"
    rb"(?:sha(?:1|256|384|512)|md5)-.*|[\d.,:;/ -]+|"
    rb".*\.(?:js|css|png|jpe?g|svg|gif|webp|woff2?|html?|json|map|ico|php|aspx?|mp4|webm|ttf)(?:\?.*)?",
    re.DOTALL | re.IGNORECASE,
)


@lru_cache(maxsize=8192)
def is_opaque(value: bytes) -> bool:
    """Return whether a value looks like a key or a token; a UUID does not, nor does a path or a file's name."""
    if len(value) < _SHORT or _TOKEN.fullmatch(value) is None or _UUID.fullmatch(value) or _HARMLESS.fullmatch(value):
        return False
    longest = max(_PARTS.findall(value), key=len, default=b"")
    return _is_random(value) if b"/" not in value or len(longest) >= _SHORT else False


def _is_random(value: bytes) -> bool:
    classes = sum(one.search(value) is not None for one in _CLASSES)
    if classes < 2:
        return False
    digits = _DIGITS.findall(value)
    runs = _LOWER.findall(value)
    if classes == 2 or not runs:
        return len(value) >= _LONG and len(digits) >= 3
    if len(runs) * _MEAN_RUN < sum(map(len, runs)) and len(digits) < 4:
        return False
    return bool(digits)
