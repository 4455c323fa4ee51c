"""The edits of entries, written down as they are learned: so that they are found once, and not in both passes.

It has offsets and pseudonyms, and nothing of what was captured.
"""

from __future__ import annotations

from typing import BinaryIO, Final

import msgspec

from harlake.har.redact.json_strings import Edit

_LENGTH_BYTES: Final = 4
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(tuple[int, list[tuple[int, int, bytes]]]).decode


class EditJournal:
    """Edits in a file, entry by entry: all are written, then :meth:`rewind`, then all are read in the same order."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, text: bytes, edits: list[Edit]) -> None:
        """Write the edits of an entry."""
        record = _encode((len(text), edits))
        self._file.write(len(record).to_bytes(_LENGTH_BYTES) + record)

    def rewind(self) -> None:
        """Go back to the first entry."""
        self._file.seek(0)

    def read(self, text: bytes) -> list[Edit] | None:
        """Return the edits of the next entry; None if they are of another one, and so have to be found again."""
        size = int.from_bytes(self._file.read(_LENGTH_BYTES))
        if not size:
            return None
        length, edits = _decode(self._file.read(size))
        return edits if length == len(text) else None
