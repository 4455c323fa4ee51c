"""Lines of a text that comes in pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import InvalidJsonError
from harlake.formats.lines import lines_of


@given(
    st.lists(st.binary(max_size=5).map(lambda line: line.replace(b"\n", b"")), min_size=1), st.lists(st.integers(0, 50))
)
def test_lines_come_whole(texts: list[bytes], cuts: list[int]) -> None:
    """With number and byte, however the text is cut; an empty last one is none."""
    text = b"\n".join(texts)
    bounds = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    found = list(lines_of((text[a:b] for a, b in pairwise(bounds)), 100))
    assert [line.text for line in found] == (texts if texts[-1] else texts[:-1])
    assert [line.number for line in found] == list(range(1, len(found) + 1))
    assert all(text[line.byte :].startswith(line.text) for line in found)


@pytest.mark.parametrize("pieces", [[b"a\nbcd\n"], [b"a\nb", b"cd"]])
def test_lines_are_bounded(pieces: list[bytes]) -> None:
    """A line that is too long is refused, whether it ends or not."""
    with pytest.raises(InvalidJsonError, match="longer than the limit of 2 bytes") as raised:
        list(lines_of(pieces, 2))
    assert (raised.value.byte, raised.value.line) == (2, 2)
