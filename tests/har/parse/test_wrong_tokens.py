"""What is said of a place where JSON ends: what stands there, however the text was cut."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import InvalidHarError
from harlake.har.parse.reader import HarReader
from harlake.har.parse.wrong_tokens import NEARBY, described

_VALUES: Final = {
    "NaN": "NaN, for which JSON has no number",
    "nan": "nan, for which JSON has no number",
    "-Infinity": "-Infinity, for which JSON has no number",
    "inf": "inf, for which JSON has no number",
    "None": "None: JSON has null",
    "undefined": "undefined: JSON has null",
    "True": "True: JSON has true",
    "False": "False: JSON has false",
    "'x'": "a string in single quotes: JSON has double quotes",
    "`x`": "a string in backquotes: JSON has double quotes",
    "“x”": "a string in typographic quotes: JSON has double quotes",
    ".5": ".5: a number of JSON has a digit before its point",
    "-.5": "-.5: a number of JSON has a digit before its point",
    "+1": "+1: a number of JSON has no plus sign",
    "0x10": "0x10 is no number of JSON, which has decimal ones without leading zeros",
    "01": "01 is no number of JSON, which has decimal ones without leading zeros",
    "1_000": "1_000 is no number of JSON",
    "1L": "1L is no number of JSON",
    "[1,]": "a comma before ]: JSON has none after the last value",
    '{"a":1, }': "a comma before }: JSON has none after the last value",
    "{a: 1}": "a: JSON has names in double quotes",
    "{'a': 1}": "a string in single quotes: JSON has double quotes",
    "// x": "a comment, which JSON does not have",
    "/* x */ 1": "a comment, which JSON does not have",
    "# x": "a comment, which JSON does not have",
    "datetime.date(2024)": "datetime.date is no value of JSON",
    "tru": "tru is no value of JSON",
    'u"x"': "u before a string, which JSON does not have",
    "(1)": "(, which JSON has in strings only",
    "\u00a01": "the character U+00A0, which JSON has in strings only",
    "1.": "malformed number, a digit is required after the decimal point",
    '"a\nb"': "invalid character inside string",
}


def _error(text: bytes, cuts: list[int]) -> InvalidHarError:
    with pytest.raises(InvalidHarError) as caught:
        _read(text, cuts)
    return caught.value


def _read(text: bytes, cuts: list[int]) -> None:
    reader = HarReader()
    for start, stop in pairwise([0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]):
        reader.feed(text[start:stop])
    reader.close()


@pytest.mark.parametrize("value", _VALUES)
@pytest.mark.parametrize("around", ['{"log":{"x":%s,"entries":[]}}', '{"log":{"entries":[{"x":%s}]}}'])
@given(cuts=st.lists(st.integers(0, 200), max_size=6))
def test_what_stands_there_is_said(value: str, around: str, cuts: list[int]) -> None:
    """In the envelope and in an entry, in one piece and in many."""
    error = _error((around % value).encode(), cuts)
    assert error.detail == _VALUES[value]
    assert str(error) == error.detail


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_anything_can_stand_there(before: bytes, after: bytes) -> None:
    """The answer has no byte that a terminal obeys, and depends on what is near."""
    text = described("invalid char in json text", before, after)
    assert text
    assert text.isprintable()
    assert text == described("invalid char in json text", before[-NEARBY:], after[:NEARBY])


def test_what_is_clear_stays() -> None:
    """Words of yajl that say what is wrong."""
    assert described("invalid UTF-8", b"", b"NaN") == "invalid UTF-8"
