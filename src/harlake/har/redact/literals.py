"""Finds thousands of literals in bytes at once.

Strategy: the first eight bytes of each literal make a number; a table of bits says which of these there may be, so that
all windows of eight bytes are looked up at once. What passes is compared with literals that begin so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

WIDTH: Final = 8
_BITS: Final = 22
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(64 - _BITS)
#: Bytes that are looked at together: the windows of more would leave the processor's cache.
_PIECE: Final = 1 << 16


class Literals:
    """A set of literals of eight bytes and more, each with what it stands for."""

    def __init__(self, literals: dict[bytes, bytes]) -> None:
        self._literals = {literal: value for literal, value in literals.items() if len(literal) >= WIDTH}
        self._lengths: dict[bytes, list[int]] = {}
        for literal in self._literals:
            lengths = self._lengths.setdefault(literal[:WIDTH], [])
            if len(literal) not in lengths:
                lengths.append(len(literal))
        for lengths in self._lengths.values():
            lengths.sort(reverse=True)
        self.longest = max(map(len, self._literals), default=0)
        heads = np.frombuffer(b"".join(self._lengths), dtype="<u8")
        self._heads = np.sort(heads)
        self._table = np.zeros(1 << _BITS, dtype=bool) if len(heads) else None
        if self._table is not None:
            self._table[(heads * _FACTOR) >> _SHIFT] = True

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._literals)

    def find(self, data: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Yield where literals begin and end, and what they stand for, in order; the longest of those at one place."""
        if self._table is None:
            return
        end = 0
        for at in self._candidates(data):
            if at < end:
                continue
            for length in self._lengths.get(data[at : at + WIDTH], ()):
                value = self._literals.get(data[at : at + length])
                if value is not None and at + length <= len(data):
                    end = at + length
                    yield at, end, value
                    break

    def _candidates(self, data: bytes) -> Iterator[int]:
        """Yield where the first eight bytes of literals stand."""
        for begin in range(0, max(0, len(data) - WIDTH + 1), _PIECE):
            piece = np.frombuffer(data, dtype=np.uint8, offset=begin, count=min(_PIECE + WIDTH - 1, len(data) - begin))
            found = []
            for offset in range(min(WIDTH, len(piece) - WIDTH + 1)):
                count = (len(piece) - offset) // WIDTH
                windows = piece[offset : offset + count * WIDTH].view("<u8")
                hits = np.flatnonzero(self._table[(windows * _FACTOR) >> _SHIFT])  # type: ignore[index]
                if len(hits):
                    hits = hits[np.isin(windows[hits], self._heads)]
                    found.append(hits * WIDTH + offset)
            if found:
                yield from (begin + int(at) for at in np.sort(np.concatenate(found)))
