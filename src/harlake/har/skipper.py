"""Passes over one JSON value of any size without holding it: for entries over the limit.

Only strings and brackets are followed, which is what it takes to find the end; brackets that do not match are an
error. The inside is not checked any further.
"""

import re
from typing import Final

from harlake.errors import InvalidJsonError

_STRUCTURE: Final = re.compile(rb'["{}\[\]]')
_IN_STRING: Final = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)
_SCALAR_END: Final = re.compile(rb"[ \t\r\n,\]}]")
_CLOSES: Final = {ord("}"): ord("{"), ord("]"): ord("[")}


class Skipper:
    """Follows one value, fed from its first byte on, until it ends."""

    def __init__(self, max_depth: int) -> None:
        self._max_depth = max_depth
        self._open = bytearray()
        self._in_string = False
        self._escaped = False
        self._begun = False
        self._scalar = False

    def feed(self, data: bytes | memoryview) -> int:
        """Return the offset just behind the value's end, or -1 if it goes on.

        Raises InvalidJsonError with ``byte`` relative to ``data``.
        """
        if data and not self._begun:
            self._begun = True
            self._scalar = data[0] not in b'{["'
        if self._scalar:
            end = _SCALAR_END.search(data)
            return end.start() if end else -1
        position = 0
        while position < len(data):
            if self._in_string:
                position, ended = self._pass_string(data, position)
                if ended and not self._open:
                    return position
                continue
            found = _STRUCTURE.search(data, position)
            if found is None:
                return -1
            position = found.end()
            self._on_structure(data[found.start()], found.start())
            if not self._open and not self._in_string:
                return position
        return -1

    def _on_structure(self, byte: int, offset: int) -> None:
        if byte == ord('"'):
            self._in_string = True
        elif byte not in _CLOSES:
            self._open.append(byte)
            if len(self._open) > self._max_depth:
                raise InvalidJsonError(f"nested deeper than {self._max_depth} levels", byte=offset)
        elif self._open.pop() != _CLOSES[byte]:
            raise InvalidJsonError("brackets do not match", byte=offset)

    def _pass_string(self, data: bytes | memoryview, position: int) -> tuple[int, bool]:
        """Return how far the string goes in ``data``, and whether it ends there."""
        if self._escaped:
            self._escaped = False
            return position + 1, False
        found = _IN_STRING.match(data, position)
        position = found.end() if found else position
        if position == len(data):
            return position, False
        self._in_string = data[position] != ord('"')
        self._escaped = self._in_string  # by a backslash, the last byte
        return position + 1, not self._in_string
