"""What JavaScript makes of values, as ECMA-262 has it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from harlake.har.validate.javascript import casts_to_date, casts_to_number, is_true


@given(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False))
def test_numbers_are_numbers_however_they_are_written(value: Any) -> None:
    """Numbers, booleans and null cast to numbers; so do numbers in strings, and in arrays of one."""
    assert casts_to_number(value)
    if value is None or isinstance(value, bool):
        return
    text = f" {value}\n".replace("inf", "Infinity")
    assert casts_to_number(text)
    assert casts_to_number([text])
    assert not casts_to_number([text, text])
    assert not casts_to_number(f"{text.strip()}px")


@pytest.mark.parametrize(
    ("value", "casts"),
    [
        ("", True),
        ("0x1F", True),
        ("0b2", False),
        ("0o17", True),
        (".5", True),
        ("5.", True),
        (".", False),
        ("1e5", True),
        ("1e", False),
        ("-Infinity", True),
        ("infinity", False),
        ("INFINITY", False),
        ("1E5", True),
        ("0XfF", True),
        ("\ufeff1\u2003", True),
        ("\x1c1", False),
        ("NaN", False),
        ([], True),
        ([[1]], True),
        ([True], False),
        ([None], True),
        ([{}], False),
        ({}, False),
        (UNSET, False),
    ],
)
def test_what_casts_to_a_number(value: Any, casts: bool) -> None:
    """Strings as ECMA-262 says, arrays as their only item."""
    assert casts_to_number(value) is casts


@pytest.mark.parametrize(
    ("value", "casts"),
    [
        ("2024-01-31T10:00:00.123Z", True),
        ("2024-01-31T10:00:00", True),
        ("2024-01", True),
        ("2024", True),
        ("2024-13-01T10:00:00Z", False),
        ("2024-01-31T24:00", True),
        ("2024-01-31T24:01", False),
        ("+002024-01-31", True),
        ("31 Jan 2024", True),
        ("Jan 31, 2024 10:00", True),
        ("1/31/2024 10:00 pm", True),
        ("soon", False),
        ("", False),
        (None, True),
        (True, True),
        (8.64e15, True),
        (8.65e15, False),
        ([], False),
        ([2024], True),
        ([[5, 1], 2024], True),
        ([13, 5, 2024], False),
        ([2024.0], True),
        ([1e21], False),
        ([True], False),
        (["2024-05-01T10:00:00Z"], True),
        ([{}], False),
        ({}, False),
        (UNSET, False),
    ],
)
def test_what_casts_to_a_date(value: Any, casts: bool) -> None:
    """ISO 8601, the other dates that V8 reads, and milliseconds within the bounds of ECMA-262."""
    assert casts_to_date(value) is casts


@pytest.mark.parametrize(
    ("value", "true"),
    [(UNSET, False), (None, False), (0, False), ("", False), (False, False), ([], True), ({}, True), ("0", True)],
)
def test_what_is_true(value: Any, true: bool) -> None:
    """Empty arrays and objects are true; what is undefined is not."""
    assert is_true(value) is true
