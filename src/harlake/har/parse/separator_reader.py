"""Reads what stands between the entries."""

from __future__ import annotations

import re
from typing import Final

from harlake.har.parse.entry_collector import EntryCollector
from harlake.har.parse.input_buffer import InputBuffer
from harlake.har.parse.reader_state import ReaderState

_WHITE_SPACE: Final = re.compile(rb"[ \t\r\n]*")


class SeparatorReader:
    """Reads the state SEPARATOR: passes white space and commas, and tells what comes next."""

    def __init__(self, source: InputBuffer, entries: EntryCollector, *, fast_path: bool) -> None:
        self._input = source
        self._entries = entries
        self._object_state = ReaderState.FAST_PATH if fast_path else ReaderState.PUSH_PARSER
        self._comma = False

    def read(self) -> ReaderState | None:
        """Pass white space and at most one comma; decide what comes next."""
        source = self._input
        match = _WHITE_SPACE.match(source.data, source.at)
        source.at = match.end() if match else source.at
        if source.at == len(source.data):
            return None
        byte = source.data[source.at]
        if byte == ord("]") and not (self._comma and self._entries.total):
            return ReaderState.TAIL
        if self._entries.total and not self._comma:
            if byte != ord(","):
                raise source.error("expected a comma or the end of log.entries", source.at)
            self._comma = True
            source.at += 1
            return ReaderState.SEPARATOR
        if byte in b",]}:":
            after_comma = byte == ord("]") and self._comma
            raise source.error("a comma too many: expected an entry" if after_comma else "expected an entry", source.at)
        self._comma = False
        return self._object_state if byte == ord("{") else ReaderState.PUSH_PARSER
