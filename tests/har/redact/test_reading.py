"""Single texts without their secrets."""

from __future__ import annotations

from harlake.har.redact.config import Config
from harlake.har.redact.reading import redacted_text


def test_one_entry() -> None:
    """What is secret in it goes from all of it, and becomes the same with the same key."""
    entry = b'{"request":{"url":"https://a.example/?token=qZ7xW2mK9pL4vN8t"},"comment":"qZ7xW2mK9pL4vN8t"}'
    new, other = (redacted_text(entry, Config(key=key * 32)) for key in (b"k", b"l"))
    assert b"qZ7xW2mK9pL4vN8t" not in new
    assert new == redacted_text(entry, Config(key=b"k" * 32)) != other
    assert redacted_text(b'{"a":"b"}', Config()) == b'{"a":"b"}'
