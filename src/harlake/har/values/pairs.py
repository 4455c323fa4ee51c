"""Names and values: headers, cookies and parameters, however a HAR lists them.

Known are objects with ``name`` and ``value``, arrays of the two, an object with a member for each name, lines as they
are sent (``Accept: */*``), and arrays of all of these.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from harlake.har.raw_json import Member, decoded, elements, is_array, is_null, is_object, is_string, joined, members
from harlake.har.values.plain_values import plain, unwrapped
from harlake.har.values.texts import header_lines, python_text

_encode: Final = msgspec.json.encode

#: Members of an object that is a pair, rather than names with their values.
_OF_A_PAIR: Final = frozenset({"name", "value", "comment"})


def pair_objects(value: bytes) -> list[bytes] | None:
    """Return the objects with ``name`` and ``value`` that a list of headers, cookies or parameters means.

    Items that are such objects are returned as they are, and so is what is none; None where it is no list at all.
    """
    if is_array(value):
        return list(map(pair_object, elements(value)))
    inner = unwrapped(value)
    if inner is not None:
        return pair_objects(inner[1]) if is_array(inner[1]) or is_object(inner[1]) else None
    if is_object(value):
        return [pair for name, part in members(value) for pair in _named(name, part)]
    if is_string(value):
        pairs = [pair for line in header_lines(value) if (pair := _line(line)) is not None]
        return pairs or None
    return None


def pair_object(item: bytes) -> bytes:
    """Return the object with ``name`` and ``value`` that an item of a list means; what means none is returned."""
    if is_array(item) and len(parts := elements(item)) == 2:
        return joined(zip(("name", "value"), parts, strict=True))
    if is_string(item):
        return _line(str(decoded(bytes(item)))) or item
    if _is_named(item):
        return _joined(*members(item)[0])
    return item


def named_lines(value: bytes) -> Iterator[tuple[str, str]]:
    """Yield names and values of headers as they are sent: a pair for each line of a value, none of null."""
    for pair in pair_objects(value) or ():
        parts = dict(members(pair)) if is_object(pair) else {}
        name = python_text(parts.get("name", b"null"))
        given = parts.get("value", b"null")
        if name is None:
            continue
        if is_null(plain(given)):
            yield name, ""
        for line in header_lines(given):
            yield name, line


def named_values(value: bytes) -> Iterator[tuple[str, str]]:
    """Yield names and values of cookies or parameters; an empty value where there is none."""
    for pair in pair_objects(value) or ():
        parts = dict(members(pair)) if is_object(pair) else {}
        name = python_text(parts.get("name", b"null"))
        if name is not None:
            yield name, python_text(parts.get("value", b"null")) or ""


def _is_named(item: bytes) -> bool:
    """Return whether an object has one name and its value, as in ``[{"Accept": "*/*"}]``."""
    if not is_object(item):
        return False
    parts = members(item)
    return len(parts) == 1 and parts[0][0] not in _OF_A_PAIR and not parts[0][0].startswith("_")


def _named(name: str, part: bytes) -> Iterator[bytes]:
    """Yield a pair for the value that an object has for a name; a list of values is a pair each."""
    inner = plain(part)
    if is_object(inner):
        parts = [(one, value) for one, value in members(inner) if one != "name"]
        yield joined([("name", _encode_name(name)), *parts])
    elif is_array(inner):
        yield from (_joined(name, item) for item in elements(inner))
    else:
        yield _joined(name, part)


def _line(line: str) -> bytes | None:
    name, colon, value = line.partition(":" if not line.startswith(":") else "\0")
    if line.startswith(":"):  # of HTTP/2
        name, colon, value = line[1:].partition(":")
        name = f":{name}"
    return (
        joined([("name", _encode(name.strip())), ("value", _encode(value.strip()))]) if colon and name.strip() else None
    )


def _joined(name: str, value: bytes) -> bytes:
    parts: list[Member] = [("name", _encode_name(name)), ("value", value)]
    return joined(parts)


def _encode_name(name: str) -> bytes:
    return _encode(name.encode("utf-8", "replace").decode())
