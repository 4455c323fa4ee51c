"""Where secrets stand in an entry."""

from __future__ import annotations

from harlake.har.redact.config import Config, Level
from harlake.har.redact.context import Context
from harlake.har.redact.entry_treatment import EntryTreatment
from harlake.har.redact.json_strings import applied
from harlake.har.redact.pseudonyms import Pseudonyms


def _context(level: Level = Level.SECRETS) -> Context:
    return Context(Config(level), Pseudonyms(b"k"), None)


def test_only_strings_with_secrets_change() -> None:
    """All else is the same bytes."""
    text = b'{ "request" : {"cookies":[ {"name":"a","value":"s3cret-1234"} ], "url":"\\u0061" } }'
    new = applied(text, EntryTreatment(_context()).edits(text))
    assert b"s3cret-1234" not in new
    assert new.startswith(b'{ "request" : {"cookies":[ {"name":"a","value":"REDACTED-cookie-')
    assert new.endswith(b'"} ], "url":"\\u0061" } }')
