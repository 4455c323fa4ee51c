"""``Authorization`` headers: both forms of a token, and nothing else."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.access.credentials import presented_token


def _basic(pair: bytes) -> str:
    return f"Basic {base64.b64encode(pair).decode()}"


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer harlake_1", "harlake_1"),
        ("bearer   harlake_1 ", "harlake_1"),
        (_basic(b"anybody:harlake_1"), "harlake_1"),
        (_basic(b":harlake_1"), "harlake_1"),
        (_basic(b"harlake_1:"), "harlake_1"),
        (_basic(b"a:b:c"), "b:c"),
        (_basic(b":"), None),
        (_basic(b"no colon"), None),
        (_basic(b"\xff:\xff"), None),
        ("Basic !!!!", None),
        ("Bearer", None),
        ("Bearer ", None),
        ("Bearer a b", None),
        ("Bearer a,Basic b", None),
        ("harlake_1", None),
        ("Digest username=harlake_1", None),
        ("", None),
    ],
)
def test_forms(header: str, token: str | None) -> None:
    """Bearer, or basic with the token as password, or as user without one."""
    assert presented_token(header) == token


@given(st.text())
def test_no_header_is_an_error(header: str) -> None:
    """Whatever is sent, there is a token in it, or none; an empty one is none."""
    for one in (header, f"Bearer {header}", f"Basic {header}", _basic(header.encode("utf-8", "replace"))):
        assert presented_token(one) is None or presented_token(one)
