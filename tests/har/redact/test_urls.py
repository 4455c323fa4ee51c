"""Secrets of URLs."""

from __future__ import annotations

from harlake.har.redact.config import Config, Level
from harlake.har.redact.context import Context
from harlake.har.redact.json_strings import applied, merged
from harlake.har.redact.pseudonyms import Pseudonyms
from harlake.har.redact.texts import prefilter
from harlake.har.redact.urls import url_edits


def _context(level: Level = Level.SECRETS) -> Context:
    return Context(Config(level), Pseudonyms(b"k"), None)


def _treated(url: bytes) -> bytes:
    context = _context()
    return applied(url, merged(url_edits(context, url, prefilter(context).hits(url))))


def test_queries() -> None:
    """By their names; with OAuth beside it, a code is one."""
    assert b"s3cr3t-9" not in _treated(b"https://a.example/?api_key=s3cr3t-9&page=2")
    assert b"abcdef" not in _treated(b"https://a.example/?client_id=x&state=abcdef")
    assert _treated(b"https://a.example/?state=open&code=DE") == b"https://a.example/?state=open&code=DE"


def test_paths() -> None:
    """What follows a word for a secret, if it looks like one."""
    assert b"qZ7xW2mK9pL4vN8t" not in _treated(b"https://a.example/reset/qZ7xW2mK9pL4vN8t")
    assert _treated(b"https://a.example/auth/callback-handler") == b"https://a.example/auth/callback-handler"
