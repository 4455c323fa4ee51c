"""Searching entries for a text, in whatever way JSON spells it.

Strategy: guess, then prove. The raw text of many entries is searched for spellings of the query; an entry that holds
one is decoded, and its strings are searched. So no hit is false, and as every spelling is looked for, none is missed.

Nearly all spellings are plain: what every producer writes as it is, is found at memory speed. An entry with an escape
of any character of the query is decoded without a closer look: a pattern that takes any spelling is slower than that,
and one for a long query can take as many steps for each character of a text as the query has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from harlake.har.base64_text import from_base64
from harlake.har.raw_json import STRING, decoded, object_at
from harlake.har.resource_types import essence, is_textual

#: A name in an object, or a number in an array; and what leads to one, from the entry on.
_Name = str | int
_Path = list[_Name]

#: Where bodies are that may be in base64.
_BODIES: Final = (("response", "content"), ("request", "postData"))

_TOKEN: Final = re.compile(rb"%b|[\[\]{},]" % STRING, re.DOTALL)

#: Letters of a query that raw text is searched for, of which so many escapes may be alternatives of one pattern.
_MAX_RUN: Final = 64
_ASCII_END: Final = 128

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
        #: One letter for all that are the same to this query: none becomes longer or shorter, so that offsets stay.
        self._folding = {} if case else _folding(text)
        self._text = text.translate(self._folding)
        self._case = case
        run = self._plain_run()
        self._plain = run.encode() if run else None
        escapes = {escape for letter in run or self._text[:1] for escape in self._spellings(letter, escaped=bool(run))}
        self._escaped = re.compile(b"|".join(sorted(escapes)))

    def may_be_in(self, text: bytes) -> bool:
        """Return False where the query is in no string of raw JSON text, be it in base64 or not."""
        return self._may_be_spelled(text) or _BASE64.search(text) is not None

    def _may_be_spelled(self, text: bytes) -> bool:
        """Return False where the query is in no string of raw JSON text as it is spelled there."""
        if self._plain is not None and self._plain in (text if self._case else text.lower()):
            return True
        return self._escaped.search(text) is not None

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
            if text is not None and (offset := text.translate(self._folding).find(self._text)) >= 0:
                yield self._hit(_joined(path, name), text, offset, is_decoded=is_decoded)

    def _hit(self, where: str, text: str, offset: int, *, is_decoded: bool) -> Hit:
        count = text.translate(self._folding).count(self._text)
        snippet = text[max(0, offset - _CONTEXT) : offset + len(self._text) + _CONTEXT]
        return Hit(where, offset, count, snippet, is_decoded)

    def _plain_run(self) -> str:
        """Return the longest part of the query that JSON may spell as it is, and this query in one way only."""
        others = {letter for code, letter in self._folding.items() if code >= _ASCII_END}
        runs = [""]
        for letter in self._text:
            is_plain = not _MUST_ESCAPE.match(letter) and (self._case or (letter.isascii() and letter not in others))
            runs[-1] += letter if is_plain else ""
            runs += [] if is_plain else [""]
        return max(runs, key=len)[:_MAX_RUN]

    def _spellings(self, letter: str, *, escaped: bool) -> list[bytes]:
        """Return patterns for all ways to spell a letter, or for those that are escapes."""
        patterns: list[bytes] = []
        for one in (letter, *(chr(code) for code, folded in self._folding.items() if folded == letter)):
            units = one.encode("utf-16-be")
            patterns.append(b"".join(_hex(units[at : at + 2]) for at in range(0, len(units), 2)))
            patterns += [re.escape(_SHORT[one].encode())] if one in _SHORT else []
            patterns += [] if escaped or _MUST_ESCAPE.match(one) else [re.escape(one.encode())]
        return patterns


def _folding(text: str) -> dict[int, str]:
    """Return what to replace each letter by which differs in case only from one of the text.

    These are single letters: that of ß in capitals is two, and is another one here.
    """
    folding = {}
    for letter in set(text):
        folded = letter.upper().lower()
        folded = folded if len(folded) == 1 else letter
        variants = (letter, letter.lower(), letter.upper())
        folding.update(dict.fromkeys((ord(one) for one in variants if len(one) == 1), folded))
    return folding


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
