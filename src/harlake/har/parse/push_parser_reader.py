"""Reads one entry by the push parser, which takes it in pieces as they come."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Final

from harlake.errors import InvalidHarError, InvalidJsonError
from harlake.har.entry import Entry, Rejection
from harlake.har.parse.entry_collector import EntryCollector
from harlake.har.parse.error_location import Border, FoundError, search_error, shorten
from harlake.har.parse.fast_path import FastPath, ProvedEntry
from harlake.har.parse.input_buffer import InputBuffer
from harlake.har.parse.pruning import index_entry
from harlake.har.parse.push_parser import JsonPushParser
from harlake.har.parse.reader_state import ReaderState
from harlake.har.parse.refused_reader import ErrorSearch, FoundPlace, RefusedReader
from harlake.har.parse.scanner import Scanner
from harlake.har.parse.skipping_reader import SkippingReader
from harlake.har.parse.wrong_tokens import CONTEXT
from harlake.limits import KIB, MIB, Limits

#: Bytes that are parsed at a time.
_PIECE: Final = 64 * KIB

#: Bytes of a long entry that are awaited at a time: memory of blocks this large is returned once they are free, that of
#: a thousand small ones stays with the thread that had them.
_MAX_AWAITED: Final = 4 * MIB

#: A short value that is no object, as a whole; and what stands between two entries.
_SCALAR: Final = re.compile(
    rb'(?:true|false|null|-?(?:0|[1-9][0-9]{0,14})|"[ !#-\[\]-~]{0,64}"|\[\])(?=[ \t\r\n]{0,99}[,\]])'
)
_COMMA: Final = re.compile(rb"[ \t\r\n]{0,99},[ \t\r\n]{0,99}")
_NOT_AN_OBJECT: Final = Rejection("not an object")
#: So many of them are collected at a time.
_MAX_SCALARS: Final = 100


def _scalars(buffer: bytes, start: int) -> list[ProvedEntry]:
    """Return the values from ``start`` on that are no entries, as far as that can be seen without a parser.

    A file may consist of a million of them, of two bytes each.
    """
    found: list[ProvedEntry] = []
    while len(found) < _MAX_SCALARS and (value := _SCALAR.match(buffer, start)):
        found.append(ProvedEntry(start, value.end(), _NOT_AN_OBJECT))
        comma = _COMMA.match(buffer, value.end())
        if comma is None:
            break
        start = comma.end()
    return found


class PushParserReader:
    """Reads the state PUSH_PARSER: one entry, up to the end that the scanner finds, or up to the limit.

    What it reads is shown to the fast path, to learn from; what is over the limit is left to ``skipping``, and what is
    wrong to ``refused``.
    """

    def __init__(
        self,
        source: InputBuffer,
        entries: EntryCollector,
        fast_path: FastPath,
        skipping: SkippingReader,
        refused: RefusedReader,
        limits: Limits,
    ) -> None:
        self._input = source
        self._entries = entries
        self._fast_path = fast_path
        self._skipping = skipping
        self._refused = refused
        self._limits = limits
        self._begin()

    def _begin(self) -> None:
        self._parser = JsonPushParser(self._limits.max_entry_depth)
        self._scanner = Scanner(self._limits.max_entry_depth)
        self._parsed = 0
        self._borders: list[Border] = []
        self._open = b""

    def read(self) -> ReaderState | None:
        """Feed the push parser a piece, or up to the end of the entry; hold what has no end yet."""
        source = self._input
        if not self._parsed and (scalars := _scalars(source.data, source.at)):
            self._entries.add(scalars)
            return ReaderState.SEPARATOR
        at = source.at + self._parsed - source.held_size
        if at == len(source.data):
            source.hold()
            source.needed = min(source.held_size, _MAX_AWAITED)
            return None
        piece = source.data[at : at + min(_PIECE, self._limits.max_entry_bytes - self._parsed)]
        if not piece:
            self._skipping.begin(self._scanner, at)
            self._begin()
            return ReaderState.SKIPPED
        return self._parse(piece)

    def _parse(self, piece: bytes) -> ReaderState:
        self._borders.append(Border(self._parsed, self._scanner.rest_of_string))
        self._open = self._scanner.open
        try:
            end = self._scanner.feed(piece)
        except InvalidJsonError:  # the push parser, which comes there next, says so with more care
            end = -1
        piece = piece if end < 0 else piece[:end]
        try:
            self._parser.feed(piece)
        except InvalidHarError as error:
            return self._refuse(error.detail, self._parsed + len(piece))
        self._parsed += len(piece)
        return ReaderState.PUSH_PARSER if end < 0 else self._end()

    def _end(self) -> ReaderState:
        """Collect the entry that has been parsed."""
        if self._scanner.scalar:
            try:
                self._parser.close()
            except InvalidHarError as error:
                return self._refuse(error.detail, self._parsed, b" ")  # which ends a number
        self._input.restore()
        start, end = self._input.at, self._input.at + self._parsed
        self._entries.add([ProvedEntry(start, end, self._index(start, end))])
        self._begin()
        return ReaderState.SEPARATOR

    def _refuse(self, detail: str | None, length: int, ending: bytes = b"") -> ReaderState:
        """Have the place found of an error in the first bytes of the entry and what ends it."""
        source = self._input
        source.restore()
        text = source.data[source.at : source.at + length] + ending
        search = _search(text, self._borders, self._open, self._limits.max_entry_depth)
        return self._refused.begin(_located(search, source, self._entries.total, detail, length))

    def _index(self, start: int, end: int) -> Entry | Rejection:
        """Return what is indexed of an entry in the buffer, which may be large, and is not copied."""
        self._fast_path.learn_head(self._input.data, start)
        return index_entry(memoryview(self._input.data)[start:end])


# Not methods: a reader that had a search that had the reader would be a cycle.


def _search(text: bytes, borders: Sequence[Border], opened: bytes, max_depth: int) -> FoundError:
    shorter, cut = yield from shorten(text, borders, opened)
    offset, error = yield from search_error(partial(JsonPushParser, max_depth), shorter)
    return cut + offset, error


def _located(search: FoundError, source: InputBuffer, entry: int, detail: str | None, length: int) -> ErrorSearch:
    offset, error = yield from search
    located = source.error((error.detail if error else detail) or "", source.at + offset, entry=entry)
    start = source.at + max(0, offset - CONTEXT)
    text = source.data[start : source.at + min(length, offset + CONTEXT)]
    return FoundPlace.of(located, text, source.at + offset - start, length)
