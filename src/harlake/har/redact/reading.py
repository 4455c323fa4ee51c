"""Single texts without their secrets, for who looks at one of them, and not at all that was captured with it."""

from __future__ import annotations

from harlake.har.redact.config import Config, Level
from harlake.har.redact.redactor import Redactor

_ORDER = list(Level)


def redacted_text(text: bytes, level: Level, key: bytes, keep_names: frozenset[str] = frozenset()) -> bytes:
    """Return an entry, or another valid JSON text, without what is secret in it by itself.

    What only other entries tell to be a secret stays: for that, all of them have to be read. With the same ``key``,
    equal secrets of several texts become the same. Members of ``keep_names`` have none.
    """
    redactor = Redactor(Config(level, keep_names=keep_names), key)
    edits = redactor.learn(text)
    return redactor.redacted(text, edits)


def strictest(*levels: Level | None) -> Level | None:
    """Return the level that goes the farthest; None where none is given."""
    return max((level for level in levels if level is not None), key=_ORDER.index, default=None)
