"""Shapes of tokens."""

from __future__ import annotations

import pytest

from harlake.har.redact.config import Config, Level
from harlake.har.redact.context import Context
from harlake.har.redact.json_strings import Edit, applied, merged
from harlake.har.redact.pseudonyms import Pseudonyms
from harlake.har.redact.shapes import shape_edits
from harlake.har.redact.texts import prefilter


def _context(level: Level = Level.SECRETS) -> Context:
    return Context(Config(level), Pseudonyms(b"k"), None)


def _edits(text: bytes) -> list[Edit]:
    context = _context()
    return list(shape_edits(context, text, prefilter(context).hits(text)))


@pytest.mark.parametrize(
    "token",
    [
        b"AKIA" + b"VVSU5PXVECY5MSVI",
        b"ghp_" + b"4GuG4uXcA4dnwYt3hoLMhmlaa1erAIjJ5ilX",
        b"xoxb-" + b"750558018762-7718069843877-KQYQPOkYc2T1KYz0WzJe1WID",
        b"sk_live_" + b"4eC39HqLyjWDarjtT1zdp7dc",
    ],
)
@pytest.mark.parametrize("filler", [b"", b" " * 2000])
def test_tokens(token: bytes, filler: bytes) -> None:
    """In texts that are short, and in those that are not."""
    text = filler + b"x='" + token + b"';"
    assert token not in applied(text, merged(_edits(text)))


def test_inside_of_words() -> None:
    """What is a part of a word is none."""
    text = b"task-management-for-2026-and-beyond-it"
    assert _edits(text) == []
