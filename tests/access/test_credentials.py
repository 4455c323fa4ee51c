"""``Authorization`` headers: both forms of a token, and nothing else."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.access.credentials import cookie_name, cookie_token, presented_token


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


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        (["harlake-1=a"], "a"),
        (["x=y; harlake-1=a;z"], "a"),
        (["x=y", "harlake-1=a=b"], "a=b"),
        (["harlake-1=a; harlake-1=a"], None),
        (["harlake-1=a", "harlake-1=b"], None),
        (["harlake-1="], None),
        (["harlake=a; harlake-2=b; xharlake-1=c"], None),
        ([";;=;"], None),
        ([], None),
    ],
)
def test_cookies(headers: list[str], token: str | None) -> None:
    """The one that has the port of the service in its name, if it is there once."""
    assert cookie_token(headers, 1) == token


@given(st.text(st.characters(exclude_characters=";"), min_size=1), st.none() | st.integers(1, 65_535))
def test_a_cookie_is_found_again(token: str, port: int | None) -> None:
    """Under the name of its port, among others."""
    found = cookie_token([f"a=b; {cookie_name(port)}={token}; c=d"], port)
    assert found == (token.rstrip() or None)
