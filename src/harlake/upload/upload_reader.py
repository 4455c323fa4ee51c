"""Reading an upload: its bytes → text → HAR → blocks of entries.

Here an uploaded byte becomes an entry: :class:`UploadDecoder` unwraps it, :class:`HarReader` cuts entries out of the
text and decodes what is indexed of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from harlake.errors import InvalidHarError
from harlake.har.envelope import Envelope
from harlake.har.parse.blocks import Block, EntryError
from harlake.har.parse.reader import HarReader
from harlake.har.validate.checker import Checker, CheckReport
from harlake.limits import DEFAULT_LIMITS, MIB, Limits
from harlake.upload.decompression import UploadDecoder

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
        warnings: list[str] = []
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

    Blocking, and CPU-bound: run it in a thread. Raises InvalidHarError.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS, checker: Checker | None = None) -> None:
        self._checker = checker
        self._reader = HarReader(limits, on_rejection=None if checker is None else checker.reject)
        self._decoder = UploadDecoder(limits)
        self._digest = hashlib.sha256()
        self._envelope: Envelope | None = None

    @property
    def held(self) -> int:
        """Bytes that are held until more comes, of the text and of what is decompressed."""
        return self._reader.held + self._decoder.held

    def feed(self, data: bytes) -> Iterator[list[Block]]:
        """Take the next bytes as they were uploaded; after each step, yield the blocks that are complete.

        However much the bytes expand to, and whatever is in them, a step takes a fraction of a second.
        """
        self._digest.update(data)
        yield from self._read(self._decoder.feed(data))

    def close(self) -> Iterator[list[Block]]:
        """End the upload, and yield the last blocks."""
        yield from self._read(self._decoder.close())
        with self._located():
            yield from self._check_rejected(self._reader.read_rest())
            blocks, self._envelope = self._reader.close()
        yield blocks
        if self._checker is not None:
            for _ in self._checker.close(self._reader, self._decoder.encoding):
                yield []

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
            har_bytes=self._decoder.decoded,
            sha256=self._digest.hexdigest(),
            checked=None if self._checker is None else self._checker.report(),
        )

    def _read(self, texts: Iterator[bytes]) -> Iterator[list[Block]]:
        with self._located():
            for text in texts:
                yield from self._read_pieces(text)

    def _read_pieces(self, text: bytes) -> Iterator[list[Block]]:
        for start in range(0, len(text), _PIECE):
            piece = text[start : start + _PIECE]
            if self._checker is not None:
                self._checker.measure(piece)
            yield from self._check_rejected(self._reader.read(piece))

    def _check_rejected(self, read: Iterator[list[Block]]) -> Iterator[list[Block]]:
        """Yield what is read, and check what has been rejected meanwhile."""
        for blocks in read:
            yield blocks
            if self._checker is not None:
                for _ in self._checker.check_rejected():
                    yield []

    @contextmanager
    def _located(self) -> Iterator[None]:
        """Give errors of the decoder, which knows no lines, the position that the reader has come to."""
        try:
            yield
        except InvalidHarError as error:
            if error.byte is None:
                error.at(*self._reader.position())
            raise
