"""What stands where JSON cannot go on, in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import InvalidJsonError
from harlake.har.parse.reader import HarReader
from harlake.har.parse.wrong_tokens import CONTEXT, what_is_wrong

_HEAD = '{"log":{"version":"1.2",'
_ENTRY = '{"log":{"entries":[{"request":{"url":"a"}},{"request":{"url":"b"},'

#: What is wrong, where in it, and a part of what is said of it.
WRONG = [
    ('"x":NaN,', 4, "NaN"),
    ('"x":nan,', 5, "nan is no JSON, whose numbers are finite"),
    ('"x":-Infinity,', 5, "-Infinity"),
    ('"x":Infinity}', 4, "Infinity"),
    ('"x":None}', 4, "None is a word of Python: JSON has null"),
    ('"x":True}', 4, "True is a word of Python"),
    ('"x":[False]', 5, "False is a word of Python"),
    ('"x":undefined}', 4, "undefined is a word of JavaScript"),
    ('"x":TRUE}', 4, "TRUE is no word of JSON, which has true"),
    ('"x":new Date(1)', 5, "new is JavaScript"),
    ('"x":nullx', 8, "nullx"),
    ('"x":.5,', 4, ".5 is no number as JSON writes them"),
    ('"x":+1,', 4, "+1 is no number"),
    ('"x":0x10,', 5, "0x10 is no number"),
    ('"x":01,', 5, "01 is no number"),
    ('"x":1.,', 6, "1. is no number"),
    ('"x":1_000,', 5, "1_000 is no number"),
    ('"x":10n,', 7, "10n is no number"),
    ('"x":[1 2]', 7, "2"),
    ("\"x\":'a'", 4, "single quote"),
    ("'x':1", 0, "single quote"),
    ("x:1", 0, "x is a name without double quotes"),
    ('"x":`a`', 4, "backtick"),
    ('"x":“a”', 4, "typographic quote"),
    ('"x":&quot;a', 4, "entity of HTML"),
    ('\\"x\\":1', 0, "backslash"),
    ('"x":1 // note\n', 6, "comment"),
    ('"x":1 # note\n', 6, "comment"),
    ('"x":[...]', 5, "ellipsis"),
    ('"x":1,}', 6, "a comma too many"),
    ('"x":[1,]', 7, "a comma too many"),
    ('"x":[1,,2]', 7, "a comma too many"),
    ('"x":\ufeff1', 4, "byte order mark"),
    ('"x":\xa01', 4, "no-break space"),
    ('"x":\x001', 4, "zero byte"),
    ('"x":@', 4, "'@'"),
    ('"x":"a\x01b"', 6, "U+0001"),
    ('"x":"a\nb"', 6, "U+000A"),
    ('"x":"a\\x41b"', 7, "\\x, an escape of JavaScript"),
    ('"x":"a\\\'b"', 7, "\\', an escape of JavaScript"),
]


def _refusal(text: str, step: int) -> InvalidJsonError:
    with pytest.raises(InvalidJsonError) as caught:
        _read(text.encode(), step)
    return caught.value


def _read(data: bytes, step: int) -> None:
    reader = HarReader()
    for start in range(0, len(data), step):
        reader.feed(data[start : start + step])
    reader.close()


@pytest.mark.parametrize("head", [_HEAD, _ENTRY])
@pytest.mark.parametrize(("wrong", "at", "said"), WRONG)
def test_what_is_wrong_is_named_at_its_place(head: str, wrong: str, at: int, said: str) -> None:
    """In the envelope and in an entry, however the file comes."""
    for text in (f"{head}{wrong}", f"{head}{wrong}{' ' * CONTEXT}]}}"):
        refusals = [_refusal(text, step) for step in (1, 7, 10_000)]
        for refusal in refusals:
            assert refusal.byte == len(head) + at
            assert said in str(refusal.detail)
        assert len({refusal.detail for refusal in refusals}) == 1


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ('{"log":{"entries":[]}}\n{"log":{"entries":[]}}', 23, "NDJSON"),
        ('{"log":{"entries":[]}};', 22, "JavaScript"),
        ('{"log":{"entries":[]}}}', 22, "a bracket too many"),
        ('{"log":{"entries":[]}}x', 22, "x"),
        ('{"log":{"entries":[{"request":{"url":"a"}},]}}', 43, "a comma too many"),
        ('{"log":{"entries":[', 19, "ends"),
        ('{"log":{', 8, "ends too early"),
        ("{'log': {'version': '1.2'}}", 1, "single quote"),
        ("{log: 1}", 1, "log is a name without double quotes"),
    ],
)
def test_what_is_around_the_entries_is_named(text: str, at: int, said: str) -> None:
    """What follows the end, what is missing there, and literals of other languages."""
    for step in (1, 1_000):
        refusal = _refusal(text, step)
        assert refusal.byte == at
        assert said in str(refusal.detail)


@given(
    st.sampled_from(["invalid char in json text", "trailing garbage", "invalid character inside string", "why"]),
    st.binary(max_size=CONTEXT),
    st.binary(max_size=CONTEXT),
)
def test_any_place_has_words_that_can_be_printed(reason: str, before: bytes, after: bytes) -> None:
    """Whatever bytes there are, they are told in a short line."""
    said = what_is_wrong(reason, before, after)
    assert said
    assert said.isprintable()
    assert len(said) < 300
