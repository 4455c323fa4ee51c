"""Skipping: an entry over the limit is passed without being held, up to its end."""

from __future__ import annotations

import pytest
from hypothesis import given

from harlake.errors import InvalidJsonError
from harlake.har.parse.entry_collector import EntryCollector
from harlake.har.parse.input_buffer import InputBuffer
from harlake.har.parse.position import START
from harlake.har.parse.reader_state import ReaderState
from harlake.har.parse.scanner import Scanner
from harlake.har.parse.skipping_reader import SkippingReader
from harlake.limits import Limits
from tests.support.documents import cut_at, json_texts, offsets
from tests.support.reading import read_on


def _begun(text: bytes) -> tuple[SkippingReader, InputBuffer, EntryCollector]:
    """Return a reader of an entry whose beginning is held, as it is when it grows over the limit."""
    source = InputBuffer()
    limits = Limits(max_entry_bytes=len(text), max_entry_depth=100)
    entries = EntryCollector(source, limits, None)
    scanner = Scanner(limits.max_entry_depth)
    assert scanner.feed(text) == -1
    source.append(b"\n" + text)
    source.gather()
    source.at = 1
    source.hold()
    reader = SkippingReader(source, entries, limits)
    reader.begin(scanner, 0)
    return reader, source, entries


@given(json_texts(), offsets)
def test_the_entry_is_passed_up_to_its_end(text: bytes, cuts: list[int]) -> None:
    """It is described as rejected where it begins, counted where it ends, and never held."""
    begin, rest = b'{"a":[\n', b'%s,"]}"]}' % text
    reader, source, entries = _begun(begin)
    (error,) = entries.errors
    assert (error.entry, error.byte, error.line, error.column) == (0, 1, 2, 1)
    assert error.reason == f"larger than the limit of {len(begin)} bytes"
    state = None
    for piece in cut_at(rest, cuts):
        assert (state, entries.total) == (None, 0)
        source.append(piece)
        source.gather()
        assert len(source.data) == len(piece)
        state = read_on(reader.read, ReaderState.SKIPPED)
        if state is not None:
            break
    assert state is ReaderState.SEPARATOR
    assert entries.total == 1
    assert source.position(source.at) == START.after(b"\n" + begin + rest)


def test_brackets_that_do_not_match_are_located() -> None:
    """The rest of its grammar is not checked."""
    reader, source, _ = _begun(b'{"a":[')
    source.append(b"1,,\n}")
    source.gather()
    with pytest.raises(InvalidJsonError) as caught:
        reader.read()
    assert (caught.value.byte, caught.value.line, caught.value.column) == (11, 3, 1)
