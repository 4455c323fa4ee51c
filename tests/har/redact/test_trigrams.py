"""Where words may begin: nowhere is left out, in any case and at any offset."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harlake.har.redact.trigrams import Trigrams


@given(before=st.integers(0, 600), after=st.integers(0, 300), word=st.sampled_from([b"token", b"PASS", b"Key"]))
def test_no_place_is_missed(before: int, after: int, word: bytes) -> None:
    """In texts that are short, and in those that are not."""
    data = b"." * before + word + b"." * after
    assert before in list(Trigrams([b"tok", b"pas", b"key"]).places(data))


def test_at_the_border_of_pieces() -> None:
    """Each place is told once, and in order."""
    for at in range((1 << 16) - 4, (1 << 16) + 4):
        assert [place for place in Trigrams([b"tok"]).places(b"." * at + b"tok" + b"." * 9) if place == at] == [at]
