"""What becomes of a secret that is found."""

from __future__ import annotations

from harlake.har.redact.config import Config, Level
from harlake.har.redact.context import Context
from harlake.har.redact.pseudonyms import Pseudonyms


def test_hidden_and_learned() -> None:
    """The scheme stays; a pseudonym is none."""
    learned: list[tuple[str, bytes]] = []
    context = Context(Config(Level.SECRETS), Pseudonyms(b"k"), lambda kind, value: learned.append((kind, value)))
    new = context.hide("token", b"Bearer abcdef123")
    assert new.startswith(b"Bearer REDACTED-token-")
    assert learned == [("token", b"abcdef123")]
    assert context.hide("token", new.removeprefix(b"Bearer ")) == new.removeprefix(b"Bearer ")
    assert context.found == [("token", "")]
