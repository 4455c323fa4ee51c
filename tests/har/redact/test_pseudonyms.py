"""Pseudonyms: equal for equal values, and with another key, others."""

from __future__ import annotations

import base64
import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from harlake.har.redact.pseudonyms import PSEUDONYM, Pseudonyms


def test_equal_values() -> None:
    """One key, one pseudonym; its kind is told."""
    one, other = Pseudonyms(b"a"), Pseudonyms(b"b")
    assert one.of("token", b"secret") == one.of("token", b"secret") != other.of("token", b"secret")
    assert one.of("token", b"secret").startswith(b"REDACTED-token-")
    assert PSEUDONYM.fullmatch(one.of("token", b"secret"))


@given(st.binary(min_size=1, max_size=200), st.binary(min_size=4, max_size=200))
def test_they_are_hmacs_in_base32(key: bytes, value: bytes) -> None:
    """Of RFC 2104 and RFC 4648, the first ten letters."""
    digest = hmac.digest(key, value, hashlib.sha256)
    assert Pseudonyms(key).of("token", value) == b"REDACTED-token-" + base64.b32encode(digest)[:10]


def test_few_values() -> None:
    """Codes are so few that all could be tried: they become a constant."""
    assert Pseudonyms(b"a").of("code", b"123456") == Pseudonyms(b"b").of("code", b"654321") == b"REDACTED-code"


def test_forms() -> None:
    """Addresses and numbers keep their form."""
    of = Pseudonyms(b"a").of
    assert of("email", b"a@b.example").endswith(b"@redacted.invalid")
    assert of("ip", b"10.1.2.3").startswith(b"10.")
    assert of("ip", b"81.2.69.142").startswith(b"240.")
    assert len(of("card", b"5555276451919165")) == 16
