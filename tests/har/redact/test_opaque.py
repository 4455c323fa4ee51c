"""What looks drawn at random, and what does not."""

from __future__ import annotations

import pytest

from harlake.har.redact.opaque import is_opaque


@pytest.mark.parametrize(
    "value",
    [
        b"qZ7xW2mK9pL4vN8tR3yB6cD1",
        b"9c1b5e7d2f8a4c6e0b3d7f1a5c9e2b4d6f8a0c1e",
        b"4/0bJcupSsiGAaReab8TwKErDUJYsBrI3SyGk6R1mX8aZ6VCsyDxdHS0ljifZN9",
        b"pGs0Z3v9l4VtdIjtXHwG6Y1dBY3MrGScqi1KKA0RnLs=",
    ],
)
def test_keys_are(value: bytes) -> None:
    """Of three classes from 16 characters on, of two from 32."""
    assert is_opaque(value)


@pytest.mark.parametrize(
    "value",
    [
        b"3f2b8c1e-6d0a-4c55-9e1b-7a2f4d9c0b11",
        b"internationalization",
        b"MyApplicationSettings",
        b"/static/js/main.chunk.js",
        b"2026-11-27T08:00:00.000Z",
        b"web-491.adm.dc3.example.com:80",
        b"application/vnd.api+json",
        b"short1A",
        b"",
    ],
)
def test_words_are_not(value: bytes) -> None:
    """Nor UUIDs, times, hosts and paths."""
    assert not is_opaque(value)
