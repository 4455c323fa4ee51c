"""Which part of an answer is asked for: a range of bytes (RFC 9110 §14), so that a download goes on where it ended."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from harlake.errors import RangeNotSatisfiableError

_ONE_RANGE: Final = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from ``start`` up to, and without, ``end`` of ``total``."""

    start: int
    end: int
    total: int

    @property
    def content_range(self) -> str:
        """Return the header that says which part an answer is."""
        return f"bytes {self.start}-{self.end - 1}/{self.total}"


def requested_range(headers: Mapping[str, str], tag: str | None, total: int) -> ByteRange | None:
    """Return which part of an answer of so many bytes a client's headers ask for, None for the whole.

    A ``Range`` that is malformed, of other units or of several parts may be ignored, and is. So is one for another
    version than the client has, which ``If-Range`` says by its ``tag``. Raises RangeNotSatisfiableError where the
    answer ends before the part begins.
    """
    match, if_range = _ONE_RANGE.fullmatch(headers.get("range", "")), headers.get("if-range")
    if match is None or not any(match.groups()) or (if_range is not None and if_range != tag):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, total - int(last)), total
    else:
        start, end = int(first), min(int(last) + 1, total) if last else total
        if last and int(last) < int(first):
            return None
    if start >= total or end <= start:
        raise RangeNotSatisfiableError(f"the answer has {total} bytes", total=total)
    return ByteRange(start, end, total)
