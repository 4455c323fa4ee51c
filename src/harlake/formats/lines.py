"""Lines of a text that comes in pieces, none of which is longer than it may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from harlake.errors import InvalidJsonError


class Line(NamedTuple):
    """A line without its end: its number, from 1, and the offset at which it begins."""

    text: bytes
    number: int
    byte: int


def lines_of(pieces: Iterable[bytes], most: int) -> Iterator[Line]:
    """Yield the lines of a text. Raises InvalidJsonError for one of more than so many bytes."""
    held: list[bytes] = []
    size = byte = 0
    number = 1
    for piece in pieces:
        *ended, rest = piece.split(b"\n")
        for end in ended:
            held.append(end)
            text = b"".join(held)
            _check(len(text), most, byte, number)
            yield Line(text, number, byte)
            byte += len(text) + 1
            number += 1
            held.clear()
            size = 0
        held.append(rest)
        size += len(rest)
        _check(size, most, byte, number)
    if size:
        yield Line(b"".join(held), number, byte)


def _check(size: int, most: int, byte: int, number: int) -> None:
    if size > most:
        raise InvalidJsonError(f"a line is longer than the limit of {most} bytes").at(byte, number, 1)
