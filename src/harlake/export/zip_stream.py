"""Writes a zip archive of any number of files while it is sent (APPNOTE 6.3.10), in flat memory.

Python's ``zipfile`` keeps a note of each file until the end. Here, the notes are in a file of their own, which also
tells which names are there already: an archive of a million bodies takes as much memory as one of ten.

Each file is preceded by a header without sizes, and followed by a descriptor with them. All dates are the same.
"""

from __future__ import annotations

import os
import sqlite3
import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final

from harlake.store.disk import disk_errors

#: 1 January 1980, the first that there is.
_DATE: Final = (1 << 5) | 1
#: Sizes follow the data; names are UTF-8.
_FLAGS: Final = 0x0808
_DEFLATED: Final = 8
_VERSION: Final = 45
_UNKNOWN: Final = 0xFFFFFFFF
_MANY: Final = 0xFFFF

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_DESCRIPTOR: Final = struct.Struct("<4sI2Q")
_SIZES: Final = struct.Struct("<2H2Q")
_PLACES: Final = struct.Struct("<2H3Q")
_END_64: Final = struct.Struct("<4sQ2H2I4Q")
_LOCATOR: Final = struct.Struct("<4sIQI")
_END: Final = struct.Struct("<4s4H2IH")

#: zlib's fastest: it writes while somebody waits.
_LEVEL: Final = 1

_TABLE: Final = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -4096; PRAGMA locking_mode = EXCLUSIVE;
    CREATE TABLE files (name TEXT PRIMARY KEY, crc INTEGER, packed INTEGER, length INTEGER, start INTEGER);
    BEGIN;
"""


class ZipStream:
    """An archive: :meth:`add` files, then :meth:`close` it; both yield what is to be sent."""

    def __init__(self, scratch: Path) -> None:
        with disk_errors():
            number, name = tempfile.mkstemp(dir=scratch, prefix="zip-")
            os.close(number)
            # Whichever thread has the slice; only one at a time has it.
            self._notes = sqlite3.connect(name, isolation_level=None, check_same_thread=False)
            self._notes.executescript(_TABLE)
            with suppress(OSError):  # of Windows
                Path(name).unlink()
        self._sent = 0

    def __enter__(self) -> ZipStream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._notes.close()

    def has(self, name: str) -> bool:
        """Return whether there is a file of a name."""
        return self._notes.execute("SELECT 1 FROM files WHERE name = ?", (name,)).fetchone() is not None

    def add(self, name: str, pieces: Iterable[bytes | memoryview]) -> Iterator[bytes]:
        """Take a file in, which is read as it is sent."""
        start, encoded = self._sent, name.encode()
        head = _LOCAL.pack(
            b"PK\3\4", _VERSION, _FLAGS, _DEFLATED, 0, _DATE, 0, _UNKNOWN, _UNKNOWN, len(encoded), _SIZES.size
        )
        yield self._counted(head + encoded + _SIZES.pack(1, 16, 0, 0))
        packer, crc, length, data_start = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15), 0, 0, self._sent
        for piece in pieces:
            crc, length = zlib.crc32(piece, crc), length + len(piece)
            if packed := packer.compress(piece):
                yield self._counted(packed)
        yield self._counted(packer.flush())
        size = self._sent - data_start
        yield self._counted(_DESCRIPTOR.pack(b"PK\7\x08", crc, size, length))
        with disk_errors():
            self._notes.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?)", (name, crc, size, length, start))

    def close(self) -> Iterator[bytes]:
        """End the archive: with where each file is."""
        start, count = self._sent, 0
        for name, crc, size, length, at in self._notes.execute("SELECT * FROM files ORDER BY rowid"):
            count, encoded = count + 1, name.encode()
            note = _CENTRAL.pack(
                b"PK\1\2", _VERSION, _VERSION, _FLAGS, _DEFLATED, 0, _DATE, crc, _UNKNOWN, _UNKNOWN, len(encoded),
                _PLACES.size, 0, 0, 0, 0, _UNKNOWN,
            )  # fmt: skip
            yield self._counted(note + encoded + _PLACES.pack(1, 24, length, size, at))
        end, size = self._sent, self._sent - start
        yield self._counted(_END_64.pack(b"PK\6\6", 44, _VERSION, _VERSION, 0, 0, count, count, size, start))
        yield self._counted(_LOCATOR.pack(b"PK\6\7", 0, end, 1))
        few = min(count, _MANY)
        yield self._counted(_END.pack(b"PK\5\6", 0, 0, few, few, min(size, _UNKNOWN), min(start, _UNKNOWN), 0))

    def _counted(self, data: bytes) -> bytes:
        self._sent += len(data)
        return data
