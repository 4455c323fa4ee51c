"""Replaces what has been learned wherever it occurs, in any spelling, and finds it in what is sent."""

from __future__ import annotations

import base64
import re
from collections import Counter
from typing import Final

from harlake.har.redact.learned import LearnedValues
from harlake.har.redact.literals import Literals
from harlake.har.redact.pseudonyms import Pseudonyms
from harlake.har.redact.spellings import base64_spellings, text_spellings

#: Shorter values are not replaced inside of longer words.
_SURE: Final = 12
#: Backslashes in a row that are counted.
MOST_ESCAPES: Final = 64
_ESCAPED: Final = re.compile(rb"(?:\\[nrtbf/]|%[0-9A-Fa-f]{2}|\\u[0-9a-fA-F]{4}|&\w+)$")


class Propagation:
    """What has been learned, as literals in all spellings, each with what it becomes."""

    def __init__(self, learned: LearnedValues, pseudonyms: Pseudonyms) -> None:
        self.counts: Counter[str] = Counter()
        replacements: dict[bytes, bytes] = {}
        self._short: set[bytes] = set()
        for value, kind in learned.kinds.items():
            pseudonym = pseudonyms.of(kind, value)
            spellings = text_spellings(value)
            replacements.update(dict.fromkeys(spellings, pseudonym))
            if len(value) < _SURE:
                self._short |= spellings
            replacements.update(_in_base64(value, pseudonym))
        self.literals = Literals(replacements)

    def replaced(self, text: bytes) -> bytes:
        """Return a JSON text without what has been learned; the same object where there is nothing of it."""
        pieces: list[bytes] = []
        at = 0
        for start, end, new in self.literals.find(text):
            if new == text[start:end] or not self.is_whole(text, start, end):
                continue
            pieces += (text[at:start], new)
            at = end
        if not pieces:
            return text
        self.counts["propagated"] += len(pieces) // 2
        pieces.append(text[at:])
        return b"".join(pieces)

    def is_whole(self, text: bytes, start: int, end: int) -> bool:
        """Return whether a value that was found stands for itself: none begins in an escape, a short one in no word."""
        if text[start - 1 : start] == b"\\":
            before = text[max(0, start - MOST_ESCAPES) : start]
            if (len(before) - len(before.rstrip(b"\\"))) % 2:
                return False  # its first character is the letter of an escape
        if end - start >= _SURE or text[start:end] not in self._short:
            return True
        before = text[max(0, start - 6) : start]
        return not text[end : end + 1].isalnum() and not (before[-1:].isalnum() and not _ESCAPED.search(before))


def _in_base64(value: bytes, pseudonym: bytes) -> dict[bytes, bytes]:
    """Return the spellings of a value in base64, and of its pseudonym, made as long, so that all else stays aligned.

    A character at either end of a value may share a character of base64 with what is beside it, and then stays.
    """
    room = len(value) - 2
    filled = value[:1] + (pseudonym + b"-" * room)[:room] + value[-1:]
    return dict(zip(base64_spellings(value), base64_spellings_like(value, filled), strict=True))


def base64_spellings_like(value: bytes, other: bytes) -> list[bytes]:
    """Return spellings of another value of the same length, in the order of :func:`base64_spellings` of the first."""
    found: list[bytes] = []
    for shift in range(3):
        start, spare = (0, 2, 3)[shift], (shift + len(value)) % 3
        cores = [
            encoded[start : len(encoded) - (0, 3, 2)[spare]]
            for encoded in (base64.b64encode(b"\0" * shift + one) for one in (value, other))
        ]
        found.append(cores[1])
        if b"+" in cores[0] or b"/" in cores[0]:
            new = cores[1]
            found += [
                new.replace(b"+", b"-").replace(b"/", b"_"),
                new.replace(b"/", b"\\/"),
                new.replace(b"+", b"%2B").replace(b"/", b"%2F"),
            ]
    return found
