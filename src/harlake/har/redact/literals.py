"""Finds thousands of literals in bytes at once.

Strategy: the engine finds the beginnings of literals. Where there is none, or there are too many for it,
the first eight bytes of each literal make a number; a table of bits says which of these there may be, so that all
windows of eight bytes are looked up at once. What passes is compared with literals that begin so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from harlake.har.redact.engine import MAX_LITERALS, Engine, engine

WIDTH: Final = 8
_BITS: Final = 22
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(64 - _BITS)
#: Bytes that the engine looks for of each literal, which are enough to be rare.
_HEAD: Final = 16
#: Databases of the engine, each of which takes some 20 MB.
_MOST_DATABASES: Final = 2
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
        self._engines = _engines({literal[:_HEAD] for literal in self._literals})
        self._table: np.ndarray | None = None
        if self._engines:
            return
        heads = np.frombuffer(b"".join(self._lengths), dtype="<u8")
        self._heads = np.sort(heads)
        if len(heads):
            self._table = np.zeros(1 << _BITS, dtype=bool)
            self._table[(heads * _FACTOR) >> _SHIFT] = True

    @property
    def by_engine(self) -> bool:
        """Whether the engine finds them, as it does none where there are none."""
        return bool(self._engines) or not self._literals

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._literals)

    def find(self, data: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Yield where literals begin and end, and what they stand for, in order; the longest of those at one place."""
        if not self._literals:
            return
        end = 0
        for at in self._by_engine(data) if self._engines else self._candidates(data):
            if at < end:
                continue
            for length in self._lengths.get(data[at : at + WIDTH], ()):
                value = self._literals.get(data[at : at + length])
                if value is not None and at + length <= len(data):
                    end = at + length
                    yield at, end, value
                    break

    def _by_engine(self, data: bytes) -> list[int]:
        """Return where literals may begin, in order."""
        found = [end - len(heads[number]) for one, heads in self._engines for end, number in one.scan(data)]
        return sorted(found) if len(found) > 1 else found

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
                    places = np.searchsorted(self._heads, windows[hits])  # np.isin would sort all heads each time
                    hits = hits[self._heads[np.minimum(places, len(self._heads) - 1)] == windows[hits]]
                    found.append(hits * WIDTH + offset)
            if found:
                yield from (begin + int(at) for at in np.sort(np.concatenate(found)))


def _engines(heads: set[bytes]) -> list[tuple[Engine, list[bytes]]]:
    """Return what finds heads, in batches; nothing where there is no engine, or where they are too many for it."""
    ordered = sorted(heads)
    batches = [ordered[at : at + MAX_LITERALS] for at in range(0, len(ordered), MAX_LITERALS)]
    if len(batches) > _MOST_DATABASES:
        return []
    found = [(engine(batch), batch) for batch in batches]
    return [(one, batch) for one, batch in found if one is not None] if all(one for one, _ in found) else []
