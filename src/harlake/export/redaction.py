"""Exports without secrets: what is selected is read twice, to learn first, and then to replace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final, cast

import msgspec
import pyarrow as pa

from harlake.export.payloads import as_line
from harlake.har.redact.config import Config
from harlake.har.redact.edit_journal import EditJournal
from harlake.har.redact.leak_check import LeakCheck, checked
from harlake.har.redact.redactor import Redactor, learnable
from harlake.har.redact.review import Review
from harlake.har.writer import CLOSING, Opening
from harlake.limits import MIB

#: What is learned takes up to so many bytes, with all spellings.
LEARNED_BYTES: Final = 40 * MIB
#: Bytes of the journal that are kept in memory.
_JOURNAL_BYTES: Final = MIB

#: Entries, begun anew with each call.
Entries = Callable[[], Iterable[bytes]]


class Redaction:
    """One redaction: everything is learned when it is made, which reads all entries. Its key is drawn, and not kept.

    What is to be done goes to a file in ``scratch`` meanwhile, without any of the secrets.
    """

    def __init__(
        self, config: Config, entries: Entries, scratch: Path, opening: Opening | None = None, *, reviews: bool = False
    ) -> None:
        # Those that are rewritten are no bytes yet.
        self._entries: Entries = lambda: map(bytes, entries())
        self._redactor = Redactor(config, Review() if reviews else None)
        self._file = SpooledTemporaryFile(_JOURNAL_BYTES, dir=str(scratch))  # noqa: SIM115 - see close
        self._journal = EditJournal(cast("BinaryIO", self._file))
        for entry in self._entries():
            self._journal.write(entry, self._redactor.learn(entry))
        if opening is not None:
            self._redactor.learn(learnable(opening.log))
            for page in opening.pages:
                self._redactor.learn(page)
        self._found = self._redactor.seal()

    def report(self) -> bytes:
        """Return what was done so far, as JSON."""
        return msgspec.json.encode(self._redactor.report().answer()) + b"\n"

    def close(self) -> None:
        """Remove what was written meanwhile."""
        self._file.close()

    def _redacted(self) -> Iterator[bytes]:
        """Yield all entries without their secrets."""
        self._journal.rewind()
        for entry in self._entries():
            yield self._redactor.entry(entry, self._journal.read(entry))

    def har(self, opening: Opening) -> Iterator[bytes]:
        """Yield a HAR."""
        yield from checked(self._har(opening), self._found)

    def _har(self, opening: Opening) -> Iterator[bytes]:
        yield self.opening(opening).text
        for number, entry in enumerate(self._redacted()):
            if number:
                yield b","
            yield entry
        yield CLOSING

    def lines(self) -> Iterator[bytes]:
        """Yield a line for each entry."""
        yield from checked(map(as_line, self._redacted()), self._found)

    def entries(self) -> Iterator[bytes]:
        """Yield entries that are checked one by one, for files that are packed."""
        yield from map(self._checked, self._redacted())

    def checked(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield pieces of what is sent, or of what is packed in it, each after it was checked."""
        return checked(pieces, self._found)

    def opening(self, opening: Opening) -> Opening:
        """Return what precedes the entries without its secrets."""
        log = self._redactor.redacted_log(opening.log)
        pages = [self._redactor.redacted(page) for page in opening.pages]
        return Opening(log, pages, opening.renames)

    def rows(self, rows: pa.Table) -> pa.Table:
        """Return rows of a table without the secrets in their texts."""
        for number, field in enumerate(rows.schema):
            if field.type == pa.string():
                values = [None if value is None else self._string(value) for value in rows[field.name].to_pylist()]
                rows = rows.set_column(number, field, pa.array(values, field.type))
        return rows

    def entry(self, entry: bytes) -> bytes:
        """Return an entry of which a table has the body."""
        return self._checked(self._redactor.entry(entry))

    def _string(self, value: str) -> str:
        new = self._redactor.redacted_string(value)
        self._checked(new.encode())
        return new

    def _checked(self, text: bytes) -> bytes:
        check = LeakCheck(self._found)
        check.feed(text)
        check.close()
        return text
