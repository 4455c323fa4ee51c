"""What stands between entries: envelope, separators, gaps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.parse.between_entries import NO_ENTRY, BetweenEntries
from harlake.har.parse.gaps import Gap
from harlake.har.parse.position import START
from harlake.limits import KIB, Limits
from tests.support.damage import pieces

_HEAD = b'{"log":{"version":"1.2","pages":[{"a":[]}],"entries":['
_TAIL = b'],"comment":"x"},"more":1}'


def _between(*texts: bytes, cuts: tuple[int, ...] = (), limits: Limits | None = None) -> tuple[BetweenEntries, bytes]:
    """Take texts that stand before, between and after entries of a byte each."""
    between = BetweenEntries(limits or Limits())
    position = START
    for number, text in enumerate(texts):
        for piece in pieces(text, cuts):
            between.add(piece, position)
            position = position.after(piece)
        between.end(is_entry=number < len(texts) - 1)
        position = position.after(b"e")
    return between, b"".join(piece.data for piece in between.take_pieces())


@given(st.lists(st.integers(0, 99), max_size=4))
def test_an_envelope_is_found(cuts: list[int]) -> None:
    """Behind other text, and before other text, which is gaps; separators are nothing."""
    between, gaps = _between(b"x = " + _HEAD, b" ,\n", _TAIL + b" ;\n", cuts=tuple(cuts))
    assert between.is_kept
    assert not between.is_open
    assert between.envelope().closing({}) == b'],"version":"1.2","pages":[{"a":[]}],"comment":"x"},"more":1}'
    assert gaps == b"x =;"
    assert between.gaps == [Gap(0, 3, 1, NO_ENTRY), Gap(len(_HEAD) + len(_TAIL) + 10, 1, 2, NO_ENTRY)]


@pytest.mark.parametrize("tail", [b"", b"]", b"],", b'],"a":1', b"]x}}"])
def test_an_end_that_is_missing(tail: bytes) -> None:
    """What is whole before the entries is kept, and nothing else is made up."""
    between, _ = _between(_HEAD, tail)
    assert between.is_open
    assert not between.is_kept
    assert list(between.envelope().log) == ["version", "pages"]


@pytest.mark.parametrize(
    "head", [b"", b"[", b"{'log':{'entries':[", b'{"log":{"version":"1.2', b'{"log":{"pages":[]}}']
)
def test_a_beginning_that_is_missing(head: bytes) -> None:
    """Then there is no envelope."""
    between, _ = _between(head, b"")
    assert (between.envelope().log, between.envelope().rest) == ({}, {})


def test_a_reason_is_of_one_gap() -> None:
    """The first that is said; what is said of a gap is not said of the next."""
    between = BetweenEntries(Limits(max_problems=2))
    for number in range(3):
        between.say(f"reason {number}")
        between.say("another")
        between.add(b"x", START)
        between.end(is_entry=True)
    assert [gap.reason for gap in between.gaps] == ["reason 0", "reason 1"]
    assert between.gap_count == 3


def test_little_is_held() -> None:
    """Of a gap a piece, of what may be the envelope its limit."""
    limits = Limits(max_envelope_bytes=64 * KIB)
    between = BetweenEntries(limits)
    held, data = 0, b""
    for text in [b"x" * 1000] * 999 + [b" " * 1000] * 99 + [b"y"]:
        between.add(text, START)
        held = max(held, between.held)
        data += b"".join(piece.data for piece in between.take_pieces())
    between.end(is_entry=False)
    data += b"".join(piece.data for piece in between.take_pieces())
    assert data == b"x" * 999_000 + b" " * 99_000 + b"y"
    assert held <= 300 * KIB
    assert between.gaps[0].length == len(data)
