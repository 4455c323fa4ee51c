"""Limits, and sizes as clients write them."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.limits import DEFAULT_LIMITS, Limits, parse_bytes

_UNITS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


@given(
    st.integers(0, 10**6),
    st.sampled_from(list(_UNITS)),
    st.sampled_from(["", "b", "i", "ib"]),
    st.booleans(),
    st.booleans(),
)
def test_sizes_as_people_write_them(number: int, unit: str, ending: str, has_space: bool, is_upper: bool) -> None:
    """1500, 20kB and 5M are in units of a thousand, 64MiB and 64Mi of 1,024; in upper or lower case."""
    text = f"{number}{' ' if has_space else ''}{unit}{ending if unit else ending.replace('i', '')}"
    base = 1024 if unit and "i" in ending else 1000
    if not text.endswith(" "):
        assert parse_bytes(text.upper() if is_upper else text) == number * base ** _UNITS[unit]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        *(("1.5GB", 1_500_000_000), ("1.5 GiB", 3 << 29), ("0.1kB", 100), ("1.0001 kB", 1_000), ("0.5MiB", 524_288)),
        *(("9PB", 9 * 10**15), ("8000000000000000000", None), ("1.999999999999999TB", 1_999_999_999_999)),
    ],
)
def test_parts_of_units(text: str, size: int | None) -> None:
    """They are exact, and parts of a byte are left out."""
    if size is None:
        with pytest.raises(ValueError, match="is no size"):
            parse_bytes(text)
    else:
        assert parse_bytes(text) == size


@pytest.mark.parametrize(
    "text",
    [
        *("", "B", "-1", "1.5", "1.5B", "1,5MB", "1  MB", " 1", "1MB ", "1e6", "0x10", "１", "1" * 16, "1MB\n", ".5MB"),
        *("1.MB", "9999999999PB", "1_000", "1bytes", "1iB", "NaN", "inf", "+1"),
    ],
)
def test_what_is_no_size_is_refused(text: str) -> None:
    """The error says what is taken."""
    with pytest.raises(ValueError, match=r"is no size; it takes bytes, as 1500, 20kB, 1.5 GB or 64MiB"):
        parse_bytes(text)


def test_limits_cannot_be_changed() -> None:
    """They are shared by all requests."""
    with pytest.raises(FrozenInstanceError):
        DEFAULT_LIMITS.max_parts = 1  # type: ignore[misc]
    assert Limits() == DEFAULT_LIMITS
