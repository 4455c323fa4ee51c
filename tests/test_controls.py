"""Characters that a terminal may obey, and how they are shown."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from harlake.controls import CONTROLS, without_controls


@given(st.text(st.characters()))
def test_what_is_shown_has_no_controls(text: str) -> None:
    """It is one line that UTF-8 can write, and stays as it is when it is shown again."""
    shown = without_controls(text)
    shown.encode()
    assert len(shown.splitlines()) <= 1
    assert not any(unicodedata.category(one) == "Cc" for one in shown)
    assert without_controls(shown) == shown


def test_directions_and_lines_are_controls() -> None:
    """All that Unicode has to change the direction of what follows, or to end a line; no letter and no joiner."""
    directions = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
    for code in range(0x110000):
        character = chr(code)
        if unicodedata.bidirectional(character) in directions or unicodedata.category(character) in ("Zl", "Zp", "Cc"):
            assert CONTROLS.fullmatch(character)
        elif character.isprintable() or character in "\u200c\u200d":
            assert CONTROLS.fullmatch(character) is None


def test_escapes() -> None:
    """They are written as Python and C would."""
    assert without_controls("a\x1b[2J\n\x7f\x9b\u202eé") == r"a\x1b[2J\x0a\x7f\x9b\x202eé"
