"""Reading an upload that may be damaged: its bytes → text → whole entries, and gaps."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from harlake.errors import InvalidHarError, InvalidJsonError
from harlake.har.envelope import Envelope
from harlake.har.parse.gaps import Part
from harlake.har.parse.salvage_reader import SalvageReader
from harlake.limits import DEFAULT_LIMITS, MIB, Limits
from harlake.upload.conversion_stage import Scratch, converter
from harlake.upload.salvage_decompression import SalvageDecoder
from harlake.upload.upload_reader import UploadReport

_PIECE: Final = MIB // 2


class SalvageUploadReader:
    """Reads one upload as :class:`UploadReader` does, and takes what is whole.

    Raises InvalidHarError where nothing is, or where there is too much text.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS, scratch: Scratch | None = None) -> None:
        """Other formats than HAR are read where there is a ``scratch`` for them."""
        self._decoder = SalvageDecoder(limits, converter(scratch, limits))
        self._reader = SalvageReader(limits)
        self._digest = hashlib.sha256()
        self._envelope: Envelope | None = None

    @property
    def held(self) -> int:
        """Bytes that are held until more comes, of the text and of what is decompressed."""
        return self._reader.held + self._decoder.held

    @property
    def is_refused(self) -> bool:
        """Whether it is known that nothing will be taken: never before the end."""
        return False

    def give_up(self) -> None:
        """Raise the error for which it is refused: there is none."""

    def feed(self, data: bytes) -> Iterator[list[Part]]:
        """Take the next bytes as they were uploaded; after each step, yield what is complete."""
        self._digest.update(data)
        yield from self._read(self._decoder.feed(data))

    def close(self) -> Iterator[list[Part]]:
        """End the upload, and yield what is left."""
        yield from self._read(self._decoder.close())
        yield from self._with_bodies(self._reader.read_rest())
        parts, self._envelope = self._reader.close()
        yield from self._with_bodies(iter((parts,)))
        if not self._reader.imported:
            kind = self._decoder.kind
            what = f": the file is {kind}" if kind else ""
            raise InvalidJsonError(f"no entry in the file is whole{what}").at(0, 1, 1)

    def report(self) -> UploadReport:
        """Report on an upload that is closed."""
        assert self._envelope is not None
        return UploadReport(
            envelope=self._envelope,
            total=self._reader.imported,
            imported=self._reader.imported,
            entry_errors=[],
            encoding=self._decoder.encoding,
            upload_bytes=self._decoder.received,
            har_bytes=self._decoder.text_bytes,
            sha256=self._digest.hexdigest(),
            salvage=self._reader.report(),
            interruptions=self._decoder.interruptions,
            notes=[] if self._decoder.conversion is None else self._decoder.conversion.warnings,
        )

    def _read(self, texts: Iterator[bytes]) -> Iterator[list[Part]]:
        try:
            for text in texts:
                if not text:
                    yield []
                for start in range(0, len(text), _PIECE):
                    yield from self._with_bodies(self._reader.read(text[start : start + _PIECE]))
                reason = self._decoder.take_interruption()
                if reason:
                    yield from self._reader.interrupt(reason)
        except InvalidHarError as error:
            conversion = self._decoder.conversion
            if error.byte is None and (conversion is None or not conversion.is_located(error)):
                error.at(*self._reader.position())
            raise

    def _with_bodies(self, read: Iterator[list[Part]]) -> Iterator[list[Part]]:
        """Yield what is read, with bodies that are elsewhere in the upload."""
        for parts in read:
            if self._decoder.conversion is None:
                yield parts
            else:
                yield from self._decoder.conversion.with_bodies(parts)
