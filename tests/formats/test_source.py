"""A file that is read at any place."""

from __future__ import annotations

import tempfile

from hypothesis import given
from hypothesis import strategies as st

from harlake.formats.source import Source


@given(st.binary(max_size=100), st.integers(0, 120), st.integers(0, 120))
def test_what_is_read_is_what_is_there(data: bytes, start: int, end: int) -> None:
    """From any offset, up to the end of the file."""
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(data)
        source = Source(file)
        assert source.size == len(data)
        assert source.read(start, 7) == data[start : start + 7]
        assert b"".join(source.pieces(start, end)) == data[start:end]
        assert b"".join(source.pieces()) == data
