"""Reads the envelope: the document without its entries, which is itself a small HAR."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from harlake.errors import EnvelopeTooLargeError, InvalidHarError, InvalidJsonError
from harlake.har.envelope import Envelope
from harlake.har.parse.error_location import NewParser, search_error
from harlake.har.parse.input_buffer import InputBuffer
from harlake.har.parse.position import START, Position
from harlake.har.parse.push_parser import EnvelopePushParser
from harlake.har.parse.reader_state import ReaderState
from harlake.har.parse.refused_reader import ErrorSearch, FoundPlace, RefusedReader
from harlake.har.parse.scanner import Scanner
from harlake.limits import KIB, Limits

#: Bytes that are scanned at a time.
_PIECE: Final = 64 * KIB

#: Containers around the ``[`` of ``log.entries``.
_ENTRIES_DEPTH: Final = 2


class EnvelopeText:
    """The document without its entries, as far as it has been read."""

    def __init__(self) -> None:
        self.size = 0
        self._head: list[bytes] = []
        self._tail: list[bytes] = []
        self._tail_position = START

    def add_to_head(self, piece: bytes) -> None:
        """Add what comes before the entries."""
        self.size += len(piece)
        self._head.append(piece)

    def add_to_tail(self, piece: bytes, position: Position) -> None:
        """Add what comes after the entries, and stands at a position in the document."""
        if not self._tail:
            self._tail_position = position
        self.size += len(piece)
        self._tail.append(piece)

    @property
    def end(self) -> int:
        """The offset in the document just after it."""
        return self._tail_position.byte + sum(map(len, self._tail)) if self._tail else self.size

    def take(self) -> list[bytes]:
        """Return it in pieces; nothing of it stays here."""
        pieces = self._head + self._tail
        self._head, self._tail, self.size = [], [], 0
        return pieces

    def joined(self) -> bytes:
        """Return it as one."""
        return b"".join(self._head) + b"".join(self._tail)

    def position(self, offset: int) -> Position:
        """Return where in the document an offset into this text is."""
        head = b"".join(self._head)
        if offset < len(head) or not self._tail:
            return START.after(head[:offset])
        return self._tail_position.after(b"".join(self._tail)[: offset - len(head)])


class EnvelopeReader:
    """Reads the states HEAD and TAIL: what comes before the entries, and what comes after them."""

    def __init__(self, source: InputBuffer, refused: RefusedReader, limits: Limits) -> None:
        self._input = source
        self._refused = refused
        self._limits = limits
        self._parser = EnvelopePushParser(limits.max_envelope_depth)
        self._scanner = Scanner(limits.max_envelope_depth, _ENTRIES_DEPTH)
        self.held = EnvelopeText()

    def read_head(self) -> ReaderState | None:
        """Feed the push parser a piece, or up to the next ``[`` that may open ``log.entries``."""
        if self._input.at == len(self._input.data):
            return None
        refused = self._read(self.held.add_to_head, self._next_opening())
        return refused or (ReaderState.SEPARATOR if self._parser.opened else ReaderState.HEAD)

    def read_tail(self) -> ReaderState | None:
        """Feed the push parser a piece, from the ``]`` of ``log.entries`` on."""
        source = self._input
        if source.at == len(source.data):
            return None
        add = partial(self.held.add_to_tail, position=source.position(source.at))
        return self._read(add, min(source.at + _PIECE, len(source.data))) or ReaderState.TAIL

    def close(self) -> Envelope:
        """End the envelope, and return it. Raises InvalidHarError when it is not complete."""
        try:
            self._parser.close()
        except InvalidHarError as error:
            detail = error.detail if self.held.size else "the file is empty"
            if self.held.size and isinstance(error, InvalidJsonError):
                detail = "the file ends too early: it is cut off"
            raise type(error)(detail).at(*self._input.position(self._input.at)) from error
        return Envelope.parse(self.held.joined())

    def _next_opening(self) -> int:
        """Return where the next array opens that may be ``log.entries``, or the buffer's end."""
        source = self._input
        piece = source.data[source.at : source.at + _PIECE]
        with suppress(InvalidJsonError):  # the push parser, which comes there next, says so with more care
            end = self._scanner.feed(piece)
            if end > 0:
                return source.at + end
        return source.at + len(piece)

    def _read(self, add: Callable[[bytes], None], stop: int) -> ReaderState | None:
        """Feed the push parser up to an offset in the buffer, and keep the text; return whether it is refused."""
        source = self._input
        room = self._limits.max_envelope_bytes - self.held.size
        piece = source.data[source.at : min(stop, source.at + room)]
        add(piece)
        try:
            self._parser.feed(piece)
        except InvalidHarError as error:
            return self._refuse(error, len(piece))
        source.at += len(piece)
        if source.at < stop:
            raise EnvelopeTooLargeError(f"more than {self._limits.max_envelope_bytes} bytes outside of log.entries").at(
                *source.position(source.at)
            )
        return None

    def _refuse(self, error: InvalidHarError, read: int) -> ReaderState:
        """Have the place found of an error in the text so far, of whose end so many bytes are in the buffer, too."""
        new_parser = partial(EnvelopePushParser, self._limits.max_envelope_depth)
        return self._refused.begin(_search(self.held, new_parser, type(error)(error.detail, path=error.path), read))


def _search(text: EnvelopeText, new_parser: NewParser, error: InvalidHarError, read: int) -> ErrorSearch:
    """Search a text for an error; not as a method: a reader that had a search that had the reader would be a cycle."""
    joined = text.joined()
    offset, cause = yield from search_error(new_parser, joined)
    return FoundPlace.of((cause or error).at(*text.position(offset)), joined, offset, read)
