"""Names that clients give."""

from __future__ import annotations

import pytest

from harlake.api.names import checked_name
from harlake.errors import BadRequestError


@pytest.mark.parametrize(
    ("name", "expected"), [(None, ""), ("", ""), (" \t", ""), (" a b ", "a b"), ("é" * 512, "é" * 512)]
)
def test_names_are_stripped(name: str | None, expected: str) -> None:
    """White space around them does not count, up to 1 KiB of UTF-8 does not matter."""
    assert checked_name(name) == expected


@pytest.mark.parametrize("name", ["a" * 1_025, "é" * 513, "\U0001f600" * 257])
def test_long_names_are_refused(name: str) -> None:
    """The refusal says which member it is."""
    with pytest.raises(BadRequestError, match=r"^sessionName exceeds 1024 bytes$"):
        checked_name(name, "sessionName")
