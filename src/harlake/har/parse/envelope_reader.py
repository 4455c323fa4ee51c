"""Reads the envelope: the document without its entries, which is itself a small HAR."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from harlake.errors import EnvelopeTooLargeError, InvalidHarError, InvalidJsonError
from harlake.har.envelope import Envelope
from harlake.har.parse.error_location import locate_error
from harlake.har.parse.input_buffer import InputBuffer
from harlake.har.parse.position import START, Position
from harlake.har.parse.push_parser import EnvelopePushParser
from harlake.har.parse.reader_state import ReaderState
from harlake.har.parse.scanner import Scanner
from harlake.limits import KIB, Limits

#: Bytes that are scanned at a time.
_PIECE: Final = 64 * KIB

#: Containers around the ``[`` of ``log.entries``.
_ENTRIES_DEPTH: Final = 2


class EnvelopeReader:
    """Reads the states HEAD and TAIL: what comes before the entries, and what comes after them."""

    def __init__(self, source: InputBuffer, limits: Limits) -> None:
        self._input = source
        self._limits = limits
        self._parser = EnvelopePushParser(limits.max_envelope_depth)
        self._scanner = Scanner(limits.max_envelope_depth, _ENTRIES_DEPTH)
        self._head: list[bytes] = []
        self._tail: list[bytes] = []
        self._tail_position = START
        self._size = 0

    def read_head(self) -> ReaderState | None:
        """Feed the push parser up to each ``[`` that may open ``log.entries``, until one of them does."""
        source = self._input
        while source.at < len(source.data):
            self._read(self._head, self._next_opening())
            if self._parser.opened:
                return ReaderState.SEPARATOR
        return None

    def read_tail(self) -> ReaderState | None:
        """Feed the push parser from the ``]`` of ``log.entries`` on."""
        if not self._tail:
            self._tail_position = self._input.position(self._input.at)
        self._read(self._tail, len(self._input.data))
        return None

    def text(self) -> bytes:
        """Return the document without its entries, as far as it has been read."""
        return b"".join(self._head) + b"".join(self._tail)

    def position(self, offset: int) -> Position:
        """Return where in the document an offset into the envelope is."""
        head = b"".join(self._head)
        if offset < len(head) or not self._tail:
            return START.after(head[:offset])
        return self._tail_position.after(b"".join(self._tail)[: offset - len(head)])

    def close(self) -> Envelope:
        """End the envelope, and return it. Raises InvalidHarError when it is not complete."""
        try:
            self._parser.close()
        except InvalidHarError as error:
            detail = error.detail if self._size else "the file is empty"
            raise type(error)(detail).at(*self._input.position(self._input.at)) from error
        return Envelope.parse(self.text())

    def _next_opening(self) -> int:
        """Return where the next array opens that may be ``log.entries``, or the buffer's end."""
        source = self._input
        piece = source.data[source.at : source.at + _PIECE]
        with suppress(InvalidJsonError):  # the push parser, which comes there next, says so with more care
            end = self._scanner.feed(piece)
            if end > 0:
                return source.at + end
        return source.at + len(piece)

    def _read(self, texts: list[bytes], stop: int) -> None:
        """Feed the push parser up to an offset in the buffer, and keep the text."""
        source = self._input
        room = self._limits.max_envelope_bytes - self._size
        piece = source.data[source.at : min(stop, source.at + room)]
        self._size += len(piece)
        texts.append(piece)
        try:
            self._parser.feed(piece)
        except InvalidHarError as error:
            raise self._located(error) from error
        source.at += len(piece)
        if source.at < stop:
            raise EnvelopeTooLargeError(f"more than {self._limits.max_envelope_bytes} bytes outside of log.entries").at(
                *source.position(source.at)
            )

    def _located(self, error: InvalidHarError) -> InvalidHarError:
        """Return an error in the text so far, with its position."""
        offset, cause = locate_error(lambda: EnvelopePushParser(self._limits.max_envelope_depth), self.text())
        return (cause or type(error)(error.detail, path=error.path)).at(*self.position(offset))
