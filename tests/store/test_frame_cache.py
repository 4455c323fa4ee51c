"""The cache of frames: bounded in bytes, and nothing of a capture that has gone."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from harlake.store.capture_object import Frame
from harlake.store.frame_cache import FrameCache

_CAPTURES = [uuid.UUID(int=number) for number in range(3)]


@given(st.lists(st.tuples(st.sampled_from(_CAPTURES), st.integers(0, 5), st.integers(0, 30)), max_size=40))
def test_it_holds_what_was_asked_for_last(puts: list[tuple[uuid.UUID, int, int]]) -> None:
    """Never more than its capacity, unless one text has more; and each text is that of its frame."""
    cache = FrameCache(20)
    expected: dict[tuple[uuid.UUID, int], bytes] = {}
    for capture, number, length in puts:
        expected.pop((capture, number), None)
        expected[capture, number] = bytes(length)
        cache.put(capture, Frame(number, 1, 1), bytes(length))
        while sum(map(len, expected.values())) > 20 and len(expected) > 1:
            del expected[next(iter(expected))]
        for one in _CAPTURES:
            for frame in range(6):
                kept = cache.get(one, Frame(frame, 1, 1))
                assert kept == expected.get((one, frame))
                if kept is not None:  # to be asked for makes it the latest
                    expected[one, frame] = expected.pop((one, frame))


def test_a_capture_is_forgotten() -> None:
    """All of its frames, and no others."""
    cache = FrameCache(100)
    for capture in _CAPTURES:
        for number in range(2):
            cache.put(capture, Frame(number, 1, 1), b"text")
    cache.forget(_CAPTURES[1])
    kept = [cache.get(capture, Frame(number, 1, 1)) for capture in _CAPTURES for number in range(2)]
    assert kept == [b"text", b"text", None, None, b"text", b"text"]
    assert cache._size == 16
