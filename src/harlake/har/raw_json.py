"""JSON objects and arrays taken apart and put together again, their values as the text that they came as.

Strategy: msgspec splits what it can; what it refuses to look into, lone surrogates and values nested too deeply for a
recursive decoder, is split by following strings and brackets. Both give every member, in order, equal names included.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

#: A member of an object: its name, and its value as JSON text.
Member = tuple[str, bytes]


class _Name:
    """A name as a key that equals no other: a dictionary of them keeps members of equal names."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


_object: Final = msgspec.json.Decoder(dict[_Name, msgspec.Raw], dec_hook=lambda kind, text: kind(text))
_array: Final = msgspec.json.Decoder(list[msgspec.Raw])
_encode: Final = msgspec.json.encode

_TOKEN: Final = re.compile(
    rb'(?P<opens>[\[{])|(?P<closes>[\]}])|"[^"\\]*(?:\\.[^"\\]*)*"|[^\[\]{}",: \t\r\n]+', re.DOTALL
)


def first_byte(value: bytes) -> int:
    """Return the first byte of JSON text without white space around it, which tells its type; 0 where it is empty."""
    return memoryview(value)[0] if len(value) else 0


def is_object(value: bytes) -> bool:
    """Return whether JSON text without white space around it is an object."""
    return first_byte(value) == ord("{")


def is_array(value: bytes) -> bool:
    """Return whether JSON text without white space around it is an array."""
    return first_byte(value) == ord("[")


def is_string(value: bytes) -> bool:
    """Return whether JSON text without white space around it is a string."""
    return first_byte(value) == ord('"')


def is_null(value: bytes) -> bool:
    """Return whether JSON text without white space around it is null."""
    return first_byte(value) == ord("n")


def is_nothing(value: bytes) -> bool:
    """Return whether JSON text without white space around it is null, or an empty string."""
    return is_null(value) or (is_string(value) and len(value) == 2)


def members(text: bytes) -> list[Member]:
    """Return the members of a valid JSON object; values may be views of the text, which equal no bytes."""
    try:
        return [(name.text, value) for name, value in _object.decode(text).items()]
    except (msgspec.MsgspecError, RecursionError):
        values = _split(bytes(text))
        return [(json.loads(name), next(values)) for name in values]


def elements(text: bytes) -> list[bytes]:
    """Return the elements of a valid JSON array; they may be views of the text, which equal no bytes."""
    try:
        return list(_array.decode(text))
    except (msgspec.MsgspecError, RecursionError):
        return list(_split(bytes(text)))


def joined(parts: Iterable[Member]) -> bytes:
    """Return an object of the given members."""
    pieces: list[bytes] = []
    for name, value in parts:
        pieces += (b",", _name(name), b":", value)
    pieces[:1] = [b"{"]
    return b"".join((*pieces, b"}"))


def listed(values: Iterable[bytes]) -> bytes:
    """Return an array of the given elements."""
    return b"[" + b",".join(values) + b"]"


def _name(name: str) -> bytes:
    try:
        return _encode(name)
    except UnicodeEncodeError:  # a lone surrogate
        return json.dumps(name).encode()


def _split(text: bytes) -> Iterator[bytes]:
    """Yield what is in the outermost brackets: elements, or names and values in turn."""
    depth = start = 0
    for token in _TOKEN.finditer(text):
        if depth == 1 and not token["closes"]:
            start = token.start()
        depth += bool(token["opens"]) - bool(token["closes"])
        if depth == 1 and not token["opens"]:
            yield text[start : token.end()]
        elif depth == 0:
            return
