"""Reading one entry by the push parser, in pieces, up to its end or its limit."""

from __future__ import annotations

import pytest
from hypothesis import given

from harlake.errors import InvalidJsonError
from harlake.har.parse.entry_collector import EntryCollector
from harlake.har.parse.fast_path import FastPath
from harlake.har.parse.input_buffer import InputBuffer
from harlake.har.parse.push_parser_reader import PushParserReader
from harlake.har.parse.reader_state import ReaderState
from harlake.har.parse.refused_reader import RefusedReader
from harlake.har.parse.skipping_reader import SkippingReader
from harlake.limits import Limits
from tests.support.documents import cut_at, json_texts, offsets
from tests.support.reading import read_on


class _Reading:
    """A reader with what it reads from and into."""

    def __init__(self, limits: Limits) -> None:
        self.source = InputBuffer()
        self.entries = EntryCollector(self.source, limits, None)
        self.skipping = SkippingReader(self.source, self.entries, limits)
        self.refused = RefusedReader(self.source)
        self.reader = PushParserReader(self.source, self.entries, FastPath(limits), self.skipping, self.refused, limits)

    def feed(self, text: bytes) -> ReaderState | None:
        self.source.append(text)
        self.source.gather()
        state = read_on(self.reader.read, ReaderState.PUSH_PARSER)
        self.source.final = state is ReaderState.REFUSED
        return read_on(self.refused.read, state) if state is ReaderState.REFUSED else state

    def feed_all(self, pieces: list[bytes]) -> ReaderState | None:
        """Feed pieces up to the one with which the state ends; the others come into the buffer after it."""
        state: ReaderState | None = None
        for piece in pieces:
            if state is None:
                state = self.feed(piece)
            else:
                self.source.append(piece)
                self.source.gather()
        return state


@given(json_texts(), offsets)
def test_any_value_is_read_up_to_its_end(text: bytes, cuts: list[int]) -> None:
    """However it is cut, it is counted once, and what follows it is left."""
    reading = _Reading(Limits())
    entry = b'{"request":{"url":"a"},"_x":%s}' % text
    for value in (entry, text):
        state = reading.feed_all([*cut_at(value, cuts), b",", b"7"])
        assert state is ReaderState.SEPARATOR
        assert reading.source.data[reading.source.at :] == b",7"
        reading.source.at += 2
    assert reading.entries.total == 2
    assert reading.entries.imported == 1
    assert [error.entry for error in reading.entries.errors] == [1]
    reading.entries.end_block()
    (block,) = reading.entries.take_blocks()
    assert list(block.texts()) == [entry]


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_an_entry_over_the_limit_is_skipped_from_where_it_is(step: int) -> None:
    """It is described as rejected, and counted only when it has ended."""
    reading = _Reading(Limits(max_entry_bytes=50))
    text = b'{"request":{"url":"%s"}},' % (b"a" * 100)
    state = reading.feed_all([text[start : start + step] for start in range(0, len(text), step)])
    assert state is ReaderState.SKIPPED
    assert (reading.entries.total, [error.byte for error in reading.entries.errors]) == (0, [0])
    assert read_on(reading.skipping.read, ReaderState.SKIPPED) is ReaderState.SEPARATOR
    assert reading.entries.total == 1
    assert reading.source.data[reading.source.at :] == b","


@pytest.mark.parametrize("step", [1, 3, 1000])
@pytest.mark.parametrize(
    ("text", "byte"),
    [
        *((b'{"a":\n[1,]},', 9), (b"tru,", 3), (b"-,", 1), (b'{"a":1]', 6), (b"[" * 20, 10), (b'"\xff"', 1)),
        *((b"01,", 1), (b"-01 ,", 2), (b"1.5-2,", 3)),
    ],
)
def test_an_error_is_located_in_the_entry(text: bytes, byte: int, step: int) -> None:
    """At the same byte, however the entry comes."""
    reading = _Reading(Limits(max_entry_depth=10))
    with pytest.raises(InvalidJsonError) as caught:
        reading.feed_all([text[start : start + step] for start in range(0, len(text), step)])
    assert (caught.value.byte, caught.value.entry) == (byte, 0)
    assert caught.value.line == text.count(b"\n", 0, byte) + 1
