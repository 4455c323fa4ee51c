"""Reads a HAR of any size from chunks of bytes, and hands out its entries in blocks.

Strategy: the document without its entries (the *envelope*) is itself a small HAR. A push parser reads it, and says
where ``log.entries`` opens. From there on the entries are taken one after the other: by the fast path where it can
prove them, else by a push parser, one by one. Both yield the same entries, as the bytes they came in.

The reader is always in one of the states of :class:`ReaderState`, each of which has a reader of its own. These share
the input and the entries collected so far, and say which state comes next, or None when they need more input.

Rules:

* Whether the fast path is on, and how the input is cut, changes nothing that comes out.
* Held at any time: the envelope so far, one block, and one entry; each has its limit.
* An error names the first byte that makes the document impossible.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from harlake.har.envelope import Envelope
from harlake.har.parse.blocks import Block, EntryError, RejectedEntry
from harlake.har.parse.entry_collector import EntryCollector
from harlake.har.parse.envelope_reader import EnvelopeReader
from harlake.har.parse.fast_path import FastPath
from harlake.har.parse.fast_path_reader import FastPathReader
from harlake.har.parse.input_buffer import InputBuffer
from harlake.har.parse.position import Position
from harlake.har.parse.push_parser_reader import PushParserReader
from harlake.har.parse.reader_state import ReaderState
from harlake.har.parse.refused_reader import RefusedReader
from harlake.har.parse.separator_reader import SeparatorReader
from harlake.har.parse.skipping_reader import SkippingReader
from harlake.limits import DEFAULT_LIMITS, Limits

#: States, or entries, between two pauses. There may be an entry in every two bytes.
_STEPS: Final = 512


class HarReader:
    """Reads one HAR: :meth:`feed` it chunks, then :meth:`close` it.

    ``total`` counts the values in ``log.entries`` so far, ``imported`` those that came out in blocks, and
    ``entry_errors`` describes the first ``limits.max_problems`` of the others. ``on_rejection`` is called with each
    of the others, in their order.
    """

    def __init__(
        self,
        limits: Limits = DEFAULT_LIMITS,
        *,
        fast_path: bool = True,
        on_rejection: Callable[[RejectedEntry], object] | None = None,
    ) -> None:
        self._input = InputBuffer()
        self._entries = EntryCollector(self._input, limits, on_rejection)
        refused = RefusedReader(self._input)
        self._envelope = EnvelopeReader(self._input, refused, limits)
        self._state = ReaderState.HEAD
        prover = FastPath(limits)
        skipping = SkippingReader(self._input, self._entries, limits)
        self._read: dict[ReaderState, Callable[[], ReaderState | None]] = {
            ReaderState.HEAD: self._envelope.read_head,
            ReaderState.SEPARATOR: SeparatorReader(self._input, self._entries, fast_path=fast_path).read,
            ReaderState.FAST_PATH: FastPathReader(self._input, self._entries, prover, limits).read,
            ReaderState.PUSH_PARSER: PushParserReader(
                self._input, self._entries, prover, skipping, refused, limits
            ).read,
            ReaderState.SKIPPED: skipping.read,
            ReaderState.TAIL: self._envelope.read_tail,
            ReaderState.REFUSED: refused.read,
        }

    @property
    def total(self) -> int:
        """The values in ``log.entries`` so far."""
        return self._entries.total

    @property
    def imported(self) -> int:
        """Those of them that came out in blocks, or will with the next."""
        return self._entries.imported

    @property
    def held(self) -> int:
        """Bytes of the envelope, and of an entry that is not complete yet; besides these, there is a block at most."""
        return self._input.size + self._envelope.held.size

    @property
    def entry_errors(self) -> list[EntryError]:
        """Descriptions of the first entries that could not be imported."""
        return self._entries.errors

    def feed(self, data: bytes) -> list[Block]:
        """Take the next bytes of the document, and return the blocks that are complete.

        Raises InvalidHarError as soon as the document cannot become a HAR.
        """
        return [block for blocks in self.read(data) for block in blocks]

    def read(self, data: bytes) -> Iterator[list[Block]]:
        """Do as :meth:`feed`, but pause now and then, and yield the blocks that are complete; exhaust it."""
        if self._input.append(data):
            for _ in self._advance():
                yield self._entries.take_blocks()
            self._input.compact()

    def position(self) -> Position:
        """Return the position that the reader has consumed its input up to."""
        self._input.restore()
        return self._input.position(self._input.at)

    @property
    def has_begun(self) -> bool:
        """Whether anything has been fed."""
        return bool(self._input.size or self._envelope.held.size or self.total)

    def unread(self) -> Iterator[bytes]:
        """Yield the text of a document that is refused, less the entries that have been read.

        In pieces, of which nothing stays here: they may be as large as the largest entry.
        """
        source, held = self._input, self._envelope.held
        before = held.size - max(0, held.end - source.offset)
        pieces = deque(held.take())
        while pieces and before > 0:
            piece = pieces.popleft()[:before]
            before -= len(piece)
            yield piece
        pieces = deque(source.take())
        while pieces:
            yield pieces.popleft()

    def envelope_text(self) -> bytes:
        """Return the document without its entries, as far as it has been read."""
        return self._envelope.held.joined()

    def envelope_position(self, offset: int) -> Position:
        """Return where in the document an offset into the envelope is."""
        return self._envelope.held.position(offset)

    def cut(self) -> list[Block]:
        """End the block here, between two entries, and return what is complete."""
        for _ in self._advance(final=True):
            pass
        self._entries.end_block()
        return self._entries.take_blocks()

    def read_rest(self) -> Iterator[list[Block]]:
        """Read what was waiting for more; pause now and then, and yield the blocks that are complete."""
        for _ in self._advance(final=True):
            yield self._entries.take_blocks()

    def close(self) -> tuple[list[Block], Envelope]:
        """End the document, and return the last blocks and the envelope.

        Raises InvalidHarError when it is not complete.
        """
        blocks = [block for rest in self.read_rest() for block in rest]
        if self._state not in (ReaderState.HEAD, ReaderState.TAIL):
            self._input.restore()
            entry = None if self._state is ReaderState.SEPARATOR else self.total
            raise self._input.error("the file ends inside of log.entries", len(self._input.data), entry)
        envelope = self._envelope.close()
        self._entries.end_block()
        return blocks + self._entries.take_blocks(), envelope

    def _advance(self, *, final: bool = False) -> Iterator[None]:
        """Go from state to state until one needs more input; with a pause now and then, and one at the end."""
        self._input.gather(final=final)
        state: ReaderState | None = self._state
        steps, paused_at = 0, self.total
        while state is not None:
            self._state = state
            state = self._read[state]()
            steps += 1
            # A reader that goes on has read a piece, and may have many more of them.
            goes_on = state is self._state and state is not ReaderState.SEPARATOR
            if goes_on or steps == _STEPS or self.total - paused_at >= _STEPS:
                yield
                steps, paused_at = 0, self.total
        yield
