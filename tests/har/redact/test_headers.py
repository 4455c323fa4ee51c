"""Headers by their classes."""

from __future__ import annotations

import pytest

from harlake.har.redact.config import Config, Level
from harlake.har.redact.context import Context
from harlake.har.redact.headers import header_value
from harlake.har.redact.pseudonyms import Pseudonyms


def _context(level: Level = Level.SECRETS) -> Context:
    return Context(Config(level), Pseudonyms(b"k"), None)


def _treated(name: str, value: bytes) -> bytes:
    return header_value(_context(), name, value, bytes, bytes)


@pytest.mark.parametrize("name", ["ETag", "X-Request-Id", "Sec-WebSocket-Key", "Content-MD5"])
def test_harmless(name: str) -> None:
    """Opaque as they are, they are no secrets."""
    assert _treated(name, b"qZ7xW2mK9pL4vN8tR3yB6cD1") == b"qZ7xW2mK9pL4vN8tR3yB6cD1"


@pytest.mark.parametrize("name", ["X-Api-Key", "X-Nobody-Lists", "Authorization", "X-Acme-Session"])
def test_others(name: str) -> None:
    """What is opaque under an unknown name is hidden, too."""
    assert b"qZ7x" not in _treated(name, b"qZ7xW2mK9pL4vN8tR3yB6cD1")


def test_basic() -> None:
    """The scheme stays."""
    assert _treated("Authorization", b"Basic YWxpY2U6c2VjcmV0").startswith(b"Basic REDACTED-basic-")
