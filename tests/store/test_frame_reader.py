"""Objects read frame by frame: what is in each, whether it is whole, and where nothing more can be found."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from harlake.limits import MIB
from harlake.store.frame_reader import BrokenFrameError, FrameReader, ReadFrame

_WITH_CHECKSUM = zstandard.ZstdCompressor(write_checksum=True)
_TEXTS = st.lists(st.binary(max_size=300) | st.builds(bytes, st.integers(0, 400_000)), max_size=4)


def _read(data: bytes, size: int = 1_000) -> list[ReadFrame]:
    pieces = (data[start : start + size] for start in range(0, len(data), size))
    return list(FrameReader(pieces).frames())


@given(_TEXTS, st.integers(1, 100_000), st.booleans())
def test_frames_are_found_however_they_come(texts: list[bytes], size: int, has_checksum: bool) -> None:
    """Each with its place, its length and that of its text; a short text itself."""
    frames = [zstandard.ZstdCompressor(write_checksum=has_checksum).compress(text) for text in texts]
    found = _read(b"".join(frames), size)
    assert [one.frame.length for one in found] == [len(frame) for frame in frames]
    assert [one.frame.start for one in found] == [len(b"".join(frames[:number])) for number in range(len(frames))]
    assert [one.frame.text_length for one in found] == [len(text) for text in texts]
    assert {one.has_checksum for one in found} <= {has_checksum}
    assert [one.problem for one in found] == [None] * len(found)
    for one, text in zip(found, texts, strict=True):
        assert one.text == (text if len(text) <= 32 or text.startswith(b"]") else None)


def _text(frames: bytes | bytearray) -> bytes:
    """Return the text of frames, as zstd says it."""
    return zstandard.ZstdDecompressor().stream_reader(frames, read_across_frames=True).read()


def test_the_text_of_an_envelope_is_held() -> None:
    """However long it is."""
    envelope = b"]" + b"x" * MIB
    (found,) = _read(_WITH_CHECKSUM.compress(envelope))
    assert found.text == envelope


@given(st.data())
def test_a_damaged_frame_is_found_and_gone_past(data: st.DataObject) -> None:
    """A byte that is not what it was is noticed, unless it means the same; frames before it are read."""
    frames = [_WITH_CHECKSUM.compress(bytes(range(number, number + 100)) * 9) for number in range(3)]
    whole = b"".join(frames)
    at = data.draw(st.integers(len(frames[0]), len(frames[0]) + len(frames[1]) - 1))
    damaged = bytearray(whole)
    damaged[at] ^= data.draw(st.integers(1, 255))
    found: list[ReadFrame] = []
    reader = FrameReader(iter([bytes(damaged)]))
    try:
        found.extend(reader.frames())
    except BrokenFrameError as error:
        assert error.start >= len(frames[0])  # noqa: PT017 - what can be found behind it depends on what it is
    else:
        is_noticed = any(one.problem or not one.has_checksum for one in found[1:])
        assert is_noticed or _text(damaged) == _text(whole)
    assert [one.problem for one in found[:1]] in ([None], [])


def test_behind_a_frame_with_other_content_the_next_is_found() -> None:
    """A checksum that does not match costs no other frame."""
    one, two = (_WITH_CHECKSUM.compress(text) for text in (b"one" * 99, b"two" * 99))
    found = _read(one[:-1] + bytes([one[-1] ^ 1]) + two)
    assert "checksum" in str(found[0].problem)
    assert (found[1].problem, found[1].frame.start) == (None, len(one))


@pytest.mark.parametrize("cut", [1, 3, 6, 8, 20, -1])
def test_what_is_cut_off_is_broken(cut: int) -> None:
    """Wherever it is; and so is what is no frame."""
    frame = _WITH_CHECKSUM.compress(bytes(range(256)))
    with pytest.raises(BrokenFrameError) as found:
        _read(frame + frame[:cut])
    assert found.value.start == len(frame)
    with pytest.raises(BrokenFrameError, match="no zstd frame"):
        _read(b"no frame at all, but longer than a header is")


def test_a_large_frame_takes_little_memory() -> None:
    """However long its text is, and however short it is stored."""
    pieces = zstandard.ZstdCompressor(write_checksum=True).chunker(size=256 * MIB, chunk_size=MIB)

    def compressed() -> Iterator[bytes]:
        for _ in range(256):
            yield from pieces.compress(bytes(MIB))
        yield from pieces.finish()  # type: ignore[no-untyped-call]

    stored = b"".join(compressed())
    tracemalloc.start()
    (found,) = _read(stored)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.frame.text_length == 256 * MIB
    assert peak < 4 * MIB
