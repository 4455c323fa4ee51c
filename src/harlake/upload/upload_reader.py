"""Reading an upload: its bytes → text → HAR → blocks of entries.

Here an uploaded byte becomes an entry: :class:`UploadDecoder` unwraps it, :class:`HarReader` cuts entries out of the
text and decodes what is indexed of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from harlake.errors import InvalidHarError
from harlake.har.envelope import Envelope
from harlake.har.parse.blocks import Block, EntryError
from harlake.har.parse.gaps import Part, SalvageReport
from harlake.har.parse.reader import HarReader
from harlake.har.validate.checker import Checker, CheckReport
from harlake.limits import DEFAULT_LIMITS, MIB, Limits
from harlake.upload.conversion_stage import Scratch, converter
from harlake.upload.decompression import UploadDecoder
from harlake.upload.refused_upload import RefusedUpload
from harlake.upload.salvage_decompression import SalvageDecoder

#: Bytes of text that are read at a time: others want their turn.
_PIECE: Final = MIB // 2


@dataclass(frozen=True, slots=True)
class UploadReport:
    """What is in an upload; ``entry_errors`` describe the first of the ``total - imported`` entries left out."""

    envelope: Envelope
    total: int
    imported: int
    entry_errors: list[EntryError]
    encoding: str
    upload_bytes: int
    har_bytes: int
    sha256: str
    checked: CheckReport | None = None
    salvage: SalvageReport | None = None
    interruptions: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def version(self) -> Any:
        """``log.version`` as it is in the HAR, None where it is absent; so are :attr:`creator` and :attr:`browser`."""
        return self.envelope.get("version")

    @property
    def creator(self) -> Any:
        """``log.creator``."""
        return self.envelope.get("creator")

    @property
    def browser(self) -> Any:
        """``log.browser``."""
        return self.envelope.get("browser")

    @property
    def page_count(self) -> int:
        """How many members ``log.pages`` has."""
        return len(self.envelope.pages())

    @property
    def warnings(self) -> list[str]:
        """What a client should know although nothing failed."""
        altered = ": entries before that may be altered"
        warnings = [what + (altered if what.startswith("damaged") else "") for what in self.interruptions] + self.notes
        if self.salvage is not None and self.salvage.gap_count > len(self.salvage.gaps):
            warnings.append(f"gaps describes the first {len(self.salvage.gaps)} of {self.salvage.gap_count}")
        if "utf-16" in self.encoding:
            warnings.append("the file is UTF-16; it is kept as UTF-8, which HAR 1.2 prescribes")
        if "version" not in self.envelope.log:
            warnings.append("log.version is missing")
        left_out = self.total - self.imported
        if left_out > len(self.entry_errors):
            warnings.append(
                f"errors lists the first {len(self.entry_errors)} of {left_out} entries that were not imported"
            )
        if self.checked is not None:
            total, described = sum(self.checked.counts.values()), len(self.checked.problems)
            if total > described:
                warnings.append(f"problems lists the first {described} of {total}; problemCounts has all")
            if self.checked.unchecked_pages:
                warnings.append("entries refer to so many pages that not all were looked up")
        return warnings


class UploadReader:
    """Reads one upload: :meth:`feed` it bytes, then :meth:`close` it; both yield blocks, and then there is a report.

    A ``checker`` checks what is read, and reports in :attr:`UploadReport.checked`.

    Blocking, and CPU-bound: run it in a thread. Raises InvalidHarError, which says how many entries are whole: so what
    follows the error is read, too, up to a limit.
    """

    def __init__(
        self, limits: Limits = DEFAULT_LIMITS, checker: Checker | None = None, scratch: Scratch | None = None
    ) -> None:
        """Other formats than HAR are read where there is a ``scratch`` for them."""
        self._limits = limits
        self._checker = checker
        self._reader = HarReader(limits, on_rejection=None if checker is None else checker.reject)
        self._decoder = UploadDecoder(limits, converter(scratch, limits))
        self._digest = hashlib.sha256()
        self._envelope: Envelope | None = None
        # What was uploaded, as long as no text has come out of it.
        self._first: list[bytes] = []
        self._refused: RefusedUpload | None = None
        self._is_undecodable = False

    @property
    def held(self) -> int:
        """Bytes that are held until more comes, of the text and of what is decompressed."""
        return self._reader.held + self._decoder.held + (self._refused.held if self._refused else 0)

    @property
    def is_refused(self) -> bool:
        """Whether it is known that nothing will be taken."""
        return self._refused is not None

    def give_up(self) -> None:
        """Wait no longer for more of an upload that is refused: raise the error."""
        if self._refused is not None:
            raise self._refused.refusal(is_end=False)

    def feed(self, data: bytes) -> Iterator[list[Part]]:
        """Take the next bytes as they were uploaded; after each step, yield the blocks that are complete.

        However much the bytes expand to, and whatever is in them, a step takes a fraction of a second.
        """
        if self._refused is not None:
            yield from self._refused.feed(data)
        else:
            self._digest.update(data)
            if not self._reader.has_begun:
                self._first.append(data)
            yield from self._read(self._decoder.feed(data))
            if self._reader.has_begun or self._decoder.conversion is not None:
                self._first.clear()
        if self._refused is not None and not self._refused.goes_on:
            self.give_up()

    def close(self) -> Iterator[list[Part]]:
        """End the upload, and yield the last blocks."""
        if self._refused is None:
            yield from self._read(self._decoder.close())
        if self._refused is None:
            try:
                yield from self._close()
            except InvalidHarError as error:
                yield from self._refuse(error, b"", iter(()))
        if self._refused is not None:
            yield from self._refused.close()
            raise self._refused.refusal(is_end=True)
        if self._checker is not None:
            for _ in self._checker.close(self._reader, self._decoder.encoding):
                yield []

    def _close(self) -> Iterator[list[Part]]:
        with self._located():
            yield from self._check_rejected(self._reader.read_rest())
            blocks, self._envelope = self._reader.close()
            yield from self._with_bodies([*blocks])

    def report(self) -> UploadReport:
        """Report on an upload that is closed."""
        assert self._envelope is not None
        return UploadReport(
            envelope=self._envelope,
            total=self._reader.total,
            imported=self._reader.imported,
            entry_errors=self._reader.entry_errors,
            encoding=self._decoder.encoding,
            upload_bytes=self._decoder.received,
            har_bytes=self._decoder.text_bytes,
            sha256=self._digest.hexdigest(),
            checked=None if self._checker is None else self._checker.report(),
            notes=[] if self._decoder.conversion is None else self._decoder.conversion.warnings,
        )

    def _read(self, texts: Iterator[bytes]) -> Iterator[list[Part]]:
        text = b""
        start = 0
        try:
            with self._located():
                for text in self._decoded(texts):
                    if not text:
                        yield []
                    for start in range(0, len(text), _PIECE):
                        piece = text[start : start + _PIECE]
                        if self._checker is not None:
                            self._checker.measure(piece)
                        yield from self._check_rejected(self._reader.read(piece))
        except InvalidHarError as error:
            yield from self._refuse(error, text[start + _PIECE :], texts)

    def _decoded(self, texts: Iterator[bytes]) -> Iterator[bytes]:
        """Yield texts, and note if there can be no more."""
        try:
            yield from texts
        except InvalidHarError:
            self._is_undecodable = True
            raise

    def _refuse(self, error: InvalidHarError, rest: bytes, texts: Iterator[bytes]) -> Iterator[list[Part]]:
        """Count what is whole in what has come and not been read, and in what comes."""
        error = error.with_traceback(None)
        error.__cause__ = error.__context__ = None
        if self._decoder.conversion is not None:
            raise self._decoder.conversion.refusal(error)
        has_begun = self._reader.has_begun
        if not has_begun:
            decoder = SalvageDecoder(self._limits)
            self._refused = RefusedUpload(error, self._limits, decoder)
            texts = (text for data in self._first for text in decoder.feed(data))
        else:
            self._refused = RefusedUpload(error, self._limits, self._decoder, self._reader.imported)
            texts = chain(self._reader.unread(), (rest,), texts)
        yield from self._refused.read(texts)
        if self._is_undecodable and has_begun:
            self._refused.goes_on = False

    def _check_rejected(self, read: Iterator[list[Block]]) -> Iterator[list[Part]]:
        """Yield what is read, and check what has been rejected meanwhile."""
        for blocks in read:
            yield from self._with_bodies([*blocks])
            if self._checker is not None:
                for _ in self._checker.check_rejected():
                    yield []

    def _with_bodies(self, parts: list[Part]) -> Iterator[list[Part]]:
        """Yield what is read, with bodies that are elsewhere in the upload, where entries are kept."""
        if self._decoder.conversion is None or self._checker is not None:
            yield parts
        else:
            yield from self._decoder.conversion.with_bodies(parts)

    @contextmanager
    def _located(self) -> Iterator[None]:
        """Give errors of the decoder, which knows no lines, the position that the reader has come to."""
        try:
            yield
        except InvalidHarError as error:
            conversion = self._decoder.conversion
            if error.byte is None and (conversion is None or not conversion.is_located(error)):
                error.at(*self._reader.position())
            raise
