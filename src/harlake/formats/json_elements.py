"""The elements of a JSON array of any length, one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from harlake.errors import InvalidJsonError
from harlake.har.parse.scanner import Scanner
from harlake.limits import Limits

_SPACE: Final = b" \t\r\n"


class Element(NamedTuple):
    """An element as the text that it came as: its ordinal, and the offset at which it begins."""

    text: bytes
    ordinal: int
    byte: int


def json_elements(pieces: Iterable[bytes], limits: Limits) -> Iterator[Element | None]:
    """Yield the elements of an array, which are objects, and None after each piece.

    What is inside of them is not looked at. Raises InvalidJsonError with the byte.
    """
    reader = _Reader(limits)
    for piece in pieces:
        yield from reader.feed(piece)
        yield None
    reader.close()


class _Reader:
    """Cuts elements out of an array."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._expected = b"["
        self._count = 0
        self._byte = 0
        self._scanner: Scanner | None = None
        self._held: list[bytes] = []
        self._size = 0
        self._begun_at = 0

    def feed(self, piece: bytes) -> Iterator[Element]:
        at = 0
        while at < len(piece):
            if self._scanner is None:
                at = self._between(piece, at)
            else:
                at, element = self._inside(piece, at)
                if element is not None:
                    yield element
        self._byte += len(piece)

    def close(self) -> None:
        if self._expected != b"":
            raise InvalidJsonError("the file is cut off: its array does not end", byte=self._byte, entry=self._count)

    def _between(self, piece: bytes, at: int) -> int:
        """Take one byte between elements."""
        byte = piece[at : at + 1]
        if byte in _SPACE and byte:
            return at + 1
        if byte not in self._expected or not byte:
            raise InvalidJsonError(
                f"unexpected {byte!r} in place of an element of the array", byte=self._byte + at, entry=self._count
            )
        if byte == b"{":
            self._scanner = Scanner(self._limits.max_entry_depth)
            self._begun_at = self._byte + at
            return at
        self._expected = {b"[": b"{]", b",": b"{", b"]": b""}[byte]
        return at + 1

    def _inside(self, piece: bytes, at: int) -> tuple[int, Element | None]:
        """Take what of a piece belongs to an element; return where that ends, and the element if it is whole."""
        assert self._scanner is not None
        rest = piece[at:]
        try:
            length = self._scanner.feed(rest)
        except InvalidJsonError as error:
            error.byte = self._byte + at + (error.byte or 0)
            error.entry = self._count
            raise
        part = rest if length < 0 else rest[:length]
        self._held.append(part)
        self._size += len(part)
        if self._size > self._limits.max_entry_bytes:
            most = f"an element is longer than the limit of {self._limits.max_entry_bytes} bytes"
            raise InvalidJsonError(most, byte=self._begun_at, entry=self._count)
        if length < 0:
            return len(piece), None
        element = Element(b"".join(self._held), self._count, self._begun_at)
        self._scanner, self._held, self._size = None, [], 0
        self._expected = b",]"
        self._count += 1
        return at + length, element
