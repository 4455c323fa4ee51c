"""An upload that is refused: how many of its entries are whole, so that the refusal can say it.

What comes behind the error is read once more, as a damaged document, in pieces as it comes, up to a limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from harlake.errors import InvalidHarError
from harlake.har.parse.gaps import Part
from harlake.har.parse.salvage_reader import SalvageReader
from harlake.limits import MIB, Limits
from harlake.upload.decompression import UploadDecoder

#: Bytes of text behind an error that are looked at: a second or two.
_COUNTED: Final = 256 * MIB
_PIECE: Final = MIB // 2
#: What is larger is not counted: what was refused is still here, and may be as large as the largest entry.
_LARGEST: Final = 4 * MIB


class RefusedUpload:
    """Counts whole entries: feed it the rest of an upload, then :meth:`refusal` is the error with their number."""

    def __init__(self, error: InvalidHarError, limits: Limits, decoder: UploadDecoder, imported: int = 0) -> None:
        """``imported`` is how many entries were read before the error."""
        self._error = error
        self._decoder = decoder
        self._reader = SalvageReader(replace(limits, max_entry_bytes=min(limits.max_entry_bytes, _LARGEST)))
        self._imported = imported
        self._room = _COUNTED
        #: Whether what comes next is looked at.
        self.goes_on = True

    @property
    def held(self) -> int:
        """Bytes that are held until more comes."""
        return self._reader.held

    def feed(self, data: bytes) -> Iterator[list[Part]]:
        """Count what the next bytes of the upload complete; pause now and then."""
        return self.read(self._decoder.feed(data))

    def close(self) -> Iterator[list[Part]]:
        """Count what is left at the end of the upload."""
        yield from self.read(self._decoder.close())
        for _ in self._reader.read_rest():
            yield []

    def read(self, texts: Iterator[bytes]) -> Iterator[list[Part]]:
        """Count in texts, as far as they can be decoded."""
        try:
            for text in texts:
                for start in range(0, len(text), _PIECE):
                    if not self.goes_on:
                        return
                    piece = text[start : start + _PIECE]
                    self._room -= len(piece)
                    self.goes_on = self._room > 0
                    for _ in self._reader.read(piece):
                        yield []
        except InvalidHarError:
            self.goes_on = False

    def refusal(self, *, is_end: bool) -> InvalidHarError:
        """Return the error; ``is_end`` tells that the upload has been read to its end."""
        error = self._error
        error.whole_entries = self._imported + self._reader.imported
        error.are_all_counted = is_end and self.goes_on and not self._reader.has_passed_large
        return error
