"""A HAR file without its secrets: it is read twice, to learn first, and then to replace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO

from harlake.har.envelope import Envelope
from harlake.har.parse.blocks import Block
from harlake.har.parse.gaps import Part
from harlake.har.raw_json import joined
from harlake.har.redact.edit_journal import EditJournal
from harlake.har.redact.leak_check import checked
from harlake.har.redact.redactor import Redactor, learnable
from harlake.limits import DEFAULT_LIMITS, Limits
from harlake.upload.upload_reader import UploadReader


class FileRedaction:
    """Redacts one file: have all of it learned, then take it :meth:`redacted`; both read it from its beginning.

    What is to be done goes to the file ``journal`` meanwhile, without any of the secrets.
    """

    def __init__(self, redactor: Redactor, journal: BinaryIO, limits: Limits = DEFAULT_LIMITS) -> None:
        self._redactor = redactor
        self._journal = EditJournal(journal)
        self._limits = limits
        self._envelope = Envelope({}, {})
        #: Entries that cannot be read, and are not in what is written.
        self.left_out = 0

    def learn(self, pieces: Iterable[bytes]) -> Iterator[None]:
        """Learn from a file, and yield after each piece. Raises HarlakeError where it is no HAR."""
        reader = UploadReader(self._limits)
        for texts in _texts(pieces, reader):
            for text in texts:
                self._journal.write(text, self._redactor.learn(text))
            yield
        report = reader.report()
        self._envelope = report.envelope
        self.left_out = report.total - report.imported
        self._redactor.learn(learnable(report.envelope.log))
        self._redactor.learn(learnable(report.envelope.rest))
        self._redactor.seal()
        yield

    def redacted(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the file without its secrets, a line for each entry. Raises RedactionLeakError."""
        yield from checked(self._har(pieces), self._redactor.seal())

    def _har(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        log = joined(self._redactor.redacted_log(self._envelope.log).items())
        yield b'{"log":' + log[:-1] + b',"entries":['
        separator = b"\n"
        self._journal.rewind()
        for text in chain.from_iterable(_texts(pieces, UploadReader(self._limits))):
            yield separator + self._redactor.entry(text, self._journal.read(text))
            separator = b",\n"
        rest = self._redactor.redacted(joined(self._envelope.rest.items()))[1:-1]
        yield b"\n]}" + (b"," + rest if rest else b"") + b"}\n"


def _texts(pieces: Iterable[bytes], reader: UploadReader) -> Iterator[list[bytes]]:
    """Yield the entries of a file, step by step: a piece may expand to far more than is held at a time."""
    for piece in pieces:
        yield from map(_entries, reader.feed(piece))
    yield from map(_entries, reader.close())


def _entries(parts: list[Part]) -> list[bytes]:
    return [text for part in parts if isinstance(part, Block) for text in part.texts()]
