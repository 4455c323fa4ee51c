"""Literals of JavaScript: ASCII, and one token, whatever they say."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from harlake.har.replay.literals import javascript_literal
from tests.support.exported import HOSTILE


@given(st.text() | st.just(HOSTILE))
def test_literals_say_the_text_and_nothing_else(text: str) -> None:
    """JSON reads the text back, and nothing in it ends the literal, a line, or an element."""
    literal = javascript_literal(text)
    assert json.loads(literal) == text
    assert literal.isascii()
    assert literal.isprintable()
    assert "<" not in literal
    assert "\u2028" not in literal
