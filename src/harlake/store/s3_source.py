"""Reading an object of S3 in ranges, the next ones ahead of whoever reads in order."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, NamedTuple

import obstore
from obstore.store import S3Store

from harlake.limits import KIB
from harlake.store.s3_errors import storage_errors

#: Bytes that may be left out between two ranges that are read in order: frames have a separator between them.
_GAP: Final = KIB


class _Range(NamedTuple):
    start: int
    data: bytes

    def has(self, position: int) -> bool:
        return self.start <= position < self.start + len(self.data)


class S3Source:
    """An object that is being read, by one thread at a time.

    The first range is fetched as it is asked for, and so is one that is large. When a small one follows, ranges of half
    of ``ahead`` are: one is held, and one is on its way.
    """

    def __init__(self, store: S3Store, name: str, ahead: int, fetching: ThreadPoolExecutor) -> None:
        self._store = store
        self._name = name
        self._range_bytes = ahead // 2
        self._fetching = fetching
        self._size: int | None = None
        self._position = 0  # behind what was read last
        self._has_read = False
        self._held = _Range(0, b"")
        self._next: tuple[int, Future[_Range]] | None = None

    def read(self, start: int, length: int) -> bytes:
        """Return a range; less of it where the object ends."""
        if self._held.has(start) or (self._has_read and length < self._range_bytes and self._follows(start)):
            data = self._read_ahead(start, length)
        else:
            data = self._fetch(start, length).data
        self._has_read = True
        self._position = start + len(data)
        return data

    def close(self) -> None:
        """Let go of what is held."""
        self._held = _Range(0, b"")
        self._drop_next()

    def _follows(self, start: int) -> bool:
        return 0 <= start - self._position <= _GAP

    def _read_ahead(self, start: int, length: int) -> bytes:
        pieces = []
        while length > 0 and (self._size is None or start < self._size):
            if not self._held.has(start):
                self._advance(start)
            offset = start - self._held.start
            piece = self._held.data[offset : offset + length]
            if not piece:
                break
            pieces.append(piece)
            start += len(piece)
            length -= len(piece)
        return b"".join(pieces)

    def _advance(self, start: int) -> None:
        """Hold the range that begins at ``start``, or around it, and ask for the one behind it."""
        expected, self._next = self._next, None
        self._held = _Range(0, b"")
        # What has no thread yet is fetched by this one.
        if expected is not None and 0 <= start - expected[0] < self._range_bytes and not expected[1].cancel():
            self._held = expected[1].result()
        if not self._held.has(start):
            self._held = self._fetch(start, self._range_bytes)
        end = self._held.start + len(self._held.data)
        if self._size is not None and end < self._size:
            self._next = end, self._fetching.submit(self._fetch, end, self._range_bytes)

    def _drop_next(self) -> None:
        if self._next is not None:
            self._next[1].cancel()
            self._next = None

    def _fetch(self, start: int, length: int) -> _Range:
        if self._size is not None:
            length = min(length, self._size - start)
        if length <= 0:
            return _Range(start, b"")
        with storage_errors():
            try:
                found = obstore.get(self._store, self._name, options={"range": (start, start + length)})
            except obstore.exceptions.GenericError:
                # A range that begins where the object ends is an error as any other: only its size tells.
                self._size = obstore.head(self._store, self._name)["size"]
                if start < self._size:
                    raise
                return _Range(start, b"")
            self._size = found.meta["size"]
            return _Range(start, found.bytes().to_bytes())
