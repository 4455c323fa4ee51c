"""Lists of headers."""

from __future__ import annotations

from harlake.har.redact.header_names import ADDRESSES, CREDENTIALS, SAFE, URLS


def test_lists() -> None:
    """A header is of one class, in lower case."""
    for one, other in ((SAFE, URLS), (SAFE, CREDENTIALS), (URLS, CREDENTIALS)):
        assert not one & other
    assert all(name == name.lower() and not ADDRESSES.fullmatch(name) for name in SAFE | URLS | CREDENTIALS)
