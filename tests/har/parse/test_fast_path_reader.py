"""Reading by the fast path: it waits for a block's bytes, and for more of an entry that is cut off."""

from __future__ import annotations

from harlake.har.parse.entry_collector import EntryCollector
from harlake.har.parse.fast_path import FastPath
from harlake.har.parse.fast_path_reader import FastPathReader
from harlake.har.parse.input_buffer import InputBuffer
from harlake.har.parse.reader_state import ReaderState
from harlake.limits import Limits

_ENTRY = b'{"request":{"url":"%s"}}'


class _Reading:
    """A reader with what it reads from and into."""

    def __init__(self, limits: Limits) -> None:
        self.source = InputBuffer()
        self.entries = EntryCollector(self.source, limits, None)
        self.reader = FastPathReader(self.source, self.entries, FastPath(limits), limits)

    def feed(self, text: bytes, *, final: bool = False) -> ReaderState | None:
        self.source.append(text)
        self.source.gather(final=final)
        return self.reader.read()


def test_it_waits_for_a_blocks_bytes() -> None:
    """Nothing is tried before, and it says how much is missing; at the end, all is."""
    reading = _Reading(Limits(block_bytes=100))
    assert reading.feed(_ENTRY % b"a") is None
    assert reading.source.needed == 100 - len(_ENTRY % b"a")
    assert reading.feed(b"", final=True) is ReaderState.SEPARATOR
    assert (reading.entries.total, reading.source.at) == (1, len(_ENTRY % b"a"))


def test_it_waits_twice_as_long_for_an_entry_that_is_cut_off() -> None:
    """So that one that grows is not tried with every chunk."""
    reading = _Reading(Limits(block_bytes=100))
    entry = _ENTRY % (b"a" * 1000)
    assert reading.feed(entry[:150]) is None
    assert reading.source.needed == 150
    assert reading.feed(entry[150:300]) is None
    assert reading.source.needed == 300


def test_what_cannot_be_proved_is_left_to_the_push_parser() -> None:
    """Where it stands, and at once where it is wrong rather than cut off."""
    reading = _Reading(Limits(block_bytes=20))
    assert reading.feed(b'{"request":{"url":01}},{') is ReaderState.PUSH_PARSER
    assert (reading.source.at, reading.entries.total) == (0, 0)


def test_an_entry_that_grows_too_large_is_left_to_the_push_parser() -> None:
    """The limit of entries is its limit, too, and at the end nothing more is waited for."""
    reading = _Reading(Limits(block_bytes=20, max_entry_bytes=200))
    entry = _ENTRY % (b"a" * 1000)
    assert reading.feed(entry[:150]) is None
    assert reading.source.needed == 51
    assert reading.feed(entry[150:201]) is ReaderState.PUSH_PARSER
    assert _Reading(Limits()).feed(entry[:500], final=True) is ReaderState.PUSH_PARSER
