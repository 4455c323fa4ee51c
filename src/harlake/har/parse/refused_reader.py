"""Reads text that a parser has refused, to find the place of the error."""

from __future__ import annotations

from collections.abc import Generator

from harlake.errors import InvalidHarError
from harlake.har.parse.reader_state import ReaderState

#: Pauses, and returns the error with its place.
ErrorSearch = Generator[None, None, InvalidHarError]


class RefusedReader:
    """Reads the state REFUSED: a text with an error in it, which is raised when its place has been found."""

    def begin(self, search: ErrorSearch) -> ReaderState:
        """Take over from another reader, whose parser has refused what it read."""
        self._search = search
        return ReaderState.REFUSED

    def read(self) -> ReaderState:
        """Search on up to the next pause. Raises InvalidHarError in the end."""
        try:
            next(self._search)
        except StopIteration as found:
            error: InvalidHarError = found.value
        else:
            return ReaderState.REFUSED
        try:
            raise error
        finally:
            del error  # its traceback has this frame, which would have it: a cycle
