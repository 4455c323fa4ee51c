"""Looks at the bytes that are sent: nothing that was learned may be among them, in any spelling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from harlake.errors import RedactionLeakError
from harlake.har.redact.propagation import MOST_ESCAPES, Propagation

#: Bytes before a value that tell whether it stands for itself.
_AROUND: Final = MOST_ESCAPES
#: Bytes that are looked at together, as each look costs something.
_TOGETHER: Final = 1 << 17


class LeakCheck:
    """Checks a stream as it goes by: :meth:`feed` it pieces, then :meth:`close` it."""

    def __init__(self, propagation: Propagation) -> None:
        self._propagation = propagation
        self._pieces: list[bytes] = []
        self._size = 0
        self._overlap = propagation.literals.longest + _AROUND
        self._enough = max(_TOGETHER, 2 * self._overlap)
        self._sent = 0

    def feed(self, data: bytes) -> None:
        """Take the next bytes. Raises RedactionLeakError, with the byte, where a secret is in them."""
        self._pieces.append(data)
        self._size += len(data)
        if self._size >= self._enough:
            text = b"".join(self._pieces)
            self._check(text)
            self._sent += len(text) - self._overlap
            self._pieces = [text[-self._overlap :]]
            self._size = self._overlap

    def close(self) -> None:
        """Check the rest."""
        self._check(b"".join(self._pieces))

    def _check(self, text: bytes) -> None:
        propagation = self._propagation
        seen = _AROUND if self._sent else 0  # what begins there was looked at with what is before it
        for start, end, new in propagation.literals.find(text):
            if start >= seen and new != text[start:end] and propagation.is_whole(text, start, end):
                raise RedactionLeakError(f"byte {self._sent + start} of what would be sent begins a secret")


def checked(pieces: Iterable[bytes], propagation: Propagation) -> Iterator[bytes]:
    """Yield pieces of a stream, each after it was checked."""
    check = LeakCheck(propagation)
    for piece in pieces:
        check.feed(piece)
        yield piece
    check.close()
