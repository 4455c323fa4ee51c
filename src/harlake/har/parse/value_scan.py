"""Finds out how far the JSON object goes that begins somewhere in a text that may be damaged.

Strategy: msgspec follows an object without making anything of it, and says where it ends, or by which byte it becomes
impossible. It is asked twice. The first time it stops at the first member that makes the object an entry or a page: so
what holds entries is told from what is one, even if either has no end.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Any, Final, NamedTuple

import msgspec

from harlake.errors import InvalidHarError
from harlake.har.parse.push_parser import JsonPushParser
from harlake.har.parse.scanner import Scanner
from harlake.har.surrogates import repair
from harlake.limits import MIB


class _Probe(msgspec.Struct):
    """Members that only entries have, and pages, all of them of a type that they do not have."""

    request: int | None = None
    response: int | None = None
    timings: int | None = None
    cache: int | None = None
    startedDateTime: int | None = None
    serverIPAddress: int | None = None
    pageref: int | None = None


_value: Final = msgspec.json.Decoder(msgspec.Raw)
_probe: Final = msgspec.json.Decoder(_Probe)

_TRAILING: Final = re.compile(r"trailing characters \(byte (\d+)\)$")
_MALFORMED: Final = re.compile(r"JSON is malformed: (.*) \(byte (\d+)\)$")
#: Bytes of an entry that is nested deeply.
_MOST_DEEP: Final = 4 * MIB
_SPACE: Final = b" \t\r\n"


def _counted_from() -> int:
    """Return what msgspec calls the first byte that follows a value, less its offset: that depends on its version."""
    try:
        _value.decode(b"[]x")
    except msgspec.DecodeError as error:
        found = _TRAILING.search(str(error))
        if found:
            return int(found[1]) - 2
    raise ImportError("msgspec does not say where a value ends")  # pragma: no cover - another msgspec


_TRAILING_FROM: Final = _counted_from()


class Extent(Enum):
    """How an object goes on: to its end, to a byte that is wrong, or beyond the text."""

    WHOLE = auto()
    WRONG = auto()
    CUT = auto()


class Found(NamedTuple):
    """An object: ``end`` is the offset just after it, or of the byte that is wrong, or the end of the text.

    ``is_entry`` tells that it has members of an entry or a page.
    """

    extent: Extent
    end: int
    is_entry: bool
    reason: str = ""


def scan_object(text: bytes, start: int, stop: int, max_depth: int) -> Found:
    """Return how the object goes on that begins at ``start``, if the text ends at ``stop``.

    Lone surrogates have been replaced in the text; whether it is UTF-8 is not looked at.
    """
    view = memoryview(text)[start:stop]
    is_entry = False
    try:
        _probe.decode(view)
    except msgspec.ValidationError:
        is_entry = True
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        _value.decode(view)
    except msgspec.DecodeError as error:
        return _from_error(str(error), text, start, stop, is_entry)
    except RecursionError:
        return _scan_deep(text, start, stop, is_entry, max_depth)
    return Found(Extent.WHOLE, _without_space(text, start, stop), is_entry)


def _from_error(error: str, text: bytes, start: int, stop: int, is_entry: bool) -> Found:
    trailing = _TRAILING.search(error)
    if trailing is not None:
        end = text.rfind(b"}", start, start + int(trailing[1]) - _TRAILING_FROM) + 1
        return Found(Extent.WHOLE, end, is_entry)
    malformed = _MALFORMED.search(error)
    if malformed is not None:
        return Found(Extent.WRONG, min(start + int(malformed[2]), stop), is_entry, malformed[1])
    return Found(Extent.CUT, stop, is_entry, "it is cut off")


def _scan_deep(text: bytes, start: int, stop: int, is_entry: bool, max_depth: int) -> Found:
    """Scan what is nested deeper than a recursive decoder can follow: an entry, and up to a size, for it takes long."""
    if not is_entry:
        return Found(Extent.CUT, stop, is_entry)
    if stop - start > _MOST_DEEP:
        return Found(Extent.WRONG, start + _MOST_DEEP, is_entry, "it is large, and nested too deeply")
    scanner, parser = Scanner(max_depth), JsonPushParser(max_depth)
    try:
        length = scanner.feed(text[start:stop])
        parser.feed(text[start : stop if length < 0 else start + length])
    except InvalidHarError as error:
        return Found(Extent.WRONG, start + (error.byte or 1), is_entry, error.detail or "")
    return Found(Extent.CUT, stop, is_entry) if length < 0 else Found(Extent.WHOLE, start + length, is_entry)


def _without_space(text: bytes, start: int, stop: int) -> int:
    while stop > start and text[stop - 1] in _SPACE:
        stop -= 1
    return stop


def without_surrogates(text: bytes) -> bytes:
    """Return a text of the same length that msgspec can follow, whatever surrogates there are."""
    return repair(text) or text


def is_too_deep(span: Any, max_depth: int) -> bool:
    """Return whether a valid object is nested deeper than it may."""
    if len(span) <= 2 * max_depth:
        return False
    text = bytes(span)
    if text.count(b"{") + text.count(b"[") <= max_depth:
        return False
    try:
        JsonPushParser(max_depth).feed(text)
    except InvalidHarError:
        return True
    return False
