"""Texts of any kind."""

from __future__ import annotations

from harlake.har.redact.config import Config, Level
from harlake.har.redact.context import Context
from harlake.har.redact.pseudonyms import Pseudonyms
from harlake.har.redact.texts import in_base64, treated, treated_url


def _context(level: Level = Level.SECRETS) -> Context:
    return Context(Config(level), Pseudonyms(b"k"), None)


def test_base64() -> None:
    """It is treated as what it stands for, and written as it was."""
    assert in_base64(b"YWJj", lambda data: data) is None
    assert in_base64(b"YWJj", lambda _: b"xyz") == b"eHl6"
    assert in_base64(b"no base64!", lambda _: b"") is None


def test_texts() -> None:
    """By media type, and what a text looks like."""
    context = _context()
    assert b"hunter2-x" not in treated(context, b'{"password":"hunter2-x"}', "application/json")
    assert b"hunter2-x" not in treated(context, b"%7B%22password%22%3A%22hunter2-x%22%7D")
    assert treated_url(context, b"https://a.example/?a=b") == b"https://a.example/?a=b"


def test_escapes_are_no_part_of_a_token() -> None:
    """What looks drawn at random begins behind them: else a backslash would be left alone."""
    text = rb'{"a":"x\nqZ7xW2mK9pL4vN8tR3yB6cD1"}'
    assert treated(_context(Level.STRICT), text, "application/json").startswith(rb'{"a":"x\nREDACTED-opaque-')
