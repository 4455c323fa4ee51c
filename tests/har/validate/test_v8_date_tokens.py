"""The tokens of dates."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harlake.har.validate.v8_date_tokens import END, DateTokens


def _cut(text: str) -> list[str]:
    tokens = DateTokens(text)
    return [token.text for token in iter(tokens.take, END)]


@given(st.text(st.characters(exclude_characters="(\0"), max_size=200))
def test_tokens_are_the_text(text: str) -> None:
    """Without parentheses, and up to a character 0, the tokens are the whole text."""
    assert "".join(_cut(text)) == text
    assert "".join(_cut(f"{text}\0{text}")) == text


def test_what_is_in_parentheses_is_passed_over() -> None:
    """Parentheses count up to the one that closes the first; without it, all that follows is inside."""
    assert _cut("1(a(b)c)2") == ["1", "(", "2"]
    assert _cut("1(a(b)2") == ["1", "("]


def test_words_have_meanings() -> None:
    """Months by their first three letters, halves of days and zones as a whole, in any case."""
    tokens = DateTokens("JANvier pm EST z 0123")
    month, half, zone, utc, number = (token for token in iter(tokens.take, END) if token.text != " ")
    assert (month.month, half.half_of_day, zone.zone, utc.is_z) == (1, 12, -5, True)
    assert (number.number, number.milliseconds, number.is_number(4)) == (123, 12, True)


def test_no_text_is_read_for_ever() -> None:
    """After a thousand tokens there are too many."""
    tokens = DateTokens("1 " * 1_000)
    list(iter(tokens.take, END))
    assert tokens.are_too_many
