"""Origins: what pages of others send, and what the service's own pages do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.access.hosts import Authority, parse_authority
from harlake.access.origins import is_foreign

_HERE = "localhost:8889"


def _foreign(origin: str | None = None, site: str | None = None, *, host: str = _HERE, secure: bool = False) -> bool:
    own = parse_authority(host)
    assert own is not None
    origins, sites = ([] if one is None else [one] for one in (origin, site))
    return is_foreign(origins, sites, own, secure=secure)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (None, _HERE),
        ("http://localhost:8889", _HERE),
        ("https://localhost:8889", _HERE),
        ("http://127.0.0.1", "127.0.0.1:80"),
        ("http://127.0.0.1:80", "127.0.0.1"),
        ("https://har.example.com", "har.example.com"),
        ("https://har.example.com", "HAR.example.com.:443"),
        ("http://[::1]:8889", "[0::1]:8889"),
    ],
)
def test_own(origin: str | None, host: str) -> None:
    """No origin, or the same host and port; behind a proxy, the scheme may be another."""
    assert not _foreign(origin, host=host)


@pytest.mark.parametrize(
    "origin",
    [
        *("null", "", "localhost:8889", "http://", "http://localhost", "http://localhost:8888", "https://localhost"),
        *("http://127.0.0.1:8889", "http://attacker.example", "http://attacker.example:8889"),
        *(
            "http://localhost:8889.attacker.example",
            "http://localhost.attacker.example:8889",
            "http://a.localhost:8889",
        ),
        *("http://localhost:8889@attacker.example", "http://x@localhost:8889", "http://localhost:8889/", "http://*"),
        *("HTTP://localhost:8889", "ftp://localhost:8889", "file://", "chrome-extension://localhost:8889"),
        *("http://localhost:8889 http://attacker.example", "http://localhost:8889,http://localhost:8889"),
    ],
)
def test_foreign(origin: str) -> None:
    """Another host, port or kind of origin, an opaque one, and what is none."""
    assert _foreign(origin)


def test_tls_knows_its_scheme() -> None:
    """A page without TLS is another origin than a service with it."""
    assert _foreign("http://har.example.com", host="har.example.com", secure=True)
    assert not _foreign("https://har.example.com", host="har.example.com", secure=True)


@pytest.mark.parametrize(
    ("site", "foreign"),
    [
        ("same-origin", False),
        ("none", False),
        ("same-site", True),
        ("cross-site", True),
        ("", True),
        ("Same-Origin", True),
    ],
)
def test_fetch_metadata(site: str, foreign: bool) -> None:
    """What a browser says of the page counts, also where there is no origin, or the right one."""
    assert _foreign(None, site) == _foreign(f"http://{_HERE}", site) == foreign


def test_headers_that_are_there_twice() -> None:
    """Two origins are none; each of several sites counts."""
    own = Authority("localhost", 8889)
    assert is_foreign([f"http://{_HERE}"] * 2, [], own, secure=False)
    assert is_foreign([], ["same-origin", "cross-site"], own, secure=False)


@given(st.one_of(st.text(), st.text("htps:/localhost8889@.[]", max_size=40)))
def test_no_other_text_is_the_own_origin(origin: str) -> None:
    """Of all texts, two are this origin."""
    if not _foreign(origin):
        assert origin.lower().replace(".:", ":") in (f"http://{_HERE}", f"https://{_HERE}")
