"""Reads a HAR of any size from chunks of bytes, and hands out its entries in blocks.

Strategy: the document without its entries (the *envelope*) is itself a small HAR. A judge reads it, and says where
``log.entries`` opens. From there on the entries are taken one after the other: lifted by the express lane where it
can prove them, else judged one by one. Both yield the same entries, as the bytes they came in.

The reader is always in one of these places:

====== ================================================== =====================================
place  what the next byte belongs to                       leaves when
====== ================================================== =====================================
HEAD   the envelope, up to the ``[`` of ``log.entries``    the judge has seen the array open
JOIN   white space, a comma, or the closing ``]``          an entry begins, or the array ends
LANE   an entry, complete or not, for the express lane     nothing more can be lifted
JUDGE  an entry that is being judged                       it is complete, or over the limit
SKIP   an entry over the limit                             it is complete
TAIL   the envelope, from the ``]`` on                     the input ends
====== ================================================== =====================================

Rules:

* Whether the lane is on, and how the input is cut, changes nothing that comes out.
* Held at any time: the envelope so far, one block, and one entry; each has its limit.
* An error names the first byte that makes the document impossible.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto
from typing import Final

from harlake.errors import EnvelopeTooLargeError, InvalidHarError, InvalidJsonError
from harlake.har.entry import Entry, Rejection, read_entry
from harlake.har.envelope import Envelope
from harlake.har.parse.blocks import Block, BlockBuilder, EntryError, RejectedEntry
from harlake.har.parse.error_location import locate_error
from harlake.har.parse.fast_path import FastPath, ProvedEntry
from harlake.har.parse.position import START, Position, count_lines
from harlake.har.parse.pruning import pruned
from harlake.har.parse.push_parser import EnvelopePushParser, JsonPushParser
from harlake.har.parse.scanner import Scanner
from harlake.limits import DEFAULT_LIMITS, KIB, MIB, Limits

_WHITE_SPACE: Final = re.compile(rb"[ \t\r\n]*")

#: Bytes that are judged at a time.
_PIECE: Final = 64 * KIB

#: The lane holds an entry several times over while it grows; beyond this it is judged as it comes.
_LANE_BYTES: Final = 8 * MIB

#: Containers around the ``[`` of ``log.entries``.
_ENTRIES_DEPTH: Final = 2


class _Place(Enum):
    HEAD = auto()
    JOIN = auto()
    LANE = auto()
    JUDGE = auto()
    SKIP = auto()
    TAIL = auto()


class HarReader:
    """Reads one HAR: :meth:`feed` it chunks, then :meth:`close` it.

    ``total`` counts the values in ``log.entries`` so far, ``imported`` those that came out in blocks, and
    ``problems`` describes the first ``limits.max_problems`` of the others.
    """

    def __init__(
        self,
        limits: Limits = DEFAULT_LIMITS,
        *,
        express: bool = True,
        on_rejected: Callable[[RejectedEntry], object] | None = None,
    ) -> None:
        self.total = 0
        self.imported = 0
        self.problems: list[EntryError] = []
        self._on_rejected = on_rejected
        self._limits = limits
        self._lane = FastPath(limits) if express else None
        self._place = _Place.HEAD
        self._step: dict[_Place, Callable[[], bool]] = {
            _Place.HEAD: self._read_head,
            _Place.JOIN: self._read_join,
            _Place.LANE: self._read_lane,
            _Place.JUDGE: self._read_judged,
            _Place.SKIP: self._read_skipped,
            _Place.TAIL: self._read_tail,
        }
        # Input not yet consumed: `_buffer` from `_at` on, then `_chunks`. `_base` is the offset of `_buffer[0]`
        # in the document, `_lines` the number of line ends before it, `_line_start` where its line begins. Of the
        # buffer's line ends, those before `_counted` have been added to `_lines` already.
        self._buffer = b""
        self._at = 0
        self._base = 0
        self._lines = 0
        self._line_start = 0
        self._counted = 0
        self._chunks: list[bytes] = []
        self._waiting = 0
        self._enough = 0

        self._document = EnvelopePushParser(limits.max_envelope_depth)
        self._document_scanner = Scanner(limits.max_envelope_depth, _ENTRIES_DEPTH)
        self._head: list[bytes] = []
        self._tail: list[bytes] = []
        self._envelope_size = 0
        self._tail_position = START
        self._comma = False
        self._patience = limits.block_bytes
        self._final = False
        self._judge = JsonPushParser(limits.max_entry_depth)
        self._scanner = Scanner(limits.max_entry_depth)
        # Of the entry that is being judged: how many bytes have been, and those of them that stand before the buffer.
        self._judged = 0
        self._aside: list[bytes] = []
        self._aside_size = 0
        self._run = BlockBuilder()
        self._blocks: list[Block] = []

    def feed(self, data: bytes) -> list[Block]:
        """Take the next bytes of the document, and return the blocks that are complete.

        Raises InvalidHarError as soon as the document cannot become a HAR.
        """
        self._chunks.append(data)
        self._waiting += len(data)
        if self._waiting < self._enough:
            return []
        self._gather()
        self._advance()
        return self._take_blocks()

    def position(self) -> Position:
        """Return the place that the reader has consumed its input up to."""
        self._put_back()
        return self._position_at(self._at)

    def envelope_text(self) -> bytes:
        """Return the document without its entries, as far as it has been read."""
        return b"".join(self._head) + b"".join(self._tail)

    def envelope_position(self, offset: int) -> Position:
        """Return where in the document an offset into the envelope is."""
        head = b"".join(self._head)
        if offset < len(head) or not self._tail:
            return START.after(head[:offset])
        return self._tail_position.after(b"".join(self._tail)[: offset - len(head)])

    def cut(self) -> list[Block]:
        """End the block here, between two entries, and return what is complete."""
        self._gather()
        self._enough = 0
        self._advance(final=True)
        self._end_block()
        return self._take_blocks()

    def close(self) -> tuple[list[Block], Envelope]:
        """End the document, and return the last blocks and the envelope.

        Raises InvalidHarError when it is not complete.
        """
        self._gather()
        self._enough = 0
        self._advance(final=True)
        if self._place is not _Place.TAIL:
            raise self._truncated()
        try:
            self._document.close()
        except InvalidJsonError as error:
            raise self._invalid(error.detail or "", self._at) from error
        self._end_block()
        return self._take_blocks(), Envelope.parse(self.envelope_text())

    # --- the input -----------------------------------------------------------------------------------------------

    def _gather(self) -> None:
        """Move the chunks into the buffer, and forget what has been consumed."""
        self._count(self._at)
        self._line_start = self._start_of_line(self._at)
        self._base += self._at
        self._counted = 0
        rest, self._buffer = self._buffer[self._at :], b""
        self._at = 0
        if rest:
            self._chunks.insert(0, rest)
        self._buffer = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._waiting = 0

    def _advance(self, *, final: bool = False) -> None:
        """Go from place to place until nothing moves."""
        self._final = final
        while self._step[self._place]():
            pass

    def _take_blocks(self) -> list[Block]:
        blocks, self._blocks = self._blocks, []
        return blocks

    def _end_block(self) -> None:
        if self._run.entries:
            self._blocks.append(self._run.block())
            self._run = BlockBuilder()

    # --- the envelope --------------------------------------------------------------------------------------------

    def _read_head(self) -> bool:
        """Feed the judge up to each ``[`` that may open ``log.entries``, until one of them does."""
        while self._at < len(self._buffer):
            self._judge_envelope(self._head, self._next_opening())
            if self._document.opened:
                self._place = _Place.JOIN
                return True
        return False

    def _next_opening(self) -> int:
        """Return where the next array opens that may be ``log.entries``, or the buffer's end."""
        piece = self._buffer[self._at : self._at + _PIECE]
        with suppress(InvalidJsonError):  # the judge, which comes there next, says so with more care
            end = self._document_scanner.feed(piece)
            if end > 0:
                return self._at + end
        return self._at + len(piece)

    def _read_tail(self) -> bool:
        self._judge_envelope(self._tail, len(self._buffer))
        return False

    def _judge_envelope(self, kept: list[bytes], stop: int) -> None:
        room = self._limits.max_envelope_bytes - self._envelope_size
        piece = self._buffer[self._at : min(stop, self._at + room)]
        self._envelope_size += len(piece)
        kept.append(piece)
        try:
            self._document.feed(piece)
        except InvalidHarError as error:
            text = self.envelope_text()
            offset, fault = locate_error(lambda: EnvelopePushParser(self._limits.max_envelope_depth), text)
            raise (fault or error).at(*self.envelope_position(offset)) from error
        self._at += len(piece)
        if self._at < stop:
            raise EnvelopeTooLargeError(f"more than {self._limits.max_envelope_bytes} bytes outside of log.entries").at(
                *self._position_at(self._at)
            )

    # --- between the entries -------------------------------------------------------------------------------------

    def _read_join(self) -> bool:
        """Pass white space and at most one comma; decide what comes next."""
        match = _WHITE_SPACE.match(self._buffer, self._at)
        self._at = match.end() if match else self._at
        if self._at == len(self._buffer):
            return False
        byte = self._buffer[self._at]
        if byte == ord("]") and not (self._comma and self.total):
            self._place = _Place.TAIL
            self._tail_position = self._position_at(self._at)
            return True
        if self.total and not self._comma:
            if byte != ord(","):
                raise self._invalid("expected a comma or the end of log.entries", self._at)
            self._comma = True
            self._at += 1
            return True
        if byte in b",]}:":
            raise self._invalid("expected an entry", self._at)
        self._comma = False
        if self._lane is not None and byte == ord("{"):
            self._place = _Place.LANE
        else:
            self._begin_judging()
        return True

    # --- the entries ---------------------------------------------------------------------------------------------

    def _read_lane(self) -> bool:
        """Lift what can be proved; leave to the judge what cannot, and wait for more of what is cut off."""
        pending = len(self._buffer) - self._at
        if pending < self._limits.block_bytes and not self._final:
            self._enough = self._limits.block_bytes - pending
            return False
        assert self._lane is not None
        whole = self._final or pending >= self._patience
        lifted = list(self._lane.lift(self._buffer, self._at, whole=whole))
        if lifted:
            self._accept(lifted)
            return True
        reach = min(_LANE_BYTES, self._limits.max_entry_bytes)
        if self._final or pending > reach or (whole and not self._lane.starved):
            self._begin_judging()
            return True
        self._patience = 2 * pending
        self._enough = min(pending, reach + 1 - pending)
        return False

    def _begin_judging(self) -> None:
        self._place = _Place.JUDGE
        self._enough = 0
        self._judge = JsonPushParser(self._limits.max_entry_depth)
        self._scanner = Scanner(self._limits.max_entry_depth)
        self._judged = 0

    def _read_judged(self) -> bool:
        """Feed the judge up to the end of the entry, which the scanner finds; set aside what has no end yet."""
        while (at := self._at + self._judged - self._aside_size) < len(self._buffer):
            piece = self._buffer[at : at + min(_PIECE, self._limits.max_entry_bytes - self._judged)]
            if not piece:
                self._begin_skipping(at)
                return True
            try:
                end = self._scanner.feed(piece)
            except InvalidJsonError:  # the judge, which comes there next, says so with more care
                end = -1
            self._judge_entry(piece if end < 0 else piece[:end])
            if end >= 0:
                self._end_judging()
                return True
        self._set_aside()
        return False

    def _judge_entry(self, piece: bytes) -> None:
        try:
            self._judge.feed(piece)
        except InvalidHarError as error:
            raise self._at_entry(error, self._judged + len(piece)) from error
        self._judged += len(piece)

    def _end_judging(self) -> None:
        """Take the entry that the judge has read."""
        if self._scanner.scalar:
            try:
                self._judge.close()
            except InvalidHarError as error:
                raise self._at_entry(error, self._judged) from error
        self._put_back()
        start, end = self._at, self._at + self._judged
        self._accept([ProvedEntry(start, end, self._index(start, end))])

    def _set_aside(self) -> None:
        """Take the buffer away: an entry that comes in pieces is put together once, when it is complete."""
        self._gather()
        self._aside.append(self._buffer)
        self._aside_size += len(self._buffer)
        self._buffer = b""

    def _put_back(self) -> None:
        """Put what is aside in front of the buffer."""
        if self._aside:
            self._aside.append(self._buffer)
            self._buffer = b"".join(self._aside)
            self._aside, self._aside_size = [], 0

    def _at_entry(self, error: InvalidHarError, length: int) -> InvalidHarError:
        """Place an error in the first bytes of the entry that is being judged."""
        self._put_back()
        text = self._buffer[self._at : self._at + length]
        offset, fault = locate_error(lambda: JsonPushParser(self._limits.max_entry_depth), text)
        return self._invalid((fault or error).detail or "", self._at + offset, entry=self.total)

    def _index(self, start: int, end: int) -> Entry | Rejection:
        """Return what is indexed of an entry in the buffer, which may be large, and is not copied."""
        if self._lane is not None:
            self._lane.learn_head(self._buffer, start)
        entry = memoryview(self._buffer)[start:end]
        try:
            return read_entry(entry)
        except RecursionError:
            return read_entry(pruned(bytes(entry)))

    def _accept(self, lifted: list[ProvedEntry]) -> None:
        """Take entries that follow each other in the buffer, and consume them."""
        run: list[ProvedEntry] = []
        for one in lifted:
            if isinstance(one.entry, Rejection):
                self._add_run(run)
                run = []
                self._note(one.entry, one.start, self._buffer[one.start : one.end] if self._on_rejected else None)
                self.total += 1
            else:
                if one.end - one.start >= self._limits.block_bytes:
                    # A block of its own: it is a view of the buffer then, and nothing has to be put together.
                    self._add_run(run)
                    self._end_block()
                    run = []
                run.append(one)
                self.total += 1
                if self._run.size + one.end - run[0].start >= self._limits.block_bytes:
                    self._add_run(run)
                    self._end_block()
                    run = []
        self._add_run(run)
        self._leave_entry(lifted[-1].end)

    def _add_run(self, run: list[ProvedEntry]) -> None:
        """Add the entries that have been counted last."""
        if run:
            self.imported += len(run)
            begin = run[0].start
            self._count(begin)
            self._run.add(self._buffer, run, self.total - len(run), self._position_at(begin))

    def _note(self, malformed: Rejection, at: int, text: bytes | None) -> None:
        if self._on_rejected is not None:
            self._on_rejected(RejectedEntry(self.total, self._position_at(at), text))
        if len(self.problems) < self._limits.max_problems:
            path = f"log.entries[{self.total}]{malformed.path}"
            position = self._position_at(at)
            self.problems.append(EntryError(self.total, *position, path, malformed.reason))

    def _leave_entry(self, end: int) -> None:
        self._at = end
        self._place = _Place.JOIN
        self._enough = 0
        self._patience = self._limits.block_bytes

    def _begin_skipping(self, at: int) -> None:
        """Give up an entry that is over the limit at this place in the buffer; the scanner goes on from there."""
        self._note(Rejection(f"larger than the limit of {self._limits.max_entry_bytes} bytes"), self._at, None)
        for piece in self._aside:
            self._lines += count_lines(piece, len(piece))
            self._line_start = max(self._line_start, self._base + piece.rfind(b"\n") + 1)
            self._base += len(piece)
        self._aside, self._aside_size = [], 0
        self._at = at
        self._place = _Place.SKIP

    def _read_skipped(self) -> bool:
        """Follow the scanner to the end of the entry, and forget what is passed."""
        while self._at < len(self._buffer):
            piece = self._buffer[self._at : self._at + _PIECE]
            try:
                end = self._scanner.feed(piece)
            except InvalidJsonError as error:
                raise self._invalid(error.detail or "", self._at + (error.byte or 0), entry=self.total) from error
            if end >= 0:
                self.total += 1
                self._leave_entry(self._at + end)
                return True
            self._at += len(piece)
        return False

    # --- places --------------------------------------------------------------------------------------------------

    def _count(self, at: int) -> None:
        """Count the line ends of the buffer up to a place in it, none twice."""
        self._lines += count_lines(self._buffer, at, self._counted)
        self._counted = max(self._counted, at)

    def _start_of_line(self, at: int) -> int:
        """Return where in the document the line begins that a place in the buffer is in."""
        line_end = self._buffer.rfind(b"\n", 0, at)
        return self._line_start if line_end < 0 else self._base + line_end + 1

    def _position_at(self, at: int) -> Position:
        """Return where in the document a place in the buffer is."""
        if at >= self._counted:
            lines = self._lines + self._buffer.count(b"\n", self._counted, at)
        else:
            lines = self._lines - self._buffer.count(b"\n", at, self._counted)
        return Position(self._base + at, lines + 1, self._base + at - self._start_of_line(at) + 1)

    def _invalid(self, detail: str, at: int, entry: int | None = None) -> InvalidHarError:
        return InvalidJsonError(detail, entry=entry).at(*self._position_at(at))

    def _truncated(self) -> InvalidHarError:
        """Return the error for a document that ends before its envelope is complete."""
        self._put_back()
        if self._place is not _Place.HEAD:
            entry = None if self._place is _Place.JOIN else self.total
            return self._invalid("the file ends inside of log.entries", len(self._buffer), entry)
        try:
            self._document.close()
        except InvalidHarError as error:
            detail = "the file is empty" if not self._envelope_size else error.detail
            return type(error)(detail).at(*self._position_at(self._at))
        raise AssertionError("a complete document without log.entries")  # the judge has refused it
