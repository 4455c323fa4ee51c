"""Blocks: they know the text of each entry, and where in the document it was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harlake.har.entry import Entry, Request
from harlake.har.parse.blocks import BlockBuilder
from harlake.har.parse.fast_path import ProvedEntry
from harlake.har.parse.position import START
from harlake.limits import KIB, MIB

_segments = st.lists(st.sampled_from([b"{}", b'{"a":\n1}', b"{ }"]), min_size=1, max_size=4)


@given(st.lists(_segments, min_size=1, max_size=4))
def test_entries_of_several_segments_keep_their_ordinals_and_positions(segments: list[list[bytes]]) -> None:
    """Of a document from which an entry is left out between two segments, each entry is found where it was."""
    builder = BlockBuilder()
    document = b""
    texts: list[bytes] = []
    expected: list[tuple[int, int]] = []
    ordinal = 0
    for segment in segments:
        first = ordinal
        position = START.after(document)
        buffer = b"x,"  # what comes before the segment in the buffer does not matter
        proved: list[ProvedEntry] = []
        for text in segment:
            start = len(buffer)
            buffer += text + b",\n"
            proved.append(ProvedEntry(start, start + len(text), Entry(Request(str(ordinal)))))
            expected.append((ordinal, len(document) + start - 2))
            texts.append(text)
            ordinal += 1
        document += buffer[2:] + b"null,"
        ordinal += 1
        builder.add(buffer, proved, first, position)
    block = builder.block()
    assert list(block.texts()) == texts
    assert [entry.request.url for entry in block.entries] == [str(number) for number, _ in expected]
    for index, (number, byte) in enumerate(expected):
        assert block.ordinal(index) == number
        assert block.byte(index) == byte
        assert block.position(index) == START.after(document[:byte])
    assert builder.size == len(block.data)


def test_a_single_segment_is_a_view_of_its_buffer() -> None:
    """Nothing is copied where nothing has to be joined."""
    buffer = b'[{"request":{"url":"%b"}}]' % (b"a" * 1_000)
    builder = BlockBuilder()
    builder.add(buffer, [ProvedEntry(1, len(buffer) - 1, Entry(Request("a")))], 0, START.after(b"["))
    block = builder.block()
    assert isinstance(block.data, memoryview)
    assert block.data.obj is buffer


def test_a_small_entry_keeps_no_large_buffer() -> None:
    """A block views what it takes most of, or what is small; else it copies, and lets the buffer go."""
    for size, entry, is_viewed in [(MIB, KIB, True), (4 * MIB, 3 * MIB, True), (4 * MIB, KIB, False)]:
        builder = BlockBuilder()
        builder.add(bytes(size), [ProvedEntry(5, 5 + entry, Entry(Request("")))], 0, START)
        assert isinstance(builder.block().data, memoryview) == is_viewed
