"""Tells a whole entry from an object that only looks like one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from harlake.har.parse.fast_path import ProvedEntry
from harlake.har.raw_json import elements, is_array, is_object, members, object_members

#: How often members are in an entry, its request and its response: where the beginning of one and the end of another
#: were joined, or a part was repeated, they are there more often.
#: Each name that is counted takes a tenth of the time that reading does.
_USUAL: Final = ((b'"request"', 1), (b'"content"', 1), (b'"httpVersion"', 2))

#: Levels at which something else would be in an entry: a HAR in one of its lists is found at the sixth.
_DEPTH: Final = 8


def has_request(text: bytes) -> bool:
    """Return whether a valid object is an entry, also one that cannot be imported: its request says of what."""
    request = object_members(text).get("request", b"null")
    return is_object(request) and not {"url", "method"}.isdisjoint(object_members(request))


def are_single(buffer: bytes, proved: Sequence[ProvedEntry]) -> bool:
    """Return whether each of the entries is one, and not made of the beginning of one and the end of another."""
    if not proved:
        return True
    begin, end = proved[0].start, proved[-1].end
    if all(buffer.count(name, begin, end) <= count * len(proved) for name, count in _USUAL):
        return True
    return all(_is_single(buffer[one.start : one.end]) for one in proved)


def _is_single(entry: bytes) -> bool:
    if not is_object(entry):
        return True
    found = members(entry)
    are_distinct = len({name for name, _ in found}) == len(found)
    return are_distinct and not any(_is_joined(name, value, 0) for name, value in found)


def _is_joined(name: str, value: bytes, depth: int) -> bool:
    """Return whether a member has names twice, or an entry in it; custom members may."""
    if name.startswith("_") or depth > _DEPTH:
        return False
    if is_array(value):
        return any(_is_joined("", one, depth + 1) for one in elements(value))
    if not is_object(value):
        return False
    found = members(value)
    names = {one for one, _ in found}
    if len(names) < len(found) or ("request" in names and ("response" in names or "startedDateTime" in names)):
        return True
    return any(_is_joined(one, inner, depth + 1) for one, inner in found)
