"""Folded URLs: DuckDB's and Python's are the same."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.analysis.url_templates import FOLDED_URL
from tests.support.folding import folded

_DATABASE = duckdb.connect()


def _sql_folded(url: str) -> str:
    return str(_DATABASE.execute(f"SELECT {FOLDED_URL} FROM (SELECT ? AS url)", [url]).fetchall()[0][0])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.test/users/17/orders/18?page=2&a=1#top", "https://a.test/users/{id}/orders/{id}?a=*&page=*"),
        ("https://a.test/0b5c2a9e-1111-4222-8333-444455556666/x", "https://a.test/{id}/x"),
        ("https://a.test/deadbeef/cafe", "https://a.test/{id}/cafe"),
        ("https://a.test/img/20240228.png", "https://a.test/img/{id}.png"),
        ("https://a.test/t/eyJhbGciOiJIUzI1NiIsInR5/end", "https://a.test/t/{id}/end"),
        ("https://a.test/a-rather-long-name-of-a-page", "https://a.test/a-rather-long-name-of-a-page"),
        ("https://a.test/v1/list?1709136000000", "https://a.test/v1/list?{id}=*"),
        ("https://12345678/", "https://12345678/"),
        ("data:image/png;base64,AAAA/12345", "data:image/png;base64,"),
        ("https://a.test/?", "https://a.test/?"),
    ],
)
def test_urls_are_folded(url: str, expected: str) -> None:
    """What differs from one request to the next of the same kind goes."""
    assert _sql_folded(url) == folded(url) == expected


_PIECES = st.sampled_from(["/", "?", "&", "=", "#", ".", "a", "users", "17", "deadbeef", "é", "data:", "x" * 20, "%2F"])


@given(st.lists(_PIECES, max_size=20).map("".join))
def test_any_url_is_folded_as_python_does(tail: str) -> None:
    """DuckDB and Python fold any text in the same way."""
    for url in (tail, f"https://a.test/{tail}"):
        assert _sql_folded(url) == folded(url)
