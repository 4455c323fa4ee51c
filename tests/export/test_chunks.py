"""Chunks: the same bytes in fewer pieces, of which each is worth sending."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harlake.export.chunks import chunked, dropped, limited, recompressed
from harlake.limits import KIB
from tests.support.hars import decoded

_pieces = st.lists(st.sampled_from([b"", b",", b"x" * 1_000, b"y" * 100 * KIB, b"z" * 150 * KIB]), max_size=12)


@given(_pieces)
def test_pieces_are_joined(pieces: list[bytes]) -> None:
    """No byte changes, and each chunk but the last is large enough; pauses stay what they are."""
    chunks = list(chunked(pieces))
    assert b"".join(chunks) == b"".join(pieces)
    assert all(len(chunk) >= 128 * KIB for chunk in list(filter(None, chunks))[:-1])
    assert chunks.count(b"") == pieces.count(b"")


@given(_pieces)
def test_chunks_become_frames(pieces: list[bytes]) -> None:
    """Frames are one after the other what the pieces were."""
    frames = list(recompressed(pieces))
    assert len(frames) == len(list(chunked(pieces)))
    assert b"".join(decoded(frame, "zstd") for frame in frames if frame) == b"".join(pieces)


@given(st.lists(st.binary(max_size=4), max_size=8), st.integers(0, 30), st.integers(0, 30))
def test_a_part_of_pieces(pieces: list[bytes], start: int, count: int) -> None:
    """Bytes are left out at the beginning, and at the end."""
    text = b"".join(pieces)
    assert b"".join(dropped(pieces, start)) == text[start:]
    assert b"".join(limited(dropped(pieces, start), count)) == text[start:][:count]
