"""Reads text that a parser has refused, to find the place of the error, and what stands there."""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

from harlake.errors import InvalidHarError, InvalidJsonError
from harlake.har.parse.input_buffer import InputBuffer
from harlake.har.parse.reader_state import ReaderState
from harlake.har.parse.wrong_tokens import NEARBY, described


class RefusedText(NamedTuple):
    """An error with its place, and text around that: the last bytes before it, and those after it that were parsed."""

    error: InvalidHarError
    before: bytes = b""
    after: bytes = b""

    @classmethod
    def within(cls, error: InvalidHarError, text: bytes, offset: int) -> RefusedText:
        """Return an error at an offset in a text."""
        return cls(error, text[max(0, offset - NEARBY) : offset], text[offset : offset + NEARBY])


#: Pauses, and returns the error with its place.
ErrorSearch = Generator[None, None, RefusedText]


class RefusedReader:
    """Reads the state REFUSED: a text with an error in it, which is raised when its place has been found.

    Some bytes that follow it are waited for, so that it does not matter where the input was cut.
    """

    def __init__(self, source: InputBuffer) -> None:
        self._input = source
        self._refusal: RefusedText | None = None

    def begin(self, search: ErrorSearch) -> ReaderState:
        """Take over from another reader, whose parser has refused what it read."""
        self._search = search
        return ReaderState.REFUSED

    def read(self) -> ReaderState | None:
        """Search on up to the next pause. Raises InvalidHarError in the end."""
        if self._refusal is None:
            try:
                next(self._search)
            except StopIteration as found:
                self._refusal = found.value
            else:
                return ReaderState.REFUSED
        error = self._refusal.error
        if isinstance(error, InvalidJsonError):
            after = self._after(error.byte or 0, self._refusal.after)
            if len(after) < NEARBY and not self._input.final:
                return None
            error = error.put(described(error.detail or "", self._refusal.before, after))
        self._refusal = None
        try:
            raise error
        finally:
            del error  # its traceback has this frame, which would have it: a cycle

    def _after(self, place: int, parsed: bytes) -> bytes:
        """Return what follows a place in the document: the rest of the input, maybe with some that was parsed."""
        ahead = place - self._input.offset
        at = self._input.at + max(0, ahead)
        return parsed[: max(0, -ahead)] + self._input.data[at : at + NEARBY]
