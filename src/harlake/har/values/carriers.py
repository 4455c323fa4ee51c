"""Carriers of bodies, ``content`` and ``postData``, however a HAR has them.

Known are objects as HAR 1.2 has them, the body itself in place of the object, and a ``text`` that is a JSON value, or
wrapped with its encoding.
"""

from __future__ import annotations

from typing import Final

import msgspec

from harlake.har.raw_json import (
    Member,
    elements,
    is_array,
    is_null,
    is_object,
    is_string,
    members,
)
from harlake.har.values.pairs import pair_objects
from harlake.har.values.plain_values import unwrapped

_encode: Final = msgspec.json.encode

_FORM: Final = b'"application/x-www-form-urlencoded"'
_JSON: Final = b'"application/json"'

#: Members that tell a carrier from a body that is an object.
_KNOWN: Final = frozenset({"mimeType", "text", "params", "comment", "encoding", "size", "compression", "_file"})


def carrier_members(value: bytes) -> list[Member]:
    """Return the members of ``content`` or ``postData``, with a ``text`` that is a string where there is a body.

    Members that are as they should be are the very text that was given. None are returned where there is nothing.
    """
    if is_object(value):
        return object_carrier(value, members(value))
    if is_null(value) or not len(value):
        return []
    if is_array(value):
        pairs = pair_objects(value) or []
        if pairs and all(is_object(pair) and "name" in dict(members(pair)) for pair in pairs):
            return [("mimeType", _FORM), ("params", value)]
        return [("mimeType", _JSON), *_with_text([], value)] if elements(value) else []
    return _with_text([], value)


def object_carrier(value: bytes, parts: list[Member]) -> list[Member]:
    """Return the same of an object, whose members are given: the very list where they are as they should be."""
    if not any(name in _KNOWN for name, _ in parts):
        if unwrapped(value) is not None:
            return _with_text([], value)
        if parts and not any(name.startswith("_") for name, _ in parts):
            return [("mimeType", _JSON), *_with_text([], value)]
    return with_string_text(parts)


def with_string_text(parts: list[Member]) -> list[Member]:
    """Return members with a ``text`` that is a string, the very list where it is one, null or absent."""
    last = dict(parts)
    given = last.get("text")
    if given is None or is_string(given) or is_null(given):
        return parts
    return _with_text(parts, given)


def body_text(value: bytes) -> bytes:
    """Return the string that a body which is no string means: JSON text, as it was recorded."""
    return value if is_string(value) else _encode(bytes(value).decode("utf-8", "replace"))


def _with_text(parts: list[Member], given: bytes) -> list[Member]:
    """Return members with a text that a value means, and its encoding, in place of theirs."""
    inner = unwrapped(given)
    encoding: list[Member] = []
    if inner is not None and (inner[0] or is_string(inner[1])):
        kind, given = inner
        encoding = [("encoding", b'"base64"')] if kind == "base64" else []
    if is_null(given):
        return [(name, value) for name, value in parts if name != "text"]
    changed = [("text", body_text(given)), *encoding]
    names = {name for name, _ in changed}
    at = max((index for index, (name, _) in enumerate(parts) if name == "text"), default=len(parts))
    before, behind = parts[:at], parts[at + 1 :]
    others = ((name, value) for name, value in (*before, (None, b""), *behind) if name not in names)
    return [one for name, value in others for one in (changed if name is None else [(name, value)])]
