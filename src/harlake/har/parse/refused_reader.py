"""Reads text that a parser has refused, to find the place of the error, and what stands there."""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

from harlake.errors import InvalidHarError, InvalidJsonError
from harlake.har.parse.input_buffer import InputBuffer
from harlake.har.parse.reader_state import ReaderState
from harlake.har.parse.wrong_tokens import CONTEXT, what_is_wrong


class FoundPlace(NamedTuple):
    """An error with its place, the text around that, and how far behind the input's beginning that text ends."""

    error: InvalidHarError
    before: bytes
    after: bytes
    end: int

    @classmethod
    def of(cls, error: InvalidHarError, text: bytes, offset: int, end: int) -> FoundPlace:
        """Return the place of an error at an offset in a text."""
        return cls(error, text[max(0, offset - CONTEXT) : offset], text[offset : offset + CONTEXT], end)


#: Pauses, and returns the error with its place.
ErrorSearch = Generator[None, None, FoundPlace]


class RefusedReader:
    """Reads the state REFUSED: a text with an error in it, which is raised when its place has been found.

    What stands there is told by some bytes more, so it waits for these.
    """

    def __init__(self, source: InputBuffer) -> None:
        self._input = source
        self._found: FoundPlace | None = None

    def begin(self, search: ErrorSearch) -> ReaderState:
        """Take over from another reader, whose parser has refused what it read."""
        self._search = search
        return ReaderState.REFUSED

    def read(self) -> ReaderState | None:
        """Search on up to the next pause. Raises InvalidHarError in the end."""
        if self._found is None:
            try:
                next(self._search)
            except StopIteration as found:
                self._found = found.value
            return ReaderState.REFUSED
        source, place = self._input, self._found
        missing = CONTEXT - len(place.after) if isinstance(place.error, InvalidJsonError) else 0
        start = source.at + place.end
        more = source.data[start : start + missing]
        if len(more) < missing and not source.final:
            source.needed = missing - len(more)
            return None
        error, self._found = _described(place, more), None
        try:
            raise error
        finally:
            del error, place  # its traceback has this frame, which would have it: a cycle


def _described(place: FoundPlace, more: bytes) -> InvalidHarError:
    """Return the error with words for what stands at its place, if that is no JSON."""
    error = place.error
    if not isinstance(error, InvalidJsonError):
        return error
    detail = what_is_wrong(error.detail or "", place.before, place.after + more)
    return InvalidJsonError(detail, byte=error.byte, line=error.line, column=error.column, entry=error.entry)
