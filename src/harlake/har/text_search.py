"""Searching entries for a text, in whatever way JSON spells it.

Strategy: guess, then prove. The raw text of many entries is searched for spellings of the query; an entry that holds
one is decoded, and its strings are searched. So no hit is false, and as every spelling is looked for, none is missed.

Nearly all spellings are plain: what every producer writes as it is, is found at memory speed. An entry with an escape
of any character of the query is decoded without a closer look: a pattern that takes any spelling is slower than that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from harlake.har.bodies import from_base64
from harlake.har.raw_json import STRING, decoded, object_at
from harlake.har.resource_types import essence, is_textual

#: A name in an object, or a number in an array; and what leads to one, from the entry on.
_Name = str | int
_Path = list[_Name]

#: Where bodies are that may be in base64.
_BODIES: Final = (("response", "content"), ("request", "postData"))

_TOKEN: Final = re.compile(rb"%b|[\[\]{},]" % STRING, re.DOTALL)

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


class TextQuery:
    """A text to search for. Shared by threads."""

    def __init__(self, text: str, *, case: bool = True) -> None:
        self._case = case
        self._find = re.compile(re.escape(text) if case else "".join(map(self._alternatives, text)))
        is_plain = not _MUST_ESCAPE.search(text) and (case or text.isascii())
        self._plain = (text if case else text.lower()).encode() if is_plain else None
        self._any = re.compile(b"".join(map(self._spellings, text)))
        escapes = {escape for character in text for escape in self._escapes(character)}
        self._escaped = re.compile(b"|".join(sorted(escapes)))

    def may_be_in(self, text: bytes) -> bool:
        """Return False where the query is in no string of raw JSON text, be it in base64 or not."""
        return self._may_be_spelled(text) or _BASE64.search(text) is not None

    def _may_be_spelled(self, text: bytes) -> bool:
        """Return False where the query is in no string of raw JSON text as it is spelled there."""
        if self._plain is None:
            return self._any.search(text) is not None
        return self._plain in (text if self._case else text.lower()) or self._escaped.search(text) is not None

    def hits(self, entry: bytes) -> Iterator[Hit]:
        """Yield the first match in each string of an entry, in the entry's order; object keys are not searched."""
        if not self.may_be_in(entry):
            return
        bodies: dict[tuple[_Name, _Name], Mapping[str, bytes]]
        bodies = {path: object_at(entry, *path) for path in _BODIES}
        base64 = {path: body for path, body in bodies.items() if _string(body, "encoding") == "base64"}
        if not any(map(_is_textual, base64.values())) and not self._may_be_spelled(entry):
            return
        for path, name, string in _strings(entry):
            text: str | None = string
            is_decoded = False
            if base64 and name == "text" and len(path) == 3 and (body := base64.get((path[1], path[2]))) is not None:
                with suppress(ValueError):  # what is no base64 is searched as the text that it is
                    text = _decoded_text(body, string)
                    is_decoded = True
            if text is not None and (match := self._find.search(text)) is not None:
                yield self._hit(_joined(path, name), text, match, is_decoded=is_decoded)

    def _hit(self, where: str, text: str, match: re.Match[str], *, is_decoded: bool) -> Hit:
        count = sum(1 for _ in self._find.finditer(text))
        begin = max(0, match.start() - _CONTEXT)
        return Hit(where, match.start(), count, text[begin : match.end() + _CONTEXT], is_decoded)

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
        patterns: list[bytes] = []
        for one in self._variants(character):
            units = one.encode("utf-16-be")
            patterns.append(b"".join(_hex(units[at : at + 2]) for at in range(0, len(units), 2)))
            patterns += [re.escape(_SHORT[one].encode())] if one in _SHORT else []
        return patterns


def _strings(entry: bytes) -> Iterator[tuple[_Path, _Name, str]]:
    """Yield all strings of an entry, each with its name and the path of what it is in, which is valid only then."""
    value = decoded(entry)
    return _scanned(entry) if value is None else _walked(value)


def _walked(value: Any) -> Iterator[tuple[_Path, _Name, str]]:
    """Yield the strings of a JSON value, without recursion: it may be nested up to Python's limit for that."""
    path: _Path = [""]
    levels = [_items(value)]
    while levels:
        for name, one in levels[-1]:
            if isinstance(one, str):
                yield path, name, one
            elif isinstance(one, dict | list):
                path.append(name)
                levels.append(_items(one))
                break
        else:
            levels.pop()
            path.pop()


def _items(value: Any) -> Iterator[tuple[_Name, Any]]:
    return iter(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())


def _scanned(entry: bytes) -> Iterator[tuple[_Path, _Name, str]]:
    """Yield the same of JSON that no decoder represents: nested too deeply, or with numbers beyond all bounds."""
    path: _Path = []
    name: _Name = ""
    is_name = False
    for token in _TOKEN.finditer(entry):
        first = token[0][:1]
        if first in (b"{", b"["):
            path.append(name)
            name = 0 if first == b"[" else ""
            is_name = first == b"{"
        elif first in (b"}", b"]"):
            name = path.pop()
        elif first == b",":
            is_name = isinstance(name, str)
            name = name if isinstance(name, str) else name + 1
        else:
            string = str(decoded(token[0]))
            if is_name:
                name, is_name = string, False
            else:
                yield path, name, string


def _joined(path: _Path, name: _Name) -> str:
    """Return a path as it is written: the first of its names is that of the entry itself."""
    names = [f"[{one}]" if isinstance(one, int) else f".{one}" for one in (*path[1:], name)]
    return "".join(names).removeprefix(".")


def _decoded_text(body: Mapping[str, bytes], text: str) -> str | None:
    """Return the text that is in base64, None where it is no text. Raises ValueError where it is no base64."""
    data = from_base64(text)
    return data.decode(errors="replace") if _is_textual(body) else None


def _is_textual(body: Mapping[str, bytes]) -> bool:
    return is_textual(essence(_string(body, "mimeType")) or "")


def _string(body: Mapping[str, bytes], name: str) -> str:
    return str(decoded(bytes(body.get(name, b'""'))) or "")


def _hex(unit: bytes) -> bytes:
    """Return a pattern for a UTF-16 code unit as an escape, with digits in either case."""
    digits = "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in unit.hex())
    return rb"\\u" + digits.encode()
