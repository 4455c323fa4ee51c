"""Finding thousands of literals: as Python's own ``find``, wherever they stand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harlake.har.redact.literals import Literals

_LITERAL = st.binary(min_size=8, max_size=12)


@given(literals=st.sets(_LITERAL, max_size=5), filler=st.binary(max_size=20))
def test_each_literal_is_found(literals: set[bytes], filler: bytes) -> None:
    """At any offset, whatever is beside it."""
    found = Literals({literal: literal for literal in literals})
    for literal in literals:
        data = filler + literal + filler
        spans = list(found.find(data))
        assert any(start <= data.index(literal) < end for start, end, _ in spans)
        assert all(data[start:end] == value for start, end, value in spans)


def test_at_the_border_of_pieces() -> None:
    """A literal that two pieces have is found once."""
    for at in range((1 << 16) - 9, (1 << 16) + 2):
        data = b"." * at + b"secret-1234" + b"." * 100
        assert list(Literals({b"secret-1234": b"x"}).find(data)) == [(at, at + 11, b"x")]


def test_the_longest_counts() -> None:
    """Of literals at one place."""
    assert list(Literals({b"12345678": b"a", b"123456789": b"b"}).find(b"0123456789")) == [(1, 10, b"b")]
