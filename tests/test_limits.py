"""Limits, and sizes as clients write them."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.limits import DEFAULT_LIMITS, Limits, parse_bytes


@given(st.integers(0, 10**14), st.sampled_from([("", 1), ("k", 10**3), ("M", 10**6), ("G", 10**9)]), st.booleans())
def test_sizes_are_in_units_of_a_thousand(number: int, unit: tuple[str, int], with_b: bool) -> None:
    """1500, 20kB and 5M are numbers of bytes."""
    assert parse_bytes(f"{number}{unit[0]}{'B' if with_b else ''}") == number * unit[1]


@pytest.mark.parametrize("text", ["", "B", "-1", "1.5MB", "1 MB", "1KB", "1mb", "1T", "１", "1" * 16, "1MB\n"])
def test_what_is_no_size_is_refused(text: str) -> None:
    """The error says what is taken."""
    with pytest.raises(ValueError, match=r"is no size; it takes bytes, as 1500, 20kB or 5MB"):
        parse_bytes(text)


def test_limits_cannot_be_changed() -> None:
    """They are shared by all requests."""
    with pytest.raises(FrozenInstanceError):
        DEFAULT_LIMITS.max_parts = 1  # type: ignore[misc]
    assert Limits() == DEFAULT_LIMITS
