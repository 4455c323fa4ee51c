"""Reading an upload: its bytes → text → HAR → blocks of entries.

Here an uploaded byte becomes an entry: :class:`UploadDecoder` unwraps it, :class:`HarReader` cuts entries out of the
text and decodes what is indexed of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harlake.errors import InvalidHarError
from harlake.har.envelope import Envelope
from harlake.har.parse.blocks import Block, EntryError
from harlake.har.parse.reader import HarReader
from harlake.har.validate.checker import Checker, CheckReport
from harlake.limits import DEFAULT_LIMITS, Limits
from harlake.upload.decompression import UploadDecoder


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
    """Reads one upload: :meth:`feed` it bytes, then :meth:`close` it; ``target`` is called with each block.

    A ``checker`` checks what is read, and reports in :attr:`UploadReport.checked`.

    Blocking, and CPU-bound: run it in a thread. Raises InvalidHarError.
    """

    def __init__(
        self, target: Callable[[Block], object], limits: Limits = DEFAULT_LIMITS, checker: Checker | None = None
    ) -> None:
        self._target = target
        self._checker = checker
        self._reader = HarReader(limits, on_rejection=None if checker is None else checker.reject)
        self._decoder = UploadDecoder(self._read, limits)
        self._digest = hashlib.sha256()

    def feed(self, data: bytes) -> None:
        """Take the next bytes as they were uploaded."""
        self._digest.update(data)
        try:
            self._decoder.feed(data)
        except InvalidHarError as error:
            self._locate(error)
            raise

    def close(self) -> UploadReport:
        """End the upload, and report on it."""
        try:
            self._decoder.close()
            blocks, envelope = self._reader.close()
        except InvalidHarError as error:
            self._locate(error)
            raise
        for block in blocks:
            self._target(block)
        return UploadReport(
            envelope=envelope,
            total=self._reader.total,
            imported=self._reader.imported,
            entry_errors=self._reader.entry_errors,
            encoding=self._decoder.encoding,
            upload_bytes=self._decoder.received,
            har_bytes=self._decoder.decoded,
            sha256=self._digest.hexdigest(),
            checked=None if self._checker is None else self._checker.close(self._reader, self._decoder.encoding),
        )

    def _read(self, text: bytes) -> None:
        if self._checker is not None:
            self._checker.measure(text)
        for block in self._reader.feed(text):
            self._target(block)

    def _locate(self, error: InvalidHarError) -> None:
        """Give an error of the decoder, which knows no lines, the position that the reader has come to."""
        if error.byte is None:
            error.at(*self._reader.position())
