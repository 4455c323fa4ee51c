"""Looks at the bytes that are sent: nothing that was learned may be among them, in any spelling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from harlake.errors import RedactionLeakError
from harlake.har.redact.propagation import Propagation

_AROUND: Final = 8


class LeakCheck:
    """Checks a stream as it goes by: :meth:`feed` it pieces, then :meth:`close` it."""

    def __init__(self, propagation: Propagation) -> None:
        self._propagation = propagation
        self._kept = b""
        self._overlap = propagation.literals.longest + _AROUND
        self._sent = 0

    def feed(self, data: bytes) -> None:
        """Take the next bytes. Raises RedactionLeakError, with the byte, where a secret is in them."""
        text = self._kept + data
        if len(text) >= 2 * self._overlap:
            self._check(text)
            self._sent += len(text) - self._overlap
            text = text[-self._overlap :]
        self._kept = text

    def close(self) -> None:
        """Check the rest."""
        self._check(self._kept)

    def _check(self, text: bytes) -> None:
        propagation = self._propagation
        for start, end, new in propagation.literals.find(text):
            if new != text[start:end] and propagation.is_whole(text, start, end):
                raise RedactionLeakError(f"byte {self._sent + start} of what would be sent begins a secret")


def checked(pieces: Iterable[bytes], propagation: Propagation) -> Iterator[bytes]:
    """Yield pieces of a stream, each after it was checked."""
    check = LeakCheck(propagation)
    for piece in pieces:
        check.feed(piece)
        yield piece
    check.close()
