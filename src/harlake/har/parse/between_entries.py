"""Sorts what stands between the entries of a damaged document: its envelope, separators, and gaps.

The envelope is held, as it is in a document that is whole, and so is what may turn out to belong to it. Everything else
goes on as pieces of gaps as soon as that is known.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from harlake.errors import InvalidHarError, InvalidJsonError
from harlake.har.envelope import BEFORE_ENTRIES, Envelope
from harlake.har.parse.gaps import GAP_PIECE_BYTES, Gap, GapPiece
from harlake.har.parse.position import START, Position
from harlake.har.parse.push_parser import EnvelopePushParser
from harlake.har.parse.scanner import Scanner
from harlake.har.parse.value_scan import Extent, scan_object
from harlake.limits import KIB, Limits

#: What may stand between two entries, and means nothing: also the mark of JSON text sequences (RFC 7464).
_SEPARATORS: Final = b" \t\r\n,[]\x1e"
_LOG: Final = re.compile(rb'\{[ \t\r\n]*"log"[ \t\r\n]*:')
_OBJECT: Final = re.compile(rb'\{[ \t\r\n]*"')
_CLOSING: Final = re.compile(rb"[ \t\r\n,]*\]")
#: Closes a log that has no end.
_REST: Final = b"]}}"
#: Bytes of separators at the end of a gap, which belong to it only if it goes on.
_SEPARATOR_BYTES: Final = 4 * KIB
_ENTRIES_DEPTH: Final = 2
#: Bytes that are looked at, or put into a gap, at a time.
_PIECE: Final = 64 * KIB
NO_ENTRY: Final = "no part of an entry"


class BetweenEntries:
    """Takes the text between entries: :meth:`add` it, and :meth:`end` it where an entry begins, or the document ends.

    ``gaps`` describes the first gaps, ``gap_count`` counts all.
    """

    def __init__(self, limits: Limits) -> None:
        self.gaps: list[Gap] = []
        self.gap_count = 0
        #: Whether the envelope's beginning was found, and its end was not.
        self.is_open = False
        self._limits = limits
        self._head = b""
        self._tail = b""
        self._seen_entry = False
        self._pieces: list[GapPiece] = []
        # What is not known to be in a gap yet; and whether it begins as the envelope's end does.
        self._held: list[bytes] = []
        self._is_closing = False
        self._position = START
        self._reason = ""
        # The gap under way: where it begins, its length so far, and its last bytes, which may be separators.
        self._begin: Position | None = None
        self._length = 0
        self._rest = bytearray()
        #: Bytes that are held.
        self.held = 0

    @property
    def is_kept(self) -> bool:
        """Whether the envelope is as it was, all of it."""
        return bool(self._tail)

    def add(self, text: bytes, position: Position) -> None:
        """Take the next bytes, which stand at a position."""
        if not text:
            return
        if self._begin is not None:
            self._grow(text)
            return
        if not self._held:
            self._position = position
        self._held.append(text)
        self.held += len(text)
        if not self._may_be_envelope():
            held, self._held = self._held, []
            self._begin_gap(held, self._position)

    def say(self, reason: str) -> None:
        """Say what is wrong with what is added next; of a gap, the first reason is told."""
        self._reason = self._reason or reason

    def end(self, *, is_entry: bool) -> None:
        """End the text before an entry, or at the document's end."""
        if self._begin is None and self._held:
            self._sort(b"".join(self._held), self._position)
        self._end_gap()
        self._reason = ""
        self._seen_entry = self._seen_entry or is_entry

    def take_pieces(self) -> list[GapPiece]:
        """Return the pieces of gaps that there are, once."""
        pieces, self._pieces = self._pieces, []
        return pieces

    def envelope(self) -> Envelope:
        """Return the envelope: as it was, as far as it was whole, or an empty one."""
        head = self._head or BEFORE_ENTRIES
        envelope = Envelope.parse(head + (self._tail or _REST))
        return envelope if self._head else Envelope({}, {})

    def _may_be_envelope(self) -> bool:
        if self.held > self._limits.max_envelope_bytes:
            return False
        if self._is_closing or not self._seen_entry:
            return True
        held = b"".join(self._held)
        self._is_closing = self.is_open and _CLOSING.match(held) is not None
        if not self._is_closing and not held.strip(_SEPARATORS):
            self._held = [held[-_SEPARATOR_BYTES:]]
            return True
        return self._is_closing

    def _sort(self, text: bytes, position: Position) -> None:
        """Tell what of a text is the envelope's."""
        if not self._seen_entry:
            start, end = self._find_head(text)
            self._head = text[start:end]
            self.is_open = bool(self._head)
            self._begin_gap([text[:start]], position)
            self._end_gap()
        elif self.is_open and _CLOSING.match(text):
            end = self._find_tail(text.lstrip(b","))
            end += len(text) - len(text.lstrip(b",")) if end else 0
            self._tail = text[:end].lstrip(b" \t\r\n,")
            self.is_open = not self._tail
        else:
            end = 0
        self._begin_gap([text[end:]], position.after(text[:end]))

    def _find_head(self, text: bytes) -> tuple[int, int]:
        """Return from where to where a text is a HAR up to its first entry; nothing of it if it is none."""
        starts = [found.start() for found in _LOG.finditer(text)][-1:]
        first = _OBJECT.search(text)
        for start in ([] if first is None else [first.start()]) + starts:
            end = self._end_of_head(text, start)
            if end:
                return start, end
        return 0, 0

    def _end_of_head(self, text: bytes, start: int) -> int:
        """Return the offset just after the ``[`` that opens ``log.entries`` of a HAR that begins at ``start``, or 0."""
        depth = self._limits.max_envelope_depth
        parser, scanner = EnvelopePushParser(depth), Scanner(depth, _ENTRIES_DEPTH)
        at = start
        try:
            while not parser.opened and at < len(text):
                piece = text[at : at + _PIECE]
                length = scanner.feed(piece)
                piece = piece[:length] if length > 0 else piece
                parser.feed(piece)
                at += len(piece)
        except InvalidHarError:
            return 0
        return at if parser.opened else 0

    def _find_tail(self, text: bytes) -> int:
        """Return up to where a text is the end of a HAR; 0 if it is none."""
        found = scan_object(BEFORE_ENTRIES + text, 0, len(BEFORE_ENTRIES) + len(text), self._limits.max_envelope_depth)
        end = found.end - len(BEFORE_ENTRIES)
        if found.extent is not Extent.WHOLE:
            return 0
        try:
            Envelope.parse(self._head + text[:end])
            parser = EnvelopePushParser(self._limits.max_envelope_depth)
            parser.feed(self._head + text[:end])
            parser.close()
        except (InvalidHarError, InvalidJsonError, msgspec.MsgspecError, KeyError):
            return 0
        return end

    def _begin_gap(self, texts: list[bytes], position: Position) -> None:
        """Begin a gap, unless there are separators only."""
        self._forget()
        for text in texts:
            rest = text
            if self._begin is None:
                rest = text.lstrip(_SEPARATORS)
                position = position.after(text[: len(text) - len(rest)])
                if not rest:
                    continue
                self._begin, self._length = position, 0
            for start in range(0, len(rest), _PIECE):
                self._grow(rest[start : start + _PIECE])

    def _grow(self, text: bytes) -> None:
        self._rest += text
        self.held = len(self._rest)
        whole = (len(self._rest) - _SEPARATOR_BYTES) // GAP_PIECE_BYTES * GAP_PIECE_BYTES
        if whole > 0:
            self._put(self._rest[:whole])
            del self._rest[:whole]

    def _put(self, text: bytearray) -> None:
        self._length += len(text)
        for start in range(0, len(text), GAP_PIECE_BYTES):
            self._pieces.append(GapPiece(self.gap_count, bytes(text[start : start + GAP_PIECE_BYTES])))

    def _end_gap(self) -> None:
        if self._begin is not None:
            self._put(self._rest.rstrip(_SEPARATORS))
            if len(self.gaps) < self._limits.max_problems:
                self.gaps.append(Gap(self._begin.byte, self._length, self._begin.line, self._reason or NO_ENTRY))
            self.gap_count += 1
            self._begin = None
            self._rest = bytearray()
        self._forget()

    def _forget(self) -> None:
        self._held, self.held, self._is_closing = [], 0, False
