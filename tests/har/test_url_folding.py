"""Folded URLs: what differs from one request or build to the next goes, and nothing that is a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.url_folding import FOLDS, fold_url

_ALL = frozenset(FOLDS)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.test/users/17/orders/18?page=2&a=1#top", "https://a.test/users/{id}/orders/{id}?a=*&page=*"),
        ("https://a.test/0b5c2a9e-1111-4222-8333-444455556666/x", "https://a.test/{id}/x"),
        ("https://a.test/deadbeef/cafe", "https://a.test/{id}/cafe"),
        ("https://a.test/img/20240228.png", "https://a.test/img/{id}.png"),
        ("https://a.test/t/eyJhbGciOiJIUzI1NiIsInR5/end", "https://a.test/t/{id}/end"),
        ("https://a.test/a-rather-long-name-of-a-page", "https://a.test/a-rather-long-name-of-a-page"),
        ("https://a.test/getting-started-with-python3", "https://a.test/getting-started-with-python3"),
        ("https://a.test/list?1709136000000", "https://a.test/list?{id}=*"),
        ("https://a.test/on/2024-05-01/x", "https://a.test/on/{id}/x"),
        ("https://a.test/c/cus_NffrFeUfNV2Hib", "https://a.test/c/{id}"),
        ("https://12345678/", "https://12345678/"),
        ("data:image/png;base64,AAAA/12345", "data:image/png;base64,"),
        ("blob:https://a.test/0b5c2a9e-1111-4222-8333-444455556666", "blob:https://a.test/{id}"),
        ("https://a.test/?", "https://a.test/?"),
        ("https://a.test/v2/users", "https://a.test/{version}/users"),
        ("https://a.test/api/1.2.3/x", "https://a.test/api/{version}/x"),
        ("https://a.test/v1beta1/x", "https://a.test/{version}/x"),
        ("https://a.test/oauth2/utf8/en-US", "https://a.test/oauth2/utf8/en-US"),
        ("https://a.test/p;jsessionid=0A1B?x=1", "https://a.test/p;jsessionid=*?x=*"),
        ("https://a.test/(S(lit3py55t21z5v55vlm25s55))/p.aspx", "https://a.test/{session}/p.aspx"),
        ("https://a.test/session/abc123de/url", "https://a.test/session/{session}/url"),
        ("https://a.test/session/new", "https://a.test/session/new"),
        ("https://a.test/_next/static/T8uxFxaGkJxYzabcDeF/_m.js", "https://a.test/_next/static/{hash}/_m.js"),
        ("https://a.test/_next/data/development/a.json", "https://a.test/_next/data/{hash}/a.json"),
    ],
)
def test_urls_are_folded(url: str, expected: str) -> None:
    """What differs from one request to the next of the same kind goes."""
    assert fold_url(url, _ALL).folded == expected


@pytest.mark.parametrize(
    ("url", "call"),
    [
        ("https://a.test/admin-ajax.php?action=save&x=1", "action=save"),
        ("https://a.test/wms?REQUEST=GetMap&bbox=1,2", "REQUEST=GetMap"),
        ("https://a.test/?q=action", ""),
        ("https://a.test/rpc?method=" + "x" * 200, ""),
    ],
)
def test_what_is_called_is_kept(url: str, call: str) -> None:
    """The values of some parameters say what is called."""
    assert fold_url(url, _ALL).call == call


def test_what_is_folded_is_a_choice() -> None:
    """Without any, a URL is as it was, less its fragment."""
    url = "https://a.test/v2/users/17/main.3f2a1b9c.js?b=1&a=2#x"
    assert fold_url(url, frozenset()).folded == url.removesuffix("#x")
    for folds, path in (
        (("ids",), "v2/users/{id}/main.3f2a1b9c.js?b=1&a=2"),
        (("hashes",), "v2/users/17/main.{hash}.js?b=1&a=2"),
        (("versions",), "{version}/users/17/main.3f2a1b9c.js?b=1&a=2"),
        (("query",), "v2/users/17/main.3f2a1b9c.js?a=*&b=*"),
    ):
        assert fold_url(url, frozenset(folds)).folded == f"https://a.test/{path}"


def test_ids_are_told_from_names() -> None:
    """A number or UUID as a segment is no name; a file's name or a version is one."""
    assert fold_url("https://a.test/users/17", _ALL).by_ids
    assert not fold_url("https://a.test/17.png", _ALL).by_ids
    assert not fold_url("https://a.test/v2/users", _ALL).by_ids


_PIECES = st.sampled_from(["/", "?", "&", "=", "#", ".", "a", "users", "17", "deadbeef", "é", "data:", "x" * 20, "%2F"])


@given(st.lists(_PIECES, max_size=20).map("".join) | st.text(max_size=60))
def test_any_text_is_folded_once(tail: str) -> None:
    """Folding what is folded changes nothing more in the query; the name keeps the path as it was."""
    url = f"https://a.test/{tail}"
    found = fold_url(url, _ALL)
    assert "#" not in found.name
    assert found.name.partition("?")[0] == url.partition("#")[0].partition("?")[0]
    assert found.folded.count("/") == found.name.count("/")
