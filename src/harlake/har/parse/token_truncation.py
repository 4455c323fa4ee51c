r"""Truncates long tokens of JSON text for ijson: the copy that it reads has the same grammar, and no absurd values.

ijson makes a Python value of every key, number and string, and yajl reads a token that is cut off again from its
beginning with each piece. Neither says anything about the grammar, so of long strings and numbers only the beginning
is passed on; what makes a string invalid is always passed on. Escapes of surrogates become those of other characters,
and the bytes of characters beyond ASCII, whose validity is not yajl's business, become letters.
"""

from __future__ import annotations

import re
from typing import Final

#: More than any key that a push parser looks for, escaped or not.
_MAX_STRING_BYTES: Final = 64
#: Digits are not counted by ``{4}``: where a branch ends with a repeat that fails, Python before 3.11.5 goes on at a
#: wrong place.
_INSIDE: Final = re.compile(rb'(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|\\u%b)*+' % (rb"[0-9a-fA-F]" * 4))
_CUT_ESCAPE: Final = re.compile(rb"\\(?:u[0-9a-fA-F]{0,3})?")
_SURROGATE: Final = re.compile(rb"(\\u[dD])[89a-fA-F]")
_ASCII: Final = bytes(range(128)) + b"x" * 128
_QUOTE: Final = ord('"')

#: 15 digits are exact in every number type, and all that an exponent (18) may need.
_MAX_DIGITS: Final = 15
_LONG_NUMBER: Final = re.compile(rb"\d{%d,}" % (_MAX_DIGITS + 1))
_FIRST_DIGITS: Final = re.compile(rb"\d+")


class TokenTruncator:
    """Truncates the tokens of one value that comes in pieces; an escape that is cut in two is held back for the rest.

    It takes time in proportion to the text. What it keeps for the next piece is a few bytes.
    """

    def __init__(self) -> None:
        self._digits = DigitTruncator()
        self._held = b""
        self._in_string = False
        self._room = _MAX_STRING_BYTES

    def feed(self, data: bytes) -> bytes:
        """Return what stands for the next bytes."""
        if self._held:
            data, self._held = self._held + data, b""
        if not data.isascii():
            data = data.translate(_ASCII)
        out: list[bytes] = []
        at = 0
        while at < len(data):
            if self._in_string:
                at = self._pass_string(data, at, out)
            else:
                quote = data.find(b'"', at)
                end = quote + 1 if quote >= 0 else len(data)
                out.append(data[at:end])
                self._in_string = quote >= 0
                self._room = _MAX_STRING_BYTES
                at = end
        return self._digits.feed(_SURROGATE.sub(rb"\g<1>0", b"".join(out)))

    def _pass_string(self, data: bytes, at: int, out: list[bytes]) -> int:
        """Pass on the beginning of a string from ``at`` on, and what is wrong with it; return how far it goes."""
        end = _end_inside(data, at, len(data))
        if end - at <= self._room:
            out.append(data[at:end])
            self._room -= end - at
        else:
            out.append(data[at : _end_inside(data, at, at + self._room)])  # an escape is passed on whole, or not
            self._room = 0
        if end == len(data):
            return end
        if data[end] == _QUOTE:
            out.append(b'"')
            self._in_string = False
            return end + 1
        if _CUT_ESCAPE.fullmatch(data, end):
            self._held = data[end:]
        else:
            out.append(data[end:])  # it begins with a byte that no string may have here
        return len(data)


class DigitTruncator:
    """Truncates runs of digits to a length that every number type takes; no other byte is touched."""

    def __init__(self) -> None:
        self._last = 0

    def feed(self, data: bytes) -> bytes:
        """Return what stands for the next bytes."""
        if self._last and (run := _FIRST_DIGITS.match(data)):
            room = _MAX_DIGITS - self._last
            data = data[: min(room, run.end())] + data[run.end() :]
            if not data:
                return data
            if len(data) <= room and data.isdigit():
                self._last += len(data)
                return data
        data = _LONG_NUMBER.sub(lambda run: run[0][:_MAX_DIGITS], data)
        self._last = len(data) - len(data.rstrip(b"0123456789"))
        return data


def _end_inside(data: bytes, start: int, stop: int) -> int:
    """Return how far the inside of a string goes from ``start`` on, at most to ``stop``."""
    match = _INSIDE.match(data, start, stop)
    return match.end() if match else start
