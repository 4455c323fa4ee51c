"""Finds where words of a list may begin, by their first three bytes in any case, looking at all places at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

_MASK: Final = np.uint32(0xFFFFFF)
_CASE: Final = np.uint32(0x202020)
_FACTOR: Final = np.uint32(0x9E3779B1)
_BITS: Final = 16
_SHIFT: Final = np.uint32(32 - _BITS)
_PIECE: Final = 1 << 16
#: Of shorter texts, all places are looked at as fast one by one.
_SHORT: Final = 256


class Trigrams:
    """The first three bytes of words, in a table that all places of a text are looked up in."""

    def __init__(self, words: Iterable[bytes]) -> None:
        self._table = np.zeros(1 << _BITS, dtype=bool)
        words = list(words)
        self._regex = re.compile(b"|".join(re.escape(word[:3]) for word in words), re.IGNORECASE)
        for word in words:
            number = np.array([int.from_bytes(word[:3], "little")], dtype=np.uint32) | _CASE
            self._table[(number * _FACTOR) >> _SHIFT] = True

    def places(self, data: bytes) -> Iterator[int]:
        """Yield where words may begin, in order; elsewhere none does."""
        if len(data) < _SHORT:
            yield from (match.start() for match in self._regex.finditer(data))
            return
        for begin in range(0, len(data), _PIECE):
            piece = np.frombuffer(data, np.uint8, min(_PIECE + 3, len(data) - begin), begin)
            found = []
            for offset in range(4):
                count = (len(piece) - offset) // 4
                windows = ((piece[offset : offset + 4 * count].view("<u4") & _MASK) | _CASE) * _FACTOR
                found.append(np.flatnonzero(self._table[windows >> _SHIFT]) * 4 + offset)
            yield from (begin + at for at in np.sort(np.concatenate(found)).tolist() if at < _PIECE)
        yield len(data) - 3  # which no window of four has
