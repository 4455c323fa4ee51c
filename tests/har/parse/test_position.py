"""Positions: the same, however a text is cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harlake.har.parse.position import START, count_lines
from tests.support.documents import cut_at, offsets

_texts = st.lists(st.sampled_from([b"a", b"\n", b"\r\n", "é".encode(), b"\n\n", b"bcd"]), max_size=40).map(b"".join)


@given(_texts, offsets)
def test_the_position_after_pieces_is_that_after_the_whole(text: bytes, cuts: list[int]) -> None:
    """Byte, line and column are those that the text says, piece by piece or at once."""
    position = START
    for piece in cut_at(text, cuts):
        position = position.after(memoryview(piece))
    assert position == START.after(text)
    assert position.byte == len(text)
    assert position.line == len(text.split(b"\n"))
    assert position.column == len(text.split(b"\n")[-1]) + 1


@given(_texts, st.integers(0, 50), st.integers(0, 50))
def test_line_ends_are_counted_between_two_offsets(text: bytes, start: int, end: int) -> None:
    """Those from the first offset up to the second, none where it comes first."""
    start, end = min(start, len(text)), min(end, len(text))
    assert count_lines(text, end, start) == text[start:end].count(b"\n")
