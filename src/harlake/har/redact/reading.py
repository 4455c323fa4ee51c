"""Single texts without their secrets, for who looks at one of them, and not at all that was captured with it."""

from __future__ import annotations

from harlake.har.redact.config import Config
from harlake.har.redact.redactor import Redactor


def redacted_text(text: bytes, config: Config) -> bytes:
    """Return an entry, or another valid JSON text, without what is secret in it by itself.

    What only other entries tell to be a secret stays: for that, all of them have to be read.
    """
    redactor = Redactor(config)
    edits = redactor.learn(text)
    return redactor.redacted(text, edits)
