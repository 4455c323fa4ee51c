"""Columns of texts."""

from __future__ import annotations

from harlake.har.redact.config import Config, Level
from harlake.har.redact.context import Context
from harlake.har.redact.json_strings import applied, merged
from harlake.har.redact.pseudonyms import Pseudonyms
from harlake.har.redact.tables import column_edits


def _context(level: Level = Level.SECRETS) -> Context:
    return Context(Config(level), Pseudonyms(b"k"), None)


def test_columns() -> None:
    """Of those whose heading says so, each value goes."""
    text = b'user,password,n\nbob,"a,b-12345",1\nann,hunter22,2\n'
    new = applied(text, merged(column_edits(_context(), text, is_table=True)))
    assert b"hunter22" not in new
    assert b"a,b-12345" not in new
    assert new.endswith(b",2\n")
    assert new.startswith(b"user,password,n\nbob,")
