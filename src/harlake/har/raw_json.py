"""JSON objects and arrays taken apart and put together again, their values as the text that they came as.

Strategy: msgspec splits what it can; what it refuses to look into, lone surrogates and values nested too deeply for a
recursive decoder, is split by following strings and brackets. Both give every member, in order, equal names included.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from harlake.har.surrogates import repair
from harlake.limits import MIB

#: A member of an object: its name, and its value as JSON text.
Member = tuple[str, bytes]


class _Name:
    """A name as a key that equals no other: a dictionary of them keeps members of equal names."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


_object: Final = msgspec.json.Decoder(dict[_Name, msgspec.Raw], dec_hook=lambda _, text: _Name(text))
_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_array: Final = msgspec.json.Decoder(list[msgspec.Raw])
_encode: Final = msgspec.json.encode

#: A string of JSON text, and what is between its quotes, for regular expressions with DOTALL. Possessive: a repeat that
#: may go back notes where each of its escapes begins.
IN_STRING: Final = rb'[^"\\]*+(?:\\.[^"\\]*+)*+'
STRING: Final = b'"%b"' % IN_STRING

_TOKEN: Final = re.compile(rb'(?P<opens>[\[{])|(?P<closes>[\]}])|%b|[^\[\]{}",: \t\r\n]+' % STRING, re.DOTALL)

_PIECE: Final = MIB
_ESCAPE: Final = re.compile(rb"\\")
#: A byte that is neither part of an escape nor inside of a character: before it, a string can be cut.
_BORDER: Final = re.compile(rb'[^\\"/bfnrtu0-9A-Fa-f\x80-\xbf]')


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


def is_string_or_absent(value: bytes) -> bool:
    """Return whether an undecoded member, which is empty where it is absent, is a string."""
    return not len(value) or is_string(value)


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


def object_members(text: bytes) -> dict[str, bytes]:
    """Return the members of a valid JSON object as the text that they came as; of equal names the last."""
    return {name: bytes(value) for name, value in members(text)}


def raw_members(text: bytes | memoryview | msgspec.Raw) -> dict[str, msgspec.Raw] | None:
    """Return an object's members as undecoded JSON, or None where the text is no object."""
    try:
        return _members.decode(text)
    except msgspec.MsgspecError:
        repaired = repair(bytes(text))
        if repaired is None:
            return None
    try:
        return _members.decode(repaired)
    except msgspec.MsgspecError:
        return None


def object_at(entry: bytes, *path: str) -> Mapping[str, bytes]:
    """Return the members of an object in an entry; none where it is absent, or no object."""
    value = entry
    for name in path:
        value = _view(value).get(name, b"null")
    return _view(value)


def elements(text: bytes) -> list[bytes]:
    """Return the elements of a valid JSON array; they may be views of the text, which equal no bytes."""
    try:
        return list(_array.decode(text))
    except (msgspec.MsgspecError, RecursionError):
        return list(_split(bytes(text)))


def each_element(text: bytes) -> Iterator[bytes]:
    """Yield the elements of a valid JSON array one by one, where there may be too many for a list."""
    return _split(text)


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


def decoded(text: bytes) -> Any:
    """Return JSON text as a Python value, None where it cannot be represented."""
    try:
        return msgspec.json.decode(repair(text) or text)
    except (msgspec.MsgspecError, RecursionError):
        return None


def unquoted(string: bytes) -> bytes:
    """Return what a JSON string says, as UTF-8; lone surrogates are replaced.

    In pieces: a ``str`` takes up to four bytes a character, which may be a hundred million.
    """
    inside = memoryview(string)[1:-1]
    if _ESCAPE.search(inside) is None:
        return bytes(inside)
    pieces: list[bytes] = []
    start = 0
    while start < len(inside):
        border = _BORDER.search(inside, min(start + _PIECE, len(inside)))
        end = border.start() if border else len(inside)
        pieces.append(str(decoded(b'"%b"' % bytes(inside[start:end]))).encode())
        start = end
    return b"".join(pieces)


def tokens(text: bytes) -> Iterator[bytes]:
    """Yield the brackets, strings and other scalars of valid JSON text, which may be nested to any depth."""
    return (token[0] for token in _TOKEN.finditer(text))


def _view(value: bytes) -> dict[str, bytes]:
    """Return the members of an object, whose values may be views of its text; none of what is no object."""
    return dict(members(value)) if is_object(value) else {}


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
