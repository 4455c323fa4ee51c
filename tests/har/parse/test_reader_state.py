"""States of the reader: each is described, and has a reader."""

from __future__ import annotations

import re

from harlake.har.parse import reader_state
from harlake.har.parse.reader import HarReader
from harlake.har.parse.reader_state import ReaderState


def test_each_state_is_described_and_has_a_reader() -> None:
    """The table has a line for each state, in the order of the states; and no state is without a reader."""
    described = re.findall(r"^([A-Z_]+) ", reader_state.__doc__ or "", re.MULTILINE)
    assert described == [state.name for state in ReaderState]
    readers = HarReader()._read
    assert list(readers) == list(ReaderState)
    assert len(set(readers.values())) == len(ReaderState)
