"""A cache of what was used last: its size is bounded, and what is asked for stays longest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harlake.pipeline.lru_cache import LruCache


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6) | st.none()), max_size=60))
def test_a_cache_has_what_was_used_last(operations: list[tuple[int, int | None]]) -> None:
    """As a list of keys by their last use has it, of which as many stay as have room, or one."""
    cache: LruCache[int, bytes] = LruCache(10, len)
    expected: dict[int, bytes] = {}
    for key, size in operations:
        if size is None:
            assert cache.get(key) == expected.get(key)
            if key in expected:
                expected[key] = expected.pop(key)
        else:
            value = bytes(size)
            cache.put(key, value)
            expected.pop(key, None)
            expected[key] = value
            while sum(map(len, expected.values())) > 10 and len(expected) > 1:
                del expected[next(iter(expected))]
    assert list(cache._values) == list(expected)
    assert cache._size == sum(map(len, expected.values()))


def test_one_value_stays_that_is_larger() -> None:
    """Until another comes."""
    cache: LruCache[str, bytes] = LruCache(10, len)
    cache.put("large", bytes(11))
    assert cache.get("large") == bytes(11)
    cache.put("small", b"")
    assert (cache.get("large"), cache.get("small")) == (None, b"")


def test_values_can_be_forgotten() -> None:
    """By their keys; others stay."""
    cache: LruCache[int, bytes] = LruCache(10, len)
    for key in range(4):
        cache.put(key, b"x")
    cache.forget(lambda key: key % 2 == 0)
    assert [cache.get(key) for key in range(4)] == [None, b"x", None, b"x"]
    assert cache._size == 2
