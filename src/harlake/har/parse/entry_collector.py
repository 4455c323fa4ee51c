"""Takes the entries that are read: counts them, builds blocks of them, and describes those that are rejected."""

from __future__ import annotations

from collections.abc import Callable

from harlake.har.entry import Rejection
from harlake.har.parse.blocks import Block, BlockBuilder, EntryError, RejectedEntry
from harlake.har.parse.fast_path import ProvedEntry
from harlake.har.parse.input_buffer import InputBuffer
from harlake.limits import Limits


class EntryCollector:
    """Collects entries: ``total`` counts all, ``imported`` those in blocks, ``errors`` describes the first others."""

    def __init__(
        self, source: InputBuffer, limits: Limits, on_rejection: Callable[[RejectedEntry], object] | None
    ) -> None:
        self.total = 0
        self.imported = 0
        self.errors: list[EntryError] = []
        self._input = source
        self._on_rejection = on_rejection
        self._block_bytes = limits.block_bytes
        self._max_errors = limits.max_problems
        self._builder = BlockBuilder()
        self._blocks: list[Block] = []

    def add(self, entries: list[ProvedEntry]) -> None:
        """Take entries that follow each other in the buffer, and consume them."""
        buffer = self._input.data
        # The imported ones since the last that was rejected or ended a block: together, they are one segment.
        segment: list[ProvedEntry] = []
        for proved in entries:
            if isinstance(proved.entry, Rejection):
                self._add_segment(segment)
                segment = []
                text = buffer[proved.start : proved.end] if self._on_rejection else None
                self.reject(proved.entry, proved.start, text)
                self.total += 1
            else:
                if proved.end - proved.start >= self._block_bytes:
                    # A block of its own: it is a view of the buffer then, and nothing has to be joined.
                    self._add_segment(segment)
                    self.end_block()
                    segment = []
                segment.append(proved)
                self.total += 1
                if self._builder.size + proved.end - segment[0].start >= self._block_bytes:
                    self._add_segment(segment)
                    self.end_block()
                    segment = []
        self._add_segment(segment)
        self._input.at = entries[-1].end

    def reject(self, rejection: Rejection, at: int, text: bytes | None) -> None:
        """Describe the entry at an offset in the buffer as rejected; its reader counts it where it ends."""
        if self._on_rejection is not None:
            self._on_rejection(RejectedEntry(self.total, self._input.position(at), text))
        if len(self.errors) < self._max_errors:
            path = f"log.entries[{self.total}]{rejection.path}"
            self.errors.append(EntryError(self.total, *self._input.position(at), path, rejection.reason))

    def end_block(self) -> None:
        """End the block after the last entry."""
        if self._builder.entries:
            self._blocks.append(self._builder.block())
            self._builder = BlockBuilder()

    def take_blocks(self) -> list[Block]:
        """Return the blocks that are complete, once."""
        blocks, self._blocks = self._blocks, []
        return blocks

    def _add_segment(self, segment: list[ProvedEntry]) -> None:
        """Add the entries that have been counted last to the block."""
        if segment:
            self.imported += len(segment)
            begin = segment[0].start
            self._builder.add(self._input.data, segment, self.total - len(segment), self._input.position(begin))
