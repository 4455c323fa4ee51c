"""Answers fit, and say what was cut."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harlake.mcp.fitting import MOST_BYTES, beginning_of, fitted, fitting, size_of

_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=9), inner, max_size=6),
    max_leaves=30,
)


@given(_values)
def test_what_fits_is_left_as_it_is(value: Any) -> None:
    """Nothing is cut that need not be."""
    assert fitted(value) == value


@given(_values, st.integers(1, 3), st.integers(1_000, 5_000))
def test_what_does_not_fit_is_cut(value: Any, depth: int, length: int) -> None:
    """However long and deep: it is short enough, and tells that it was cut."""
    for _ in range(depth):
        value = [value, "é" * length] * 20
    smaller = fitted(value)
    assert size_of(smaller) <= MOST_BYTES
    assert size_of(value) <= MOST_BYTES or "cut" in str(smaller)


@given(st.lists(st.text(max_size=200), max_size=50), st.integers(0, 2_000))
def test_the_first_that_fit(items: list[str], most: int) -> None:
    """One at least, and as many as there is room for."""
    taken = list(fitting(items, most))
    assert taken == items[: len(taken)]
    assert bool(taken) == bool(items)
    assert len(taken) <= 1 or sum(size_of(item) + 1 for item in taken) <= most


def test_a_text_says_how_long_it_was() -> None:
    """In characters."""
    assert beginning_of("abc", 3) == "abc"
    assert beginning_of("abcd" * 1_000, 3) == "abc… [cut: 4,000 characters]"
