"""Finds the end of one JSON value of any size without holding it.

Only strings and brackets are followed, which is what it takes; brackets that do not match are an error. The inside
is not checked any further. In text that is valid JSON up to somewhere, all that is found up to there is right.
"""

import re
from typing import Final

from harlake.errors import InvalidJsonError
from harlake.har.raw_json import IN_STRING

_STRUCTURE: Final = re.compile(rb'["{}\[\]]')
_IN_STRING: Final = re.compile(IN_STRING, re.DOTALL)
_SCALAR_END: Final = re.compile(rb"[ \t\r\n,\]}]")
_SPACE: Final = b" \t\r\n"
_CLOSES: Final = {ord("}"): ord("{"), ord("]"): ord("[")}
_ARRAY: Final = ord("[")


class Scanner:
    """Follows one value, fed from its first byte on or from white space before it, until it ends.

    ``scalar`` tells that it is neither container nor string, so that its end shows only by what follows it.
    With ``pause_depth``, :meth:`feed` also stops after each ``[`` that opens inside of so many containers.
    """

    def __init__(self, max_depth: int, pause_depth: int = -1) -> None:
        self.scalar = False
        self._max_depth = max_depth
        self._pause_depth = pause_depth
        self._open = bytearray()
        self._in_string = False
        self._escaped = False
        self._begun = False

    @property
    def open(self) -> bytes:
        """The brackets that are open, outermost first."""
        return bytes(self._open)

    @property
    def rest_of_string(self) -> int | None:
        """How many of the next bytes belong to a string at least, as they are escaped; None outside of strings."""
        return int(self._escaped) if self._in_string else None

    def feed(self, data: bytes) -> int:
        """Return the offset just after the value's end, or -1 if it goes on.

        Raises InvalidJsonError with ``byte`` relative to ``data``.
        """
        position = 0
        if not self._begun:
            position = len(data) - len(data.lstrip(_SPACE))
            if position == len(data):
                return -1
            self._begun = True
            self.scalar = data[position] not in b'{["'
        if self.scalar:
            end = _SCALAR_END.search(data, position)
            return end.start() if end else -1
        while position < len(data):
            if self._in_string:
                position, ended = self._pass_string(data, position)
                if ended and not self._open:
                    return position
                continue
            match = _STRUCTURE.search(data, position)
            if match is None:
                return -1
            position = match.end()
            if self._on_structure(data[match.start()], match.start()):
                return position
        return -1

    def _on_structure(self, byte: int, offset: int) -> bool:
        """Follow a quote or a bracket; return whether to stop after it."""
        if byte == ord('"'):
            self._in_string = True
            return False
        if byte not in _CLOSES:
            self._open.append(byte)
            if len(self._open) > self._max_depth:
                raise InvalidJsonError(f"nested deeper than {self._max_depth} levels", byte=offset)
            return byte == _ARRAY and len(self._open) - 1 == self._pause_depth
        if not self._open or self._open.pop() != _CLOSES[byte]:
            raise InvalidJsonError("brackets do not match", byte=offset)
        return not self._open

    def _pass_string(self, data: bytes, position: int) -> tuple[int, bool]:
        """Return how far the string goes in ``data``, and whether it ends there."""
        if self._escaped:
            self._escaped = False
            return position + 1, False
        match = _IN_STRING.match(data, position)
        position = match.end() if match else position
        if position == len(data):
            return position, False
        self._in_string = data[position] != ord('"')
        self._escaped = self._in_string  # by a backslash, the last byte
        return position + 1, not self._in_string
