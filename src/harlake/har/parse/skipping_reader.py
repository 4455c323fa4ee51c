"""Reads past an entry that is over the limit, without holding it."""

from __future__ import annotations

from typing import Final

from harlake.errors import InvalidJsonError
from harlake.har.entry import Rejection
from harlake.har.parse.entry_collector import EntryCollector
from harlake.har.parse.input_buffer import InputBuffer
from harlake.har.parse.reader_state import ReaderState
from harlake.har.parse.scanner import Scanner
from harlake.limits import KIB, Limits

#: Bytes that are scanned at a time.
_PIECE: Final = 64 * KIB


class SkippingReader:
    """Reads the state SKIPPED: an entry whose beginning another reader has read, up to its end."""

    def __init__(self, source: InputBuffer, entries: EntryCollector, limits: Limits) -> None:
        self._input = source
        self._entries = entries
        self._reason = f"larger than the limit of {limits.max_entry_bytes} bytes"
        self._scanner = Scanner(limits.max_entry_depth)

    def begin(self, scanner: Scanner, at: int) -> None:
        """Reject the entry, which the scanner has followed up to an offset in the buffer, and go on from there."""
        self._entries.reject(Rejection(self._reason), self._input.at, None)
        self._input.discard(at)
        self._scanner = scanner

    def read(self) -> ReaderState | None:
        """Follow the scanner for a piece, or to the end of the entry, and forget what is passed."""
        source = self._input
        if source.at == len(source.data):
            return None
        piece = source.data[source.at : source.at + _PIECE]
        try:
            end = self._scanner.feed(piece)
        except InvalidJsonError as error:
            at = source.at + (error.byte or 0)
            raise source.error(error.detail or "", at, entry=self._entries.total) from error
        if end < 0:
            source.at += len(piece)
            return ReaderState.SKIPPED
        self._entries.total += 1
        source.at += end
        return ReaderState.SEPARATOR
