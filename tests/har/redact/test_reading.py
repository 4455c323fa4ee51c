"""Single texts without their secrets."""

from __future__ import annotations

from harlake.har.redact.config import Level
from harlake.har.redact.reading import redacted_text, strictest


def test_one_entry() -> None:
    """What is secret in it goes from all of it, and becomes the same with the same key."""
    entry = b'{"request":{"url":"https://a.example/?token=qZ7xW2mK9pL4vN8t"},"comment":"qZ7xW2mK9pL4vN8t"}'
    new = redacted_text(entry, Level.SECRETS, b"k" * 32)
    assert b"qZ7xW2mK9pL4vN8t" not in new
    assert new == redacted_text(entry, Level.SECRETS, b"k" * 32) != redacted_text(entry, Level.SECRETS, b"l" * 32)
    assert redacted_text(b'{"a":"b"}', Level.SECRETS, b"k") == b'{"a":"b"}'


def test_strictest() -> None:
    """Of what is asked for and what is the default, the one that takes out more counts."""
    assert strictest(None, None) is None
    assert strictest(Level.SECRETS, None) is Level.SECRETS
    assert strictest(Level.SECRETS, Level.STRICT) is Level.STRICT
