"""Whose a host is."""

from __future__ import annotations

import pytest

from harlake.analysis.parties import registrable_domain


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.example.com", "example.com"),
        ("example.com", "example.com"),
        ("a.b.example.co.uk", "example.co.uk"),
        ("example.co.uk", "example.co.uk"),
        ("www.example.de", "example.de"),
        ("co.uk", "co.uk"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "[::1]"),
        ("localhost", "localhost"),
        ("", ""),
    ],
)
def test_domains(host: str, domain: str) -> None:
    """What somebody has registered, as names tell."""
    assert registrable_domain(host) == domain
