"""Keys of URLs: what endpoints are told apart by."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.analysis.comparison_options import KEYS, ComparisonOptions
from harlake.analysis.endpoint_keys import EndpointKeys


def _key(url: str, **options: Any) -> tuple[str, str]:
    found = EndpointKeys(ComparisonOptions(**options)).key(url)
    return found.folded, found.host


@pytest.mark.parametrize(
    ("url", "folded", "host"),
    [
        ("HTTPS://User@A.test:443/x?b=1#c", "https://a.test/x?b=*", "a.test"),
        ("http://a.test:8080/x", "http://a.test:8080/x", "a.test"),
        ("https://a.test", "https://a.test/", "a.test"),
        ("https://a.test?b=1", "https://a.test/?b=*", "a.test"),
        ("a.test:443", "a.test:443", "a.test"),
        ("data:text/plain,17", "data:text/plain,", ""),
        ("", "", ""),
    ],
)
def test_urls_are_normal(url: str, folded: str, host: str) -> None:
    """Scheme and host in lower case, without a user and the scheme's own port."""
    assert _key(url) == (folded, host)


@pytest.mark.parametrize(
    ("hosts", "folded"),
    [
        ({"a.test": "b.test"}, "https://b.test:8443/x"),
        ({"a.test:8443": "b.test"}, "https://b.test/x"),
        ({"*.test": "*.other"}, "https://a.other:8443/x"),
        ({"x.test": "b.test"}, "https://a.test:8443/x"),
    ],
)
def test_hosts_are_mapped(hosts: dict[str, str], folded: str) -> None:
    """With a port or without, or all below a domain."""
    assert _key("https://a.test:8443/x", hosts=hosts)[0] == folded


def test_parts_are_left_out() -> None:
    """Of the key; the value of a parameter may be kept."""
    all_keys = frozenset(KEYS)
    assert _key("https://a.test/x?b=1", keys=all_keys - {"host"})[0] == "https://*/x?b=*"
    assert _key("https://a.test/x?b=1", keys=all_keys - {"scheme"})[0] == "//a.test/x?b=*"
    assert _key("https://a.test/x?b=1", keys=all_keys - {"query"})[0] == "https://a.test/x"
    keys = EndpointKeys(ComparisonOptions(kept=frozenset({"b"})))
    assert keys.key("https://a.test/x?b=1&op=y").call == "b=1&op=y"


@given(st.text(max_size=60), st.sampled_from(["", "https://", "https://a.test", "//", "data:"]))
def test_any_text_has_a_key(text: str, start: str) -> None:
    """Nothing that may be a URL is an error."""
    found = EndpointKeys(ComparisonOptions()).key(start + text)
    assert isinstance(found.folded, str)
