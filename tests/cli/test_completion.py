"""Lines of bash, cut into words up to the cursor."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.cli.completion import split_line


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Zs", "Cc"]), min_size=1), min_size=1), st.booleans())
def test_words_as_shells_quote_them(words: list[str], has_next: bool) -> None:
    """They are what was quoted; after a space, an empty one begins."""
    line = shlex.join(words) + (" " if has_next else "")
    found, _ = split_line(line)
    assert found == [*words, ""] if has_next else words


@given(st.text())
def test_any_line_has_words(line: str) -> None:
    """However it is quoted, or not."""
    words, cut = split_line(line)
    assert words
    assert 0 <= cut <= len(words[-1])


@pytest.mark.parametrize(
    ("line", "words", "cut"),
    [
        ("harlake entries ", ["harlake", "entries", ""], 0),
        ("harlake  entries\tRel", ["harlake", "entries", "Rel"], 0),
        ("harlake entries Imported:", ["harlake", "entries", "Imported:"], 9),
        ("harlake entries Imported:\\ a", ["harlake", "entries", "Imported: a"], 9),
        ("harlake entries Imported\\:a", ["harlake", "entries", "Imported:a"], 0),
        ("harlake entries 'Imported: a", ["harlake", "entries", "Imported: a"], 0),
        ('harlake entries "a\\"b', ["harlake", "entries", 'a"b'], 0),
        ("harlake entries 'a\\", ["harlake", "entries", "a\\"], 0),
        ("harlake entries --server=http://a", ["harlake", "entries", "--server=http://a"], 14),
        ("harlake entries '' ", ["harlake", "entries", "", ""], 0),
    ],
)
def test_what_bash_leaves_alone(line: str, words: list[str], cut: int) -> None:
    """It replaces what follows the last colon or equals sign that is not quoted."""
    assert split_line(line) == (words, cut)
