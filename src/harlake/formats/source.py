"""A file that is there as a whole, and read at any place: what formats are read from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO, Final

from harlake.limits import KIB

PIECE: Final = 256 * KIB


class Source:
    """The bytes of a file on the disk, none of which are held here."""

    def __init__(self, file: IO[bytes]) -> None:
        """The ``file`` is not buffered, and stays its owner's to close."""
        self._descriptor = file.fileno()
        self.size = os.fstat(self._descriptor).st_size

    def read(self, start: int, length: int) -> bytes:
        """Return so many bytes from an offset on; fewer where the file ends."""
        return os.pread(self._descriptor, length, start)

    def pieces(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield what is between two offsets, in pieces."""
        stop = self.size if end is None else end
        while start < stop:
            piece = self.read(start, min(PIECE, stop - start))
            if not piece:
                return
            yield piece
            start += len(piece)
