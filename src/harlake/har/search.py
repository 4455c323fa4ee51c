"""Searching entries for a text, in whatever way JSON spells it.

Strategy: guess, then prove. The raw text of many entries is searched for spellings of the query; an entry that holds
one is decoded, and its strings are searched. So no hit is false, and as every spelling is looked for, none is missed.

Nearly all spellings are plain: what every producer writes as it is, is found by ``bytes.find``. A pattern that takes
any escape for any character is twenty times slower, and used only on texts that have such an escape at all.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from harlake.har.envelope import decoded
from harlake.har.types import essence, is_textual

#: Characters of context before and after a match.
_CONTEXT: Final = 60

#: JSON's short escapes (RFC 8259 §7).
_SHORT: Final = {'"': '\\"', "\\": "\\\\", "/": "\\/", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_MUST_ESCAPE: Final = re.compile(r'["\\\x00-\x1f]')

_BASE64: Final = re.compile(rb'"encoding"[ \t\r\n]*:[ \t\r\n]*"base64"')


@dataclass(frozen=True, slots=True)
class Hit:
    """The first match in a string of an entry: ``where`` is its JSON path, ``offset`` counts characters from 0.

    ``count`` is how often the string has the text. ``is_decoded`` says that the string is base64, and was decoded.
    """

    where: str
    offset: int
    count: int
    snippet: str
    is_decoded: bool = False


class Query:
    """A text to search for. Shared by threads."""

    def __init__(self, text: str, *, case: bool = True) -> None:
        self._case = case
        self._find = re.compile("".join(map(self._alternatives, text)))
        self._plain = text.encode() if case and not _MUST_ESCAPE.search(text) else None
        self._any = re.compile(b"".join(map(self._spellings, text)))
        escapes = {escape for character in text for escape in self._escapes(character)}
        self._escaped = re.compile(b"|".join(sorted(escapes)))

    def candidates(self, text: bytes) -> Iterator[int]:
        """Yield, in order, the offsets in raw JSON text at which the query may be, in strings that are not base64."""
        if self._plain is None or self._escaped.search(text):
            yield from (match.start() for match in self._any.finditer(text))
            return
        at = text.find(self._plain)
        while at >= 0:
            yield at
            at = text.find(self._plain, at + 1)

    def base64_bodies(self, text: bytes) -> Iterator[int]:
        """Yield, in order, the offsets in raw JSON text at which something is said to be base64."""
        return (match.start() for match in _BASE64.finditer(text))

    def hits(self, entry: bytes) -> Iterator[Hit]:
        """Yield the first match in each string of an entry, in the entry's order; object keys are not searched."""
        value = decoded(entry)
        base64_texts = dict(_base64_texts(value))
        for where, string in _strings(value, ""):
            is_base64 = where in base64_texts
            text = base64_texts[where] if is_base64 else string
            if text is not None:
                yield from self._in(where, text, is_decoded=is_base64)

    def _in(self, where: str, string: str, *, is_decoded: bool) -> Iterator[Hit]:
        if (match := self._find.search(string)) is not None:
            count = sum(1 for _ in self._find.finditer(string))
            begin = max(0, match.start() - _CONTEXT)
            yield Hit(where, match.start(), count, string[begin : match.end() + _CONTEXT], is_decoded)

    def _variants(self, character: str) -> list[str]:
        if self._case:
            return [character]
        return sorted({character, character.lower(), character.upper()})

    def _alternatives(self, character: str) -> str:
        return "(?:" + "|".join(map(re.escape, self._variants(character))) + ")"

    def _spellings(self, character: str) -> bytes:
        """Return a pattern for all ways to write a character."""
        plain = [re.escape(one.encode()) for one in self._variants(character) if not _MUST_ESCAPE.search(one)]
        return b"(?:" + b"|".join([*plain, *self._escapes(character)]) + b")"

    def _escapes(self, character: str) -> list[bytes]:
        """Return patterns for all ways to escape a character."""
        found: list[bytes] = []
        for one in self._variants(character):
            units = one.encode("utf-16-be")
            found.append(b"".join(_hex(units[at : at + 2]) for at in range(0, len(units), 2)))
            found += [re.escape(_SHORT[one].encode())] if one in _SHORT else []
        return found


def _strings(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """Yield all strings of a JSON value, with their paths."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _strings(one, f"{where}.{name}" if where else name)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _strings(one, f"{where}[{number}]")


def _base64_texts(entry: Any) -> Iterator[tuple[str, str | None]]:
    """Yield the path of each base64 body of an entry with its text, or with None where it is no text."""
    for of, name in (("response", "content"), ("request", "postData")):
        body = entry.get(of) if isinstance(entry, dict) else None
        body = body.get(name) if isinstance(body, dict) else None
        if not isinstance(body, dict) or body.get("encoding") != "base64" or not isinstance(body.get("text"), str):
            continue
        with suppress(ValueError):  # what is no base64 is searched as the text that it is
            data = binascii.a2b_base64(body["text"], strict_mode=True) if body["text"] else b""
            textual = is_textual(essence(str(body.get("mimeType") or "")) or "")
            yield f"{of}.{name}.text", data.decode(errors="replace") if textual else None


def _hex(unit: bytes) -> bytes:
    """Return a pattern for a UTF-16 code unit as an escape, with digits in either case."""
    digits = "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in unit.hex())
    return rb"\\u" + digits.encode()
