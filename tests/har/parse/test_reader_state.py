"""The states of the reader: described one by one, and each has what reads it."""

from __future__ import annotations

import re

from harlake.har.parse import reader_state
from harlake.har.parse.reader import HarReader
from harlake.har.parse.reader_state import ReaderState


def test_each_state_is_described() -> None:
    """In the order in which they are defined."""
    described = re.findall(r"^([A-Z_]+) +\S", reader_state.__doc__ or "", re.MULTILINE)
    assert described == [state.name for state in ReaderState]


def test_each_state_is_read() -> None:
    """None is without a reader, and none is read by another's."""
    readers = HarReader()._read
    assert set(readers) == set(ReaderState)
    assert len(set(readers.values())) == len(ReaderState)
