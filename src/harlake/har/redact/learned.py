"""The secrets that have been found, to be looked for everywhere; in bounded memory."""

from __future__ import annotations

import re
from typing import Final

from harlake.har.redact.opaque import is_opaque

#: Values that are kept: with all their spellings, they take up to 40 MB.
MAX_VALUES: Final = 20_000
MAX_BYTES: Final = 8 << 20
#: Shorter values, of fewer different characters, or of letters only, occur by chance.
_SHORTEST: Final = 8
_FEWEST: Final = 5
_LONGEST: Final = 1 << 16
_LETTERS: Final = re.compile(rb"[A-Za-z]+")
#: Numbers stand outside of strings, too, where nothing else may.
_NUMBER: Final = re.compile(rb"[\d.,:+ eE/T Z-]+")
#: Cookies hold all kinds of things that are no secrets: languages, media types, dates, URLs, hosts, objects.
_NO_TOKEN: Final = re.compile(
    rb"""[\[{"].*|.*(?:://|;q=|[\s{}<>]|%7B|%22).*|[a-z]+/[\w.+-]+|(?:[a-z0-9-]++\.)++[a-z]{2,}|[\w-]*(?:true|false|null)[\w-]*|"""
    rb"\d{1,2}-[A-Z][a-z]{2}-\d{4}|(?=(?:.*-)?[a-z]{5,}(?:-|$))[a-z]++\d{0,4}+(?:-[a-z]++\d{0,4}+)++|\d+x\d+|[A-Za-z]+/[A-Za-z_/]+|(?:[A-Z]{2}-?)++|.*\.(?:js|css|png)",
    re.DOTALL,
)
_WEAK: Final = frozenset(("cookie",))


class LearnedValues:
    """Secrets by their kinds; ``left_out`` counts those that were too many, ``common`` those too common to look for."""

    def __init__(self, max_values: int = MAX_VALUES, max_bytes: int = MAX_BYTES) -> None:
        self.kinds: dict[bytes, str] = {}
        self.left_out = 0
        self.common = 0
        self._max_values = max_values
        self._room = max_bytes

    def add(self, kind: str, value: bytes) -> None:
        """Keep a value, unless it is kept, or would be found where it is none."""
        if value in self.kinds:
            return
        if len(self.kinds) >= self._max_values or len(value) > self._room:
            self.left_out += 1
        elif not is_distinctive(kind, value):
            self.common += 1
        else:
            self._room -= len(value)
            self.kinds[value] = kind


def is_distinctive(kind: str, value: bytes) -> bool:
    """Return whether a value occurs nowhere by chance."""
    if not _SHORTEST <= len(value) <= _LONGEST or len(set(value)) < _FEWEST:
        return False
    if _LETTERS.fullmatch(value) or _NUMBER.fullmatch(value):
        return False
    return kind not in _WEAK or is_opaque(value) or _NO_TOKEN.fullmatch(value) is None
