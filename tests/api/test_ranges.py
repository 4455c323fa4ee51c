"""Which part of an answer a client asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.api.ranges import ByteRange, requested_range
from harlake.errors import RangeNotSatisfiableError


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", (0, 10)),
        ("bytes=3-", (3, 10)),
        ("Bytes= 3-5 ", (3, 6)),
        ("bytes=3-99", (3, 10)),
        ("bytes=9-9", (9, 10)),
        ("bytes=-4", (6, 10)),
        ("bytes=-99", (0, 10)),
    ],
)
def test_one_part(header: str, part: tuple[int, int]) -> None:
    """From one byte to another, to the end, or as many as there are before the end."""
    assert requested_range({"range": header or ""}, '"a"', 10) == ByteRange(*part, 10)


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-", "bytes=0-1,3-4", "lines=0-1", "bytes=٣-"],
)
def test_what_is_ignored(header: str | None) -> None:
    """What is no range, of other units, or of several parts, is the whole."""
    assert requested_range({"range": header or ""}, '"a"', 10) is None


def test_another_version_is_sent_as_a_whole() -> None:
    """A client that has the beginning of the same gets the rest."""
    assert requested_range({"range": "bytes=3-", "if-range": '"b"'}, '"a"', 10) is None
    assert requested_range({"range": "bytes=3-", "if-range": '"a"'}, None, 10) is None
    assert requested_range({"range": "bytes=3-", "if-range": '"a"'}, '"a"', 10) == ByteRange(3, 10, 10)


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=99999999999-", "bytes=-0"])
def test_a_part_that_is_not_there(header: str) -> None:
    """It begins after the end, or has no bytes."""
    with pytest.raises(RangeNotSatisfiableError, match="10 bytes"):
        requested_range({"range": header}, None, 10)


@given(st.text("bytes=0123456789- ,", max_size=30), st.integers(1, 50))
def test_any_text(header: str, total: int) -> None:
    """A part has one byte at least, all of them in the answer."""
    try:
        part = requested_range({"range": header}, None, total)
    except RangeNotSatisfiableError:
        return
    assert part is None or 0 <= part.start < part.end <= total
