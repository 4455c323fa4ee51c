"""Texts: strings, and numbers, truth values and lists where a string belongs."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Final

import msgspec

from harlake.har.raw_json import decoded, elements, first_byte, is_array, is_object, is_string, tokens
from harlake.har.surrogates import repair
from harlake.har.values.plain_values import plain

_encode: Final = msgspec.json.encode

_OPENINGS: Final = (b"{", b"[")
_CLOSINGS: Final = (b"}", b"]")
_SCALARS: Final = b"-0123456789tf"


def text_of(value: bytes) -> bytes | None:
    """Return the string that a value means, the very value where it is one; items of a list are lines of it."""
    if is_string(value):
        return value
    value = plain(value)
    if is_array(value):
        lines = _lines(value)
        return _joined(lines) if any(lines) else None
    return value if is_string(value) else _quoted(value)


def header_text(value: bytes) -> bytes | None:
    """Return the string that the value of a header means; lone surrogates, which cannot be sent, are replaced."""
    if not is_string(value):
        value = plain(value)
    if is_array(value):
        return _joined(_lines(value))
    return (repair(bytes(value)) or value) if is_string(value) else _quoted(value)


def header_lines(value: bytes) -> list[str]:
    """Return the lines that a header's value is sent as, one for each item of a list; none of what is no text.

    Browsers join the values of headers of one name by line feeds.
    """
    string = header_text(value)
    if string is None:
        return []
    said = str(decoded(bytes(string)))
    return said.replace("\r\n", "\n").split("\n") if "\n" in said else [said]


def python_text(value: bytes) -> str | None:
    """Return the text that a value means, decoded; None where it means none."""
    string = text_of(value)
    given = None if string is None else decoded(bytes(string))
    return given if isinstance(given, str) else None


def address(value: bytes) -> bytes | None:
    """Return the IP address that a value means, without brackets, port and zone; None where it means none."""
    string = text_of(value)
    given = None if string is None else decoded(bytes(string))
    bare = _bare_address(given) if isinstance(given, str) else None
    if bare is None:
        return None
    return value if bare == given and is_string(value) else _encode(bare)


def _bare_address(given: str) -> str | None:
    bare = given.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return None
    return bare


def _quoted(scalar: bytes) -> bytes | None:
    return b'"' + scalar + b'"' if first_byte(scalar) in _SCALARS and len(scalar) else None


def _joined(inside: list[bytes]) -> bytes:
    return b'"' + rb"\n".join(inside) + b'"'


def _lines(array: bytes) -> list[bytes]:
    """Return the texts in an array, and in arrays in it, without their quotes; an array of none is an empty line."""
    if any(is_object(item) for item in elements(array)):
        items = (header_text(item) for item in _items(array))
        return [bytes(item)[1:-1] for item in items if item is not None] or [b""]
    found: list[bytes] = []
    begun: list[int] = []  # how many lines there were before each array that is open
    objects = 0
    for token in tokens(bytes(array)):
        if objects or token == b"{":
            objects += (token in _OPENINGS) - (token in _CLOSINGS)
        elif token == b"[":
            begun.append(len(found))
        elif token == b"]":
            found += [b""] if begun.pop() == len(found) else []
        elif (line := header_text(token)) is not None:
            found.append(bytes(line)[1:-1])
    return found


def _items(array: bytes) -> Iterator[bytes]:
    """Yield the items of an array that are no arrays, without the wrappers around them."""
    for item in map(plain, elements(array)):
        if not is_array(item):
            yield item
