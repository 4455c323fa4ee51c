"""Wrapped values: what is inside of ``{"type": …, "value": …}``, as WebDriver BiDi and CDP write values, and MongoDB.

A value is JSON text without white space around it, and so is what it means.

Sources: WebDriver BiDi, network.BytesValue and script.RemoteValue; MongoDB Extended JSON 2.
"""

from __future__ import annotations

import binascii
from typing import Final

import msgspec

from harlake.har.raw_json import decoded, is_object, is_string, members, unquoted

#: Wrappers around each other; BiDi's are one, MongoDB's dates two.
_MAX_WRAPPERS: Final = 4

#: MongoDB's, of numbers and dates.
_EXTENDED: Final = frozenset({"$date", "$numberLong", "$numberInt", "$numberDouble", "$numberDecimal", "$oid"})

_encode: Final = msgspec.json.encode


def plain(value: bytes) -> bytes:
    """Return what a value is without the wrappers around it; the value itself where it has none."""
    for _ in range(_MAX_WRAPPERS):
        inner = unwrapped(value)
        if inner is None:
            break
        kind, value = inner
        if kind == "base64" and is_string(value):
            return _from_base64(value)
    return value


def unwrapped(value: bytes) -> tuple[str, bytes] | None:
    """Return the type that a wrapper says, empty where it says none, and what is in it; None of what is no wrapper."""
    if not is_object(value):
        return None
    parts = dict(members(value))
    if len(parts) == 1 and not _EXTENDED.isdisjoint(parts):
        return "", next(iter(parts.values()))
    kind = decoded(bytes(parts["type"])) if "type" in parts else ""
    if not isinstance(kind, str) or "name" in parts:
        return None
    if "value" in parts:
        return kind, parts["value"]
    return (kind, b"null") if kind in ("null", "undefined") else None


def _from_base64(value: bytes) -> bytes:
    """Return the text that a string is base64 of; of bytes that are no UTF-8, each as a character; else the string."""
    try:
        data = binascii.a2b_base64(b"".join(unquoted(value).split()), strict_mode=True)
    except ValueError:
        return value
    try:
        return _encode(data.decode())
    except UnicodeDecodeError:
        return _encode(data.decode("latin-1"))
