"""Finds the byte at which a value begins that a path leads to, in JSON that is known to be valid."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from harlake.har.rules import Path
from harlake.har.surrogates import repair

_SPACE: Final = re.compile(rb"[ \t\r\n]*")
_STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_SCALAR: Final = re.compile(rb"[^ \t\r\n,\]}]+")
_BRACKET: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]|[\]}]', re.DOTALL)
_key: Final = msgspec.json.Decoder(str).decode


def locate(text: bytes, path: Path) -> tuple[int, bool]:
    """Return where the value at the path begins, and True; or where the innermost container that is there begins.

    Of equal names in an object the last counts.
    """
    at = _skip(text, 0)
    for step in path:
        inner = _item(text, at, step) if isinstance(step, int) else _member(text, at, step)
        if inner < 0:
            return at, False
        at = inner
    return at, True


def _member(text: bytes, at: int, name: str) -> int:
    found = -1
    if text[at : at + 1] != b"{":
        return found
    at = _skip(text, at + 1)
    while text[at] != ord("}"):
        end = _end(text, at)
        key = text[at:end]
        at = _skip(text, _skip(text, end) + 1)
        if key == b'"%b"' % name.encode() or (b"\\" in key and _key(repair(key) or key) == name):
            found = at
        at = _next(text, at)
    return found


def _item(text: bytes, at: int, index: int) -> int:
    if text[at : at + 1] != b"[":
        return -1
    at = _skip(text, at + 1)
    for _ in range(index):
        at = _next(text, at)
    return at


def _next(text: bytes, at: int) -> int:
    """Return where the next key or value begins after the value that begins here, or the container ends."""
    at = _skip(text, _end(text, at))
    return _skip(text, at + 1) if text[at] == ord(",") else at


def _end(text: bytes, at: int) -> int:
    """Return where the value ends that begins here."""
    if text[at] == ord('"'):
        string = _STRING.match(text, at)
        assert string is not None
        return string.end()
    if text[at] not in b"[{":
        scalar = _SCALAR.match(text, at)
        assert scalar is not None
        return scalar.end()
    depth = 0
    for token in _BRACKET.finditer(text, at):
        if token[0] in (b"[", b"{"):
            depth += 1
        elif token[0] in (b"]", b"}"):
            depth -= 1
        if depth == 0:
            return token.end()
    raise AssertionError("valid JSON closes its brackets")


def _skip(text: bytes, at: int) -> int:
    space = _SPACE.match(text, at)
    assert space is not None
    return space.end()
