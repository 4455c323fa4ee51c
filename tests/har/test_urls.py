"""Tests of where URLs lead."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.urls import CERTAIN_URL, UrlParts, located, normal_host, scheme_of

_PIECES = st.sampled_from(
    [
        *(
            "http",
            "https",
            "WSS",
            ":",
            "/",
            "//",
            "\\",
            "?",
            "#",
            "@",
            ".",
            "example.com",
            "[::1]",
            "443",
            "%41",
            " ",
            "\t",
            "ü",
        )
    ]
)


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://example.com/a/b?c#d", "example.com", "/a/b"),
        ("https://example.com", "example.com", "/"),
        ("https://example.com?x=/y", "example.com", "/"),
        ("https://example.com#x", "example.com", "/"),
        ("HTTPS://WWW.Example.COM:8443/A", "www.example.com", "/A"),
        ("https://user:secret@example.com/", "example.com", "/"),
        ("https://user:p@ss@example.com:81/x", "example.com", "/x"),
        ("https://example.com./x", "example.com", "/x"),
        ("https://example.com.:443/x", "example.com", "/x"),
        ("https:\\\\example.com\\a\\b?c\\d", "example.com", "/a/b"),
        ("https:/example.com/x", "example.com", "/x"),
        ("https:example.com/x", "example.com", "/x"),
        ("https:///example.com/x", "example.com", "/x"),
        (" \thttps://exa\nmple.com/x ", "example.com", "/x"),
        ("https://ex%61mple.com/x", "example.com", "/x"),
        ("https://bücher.example/x", "xn--bcher-kva.example", "/x"),
        ("https://[2001:DB8::1]:8443/x", "[2001:db8::1]", "/x"),
        ("https://[2001:db8:0:0:0:0:0:1]/x", "[2001:db8::1]", "/x"),
        ("https://2001:db8::1/x", "[2001:db8::1]", "/x"),
        ("https://127.0.0.1:80/x", "127.0.0.1", "/x"),
        ("wss://example.com/socket", "example.com", "/socket"),
        ("//cdn.example.com/lib.js", "cdn.example.com", "/lib.js"),
        ("//cdn.example.com", "cdn.example.com", "/"),
        ("\\\\cdn.example.com\\lib.js", "cdn.example.com", "/lib.js"),
        ("example.com:443", "example.com", None),
        ("EXAMPLE.com.:443", "example.com", None),
        ("localhost:443", "localhost", None),
        ("db:5432", "db", None),
        ("[2001:db8::1]:443", "[2001:db8::1]", None),
        ("localhost:3000/x", "localhost", "/x"),
        ("example.com:8080/x?y", "example.com", "/x"),
        ("example.com", "example.com", "/"),
        ("www.example.com/a?b", "www.example.com", "/a"),
        ("user@example.com/a", "example.com", "/a"),
        ("10.0.0.1/a", "10.0.0.1", "/a"),
        ("index.html", "", "index.html"),
        ("/api/items?x", "", "/api/items"),
        ("api/items.json", "", "api/items.json"),
        ("*", "", "*"),
        ("", "", None),
        ("?x", "", None),
        ("data:text/html,https://example.com/", "", None),
        ("blob:https://example.com/1-2", "", None),
        ("about:blank", "", None),
        ("mailto:jane@example.com", "", None),
        ("javascript:void(0)", "", None),
        ("chrome-extension://abcdef/page.html", "abcdef", "/page.html"),
        ("file:///etc/hosts", "", "/etc/hosts"),
        ("https://", "", "/"),
        ("https://[::1", "[::1]", "/"),
    ],
)
def test_a_url_leads_to_a_host_and_a_path(url: str, host: str, path: str | None) -> None:
    """Host and path are found however the URL was recorded."""
    found = located(url)
    assert (found.host, found.path) == (host, path)


@pytest.mark.parametrize(
    ("url", "scheme"),
    [("WSS://a/", "wss"), (" https://a", "https"), ("a:443", ""), ("//a", ""), ("data:,x", "data"), ("tel:5", "")],
)
def test_a_scheme_is_in_lower_case(url: str, scheme: str) -> None:
    """The scheme is what is before the colon, unless a port is behind it."""
    assert scheme_of(url) == located(url).scheme == scheme


@pytest.mark.parametrize(
    ("spelling", "host"),
    [
        *(("2001:db8::1", "[2001:db8::1]"), ("[2001:DB8::1]", "[2001:db8::1]"), ("2001:db8:0::1", "[2001:db8::1]")),
        *(("WWW.Example.com.", "www.example.com"), ("*.Example.com", "*.example.com"), (".", ".")),
        *(("*.bücher.example", "*.xn--bcher-kva.example"), ("*", "*"), ("[2001:*]", "[2001:*]")),
    ],
)
def test_spellings_of_a_host_are_one(spelling: str, host: str) -> None:
    """A host is the same however it is written."""
    assert normal_host(spelling) == host


@given(st.lists(_PIECES, max_size=12).map("".join) | st.text(max_size=40))
def test_any_text_leads_somewhere_and_the_quick_way_finds_the_same(url: str) -> None:
    """No text is refused; where the expression matches, it finds what is found."""
    found = located(url)
    assert found.host == normal_host(found.host) or "%" in url or not found.host.isascii()
    if match := re.search(CERTAIN_URL, url):
        assert found == UrlParts(scheme_of(url), match["host"], match["path"])


def test_long_urls_take_no_longer_than_their_length() -> None:
    """Nothing goes back and forth over a long text."""
    for piece in ("a.", "a:", "@", "[", "/", "\\", "%41", "ü.", "1", "a-"):
        located(f"https://{piece * 300_000}")
        located(piece * 300_000)
