"""Reads entries by the fast path, a block's bytes at a time."""

from __future__ import annotations

from itertools import islice
from typing import Final

from harlake.har.parse.entry_collector import EntryCollector
from harlake.har.parse.fast_path import FastPath
from harlake.har.parse.input_buffer import InputBuffer
from harlake.har.parse.reader_state import ReaderState
from harlake.limits import MIB, Limits

#: The fast path holds an entry several times over while it grows; beyond this the push parser reads it as it comes.
_MAX_BYTES: Final = 8 * MIB

#: Entries that are proved at a time: of two bytes each, a block would hold half a million.
_MAX_ENTRIES: Final = 256

#: How often the fast path may look at each byte, on average, from so many bytes on. Ordinary files need it once or
#: twice; of what is made to be tried in vain, each entry would cost as much as a block.
_MAX_WORK: Final = 8
_MIN_WORK: Final = 16 * MIB


class FastPathReader:
    """Reads the state FAST_PATH: collects what can be proved, and leaves the rest to the push parser."""

    def __init__(self, source: InputBuffer, entries: EntryCollector, fast_path: FastPath, limits: Limits) -> None:
        self._input = source
        self._entries = entries
        self._fast_path = fast_path
        self._block_bytes = limits.block_bytes
        self._reach = min(_MAX_BYTES, limits.max_entry_bytes)
        #: Bytes from which on an entry is tried that may be incomplete.
        self._patience = limits.block_bytes

    def read(self) -> ReaderState | None:
        """Collect the entries that can be proved; of one that is cut off, wait for more."""
        source = self._input
        pending = len(source.data) - source.at
        if self._fast_path.work > _MAX_WORK * source.offset + _MIN_WORK:
            return self._leave(ReaderState.PUSH_PARSER)
        if pending < self._block_bytes and not source.final:
            source.needed = self._block_bytes - pending
            return None
        whole = source.final or pending >= self._patience
        proved = list(
            islice(self._fast_path.prove(source.data, source.at, whole=whole, utf8=source.valid_until()), _MAX_ENTRIES)
        )
        if proved:
            self._entries.add(proved)
            return self._leave(ReaderState.SEPARATOR)
        if source.final or pending > self._reach or (whole and not self._fast_path.cut_off):
            return self._leave(ReaderState.PUSH_PARSER)
        self._patience = 2 * pending
        source.needed = min(pending, self._reach + 1 - pending)
        return None

    def _leave(self, state: ReaderState) -> ReaderState:
        self._patience = self._block_bytes
        return state
