"""A cache: what was used last is there, and never more bytes than it may hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harlake.pipeline.lru_cache import LruCache


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12)), max_size=60))
def test_a_cache_has_what_was_used_last(used: list[tuple[int, int]]) -> None:
    """Values go in the order in which they were used; the latest stays, whatever its size."""
    cache: LruCache[int, bytes] = LruCache(10, len)
    held: dict[int, bytes] = {}
    for key, size in used:
        value = cache.get(key)
        assert value == held.get(key)
        held.pop(key, None)
        if value is None or len(value) != size:
            value = bytes(size)
            cache.put(key, value)
        held[key] = value
        while sum(map(len, held.values())) > 10 and len(held) > 1:
            del held[next(iter(held))]


def test_what_is_forgotten_takes_no_room() -> None:
    """Keys that meet a condition are gone, and their room is there for others."""
    cache: LruCache[int, bytes] = LruCache(10, len)
    for key in range(5):
        cache.put(key, b"xx")
    cache.forget(lambda key: key % 2 == 0)
    assert [key for key in range(5) if cache.get(key) is not None] == [1, 3]
    cache.put(9, b"xxxxxx")
    assert [key for key in (1, 3, 9) if cache.get(key) is not None] == [1, 3, 9]
