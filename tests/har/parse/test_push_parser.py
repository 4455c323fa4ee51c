"""The judge: it reads a tamed copy, and must judge it as the original."""

from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from harlake.errors import InvalidJsonError
from harlake.har.parse.error_location import locate_error
from harlake.har.parse.push_parser import JsonPushParser

_FRAGMENTS = [
    b"plain",
    b"x" * 100,
    b"7" * 40,
    "é😀\u2028".encode(),
    b'\\"',
    b"\\\\",
    b"\\n",
    b"\\u00e9",
    b"\\ud83d\\ude00",
    b"\\udc80",
    b"\\",
    b"\\x",
    b"\\u12",
    b'"',
    b"\x1f",
    b"\n",
    b"\x0b",
    b"\xff",
    b"\xed\xa0\x80",
    b"[",
    b"}",
]
_insides = st.lists(st.sampled_from(_FRAGMENTS), max_size=12).map(b"".join)


def _refused_at(text: bytes, cuts: list[int]) -> int | None:
    """Return where the judge finds the first fault, or the text's length where it is not complete, or None."""
    judge = JsonPushParser(max_depth=10)
    try:
        for start, end in pairwise([0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]):
            judge.feed(text[start:end])
    except InvalidJsonError:
        return locate_error(lambda: JsonPushParser(max_depth=10), text)[0]
    return None if judge.complete else len(text)


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text.decode())
    except ValueError:
        return False
    return True


@given(_insides, st.lists(st.integers(0, 1000), max_size=5))
@example(b"x" * 100 + b"\\u12" + b"34", [105])
@example(b"x" * 61 + b"\\u1234" + b"y" * 9, [63])
def test_strings_are_judged_as_by_any_other_parser(inside: bytes, cuts: list[int]) -> None:
    """Whatever is in a string, and wherever it is cut, it is accepted if it is JSON, and else refused."""
    text = b'["%s"]' % inside
    place = _refused_at(text, cuts)
    assert (place is None) is _is_json(text)
    if place is not None:
        assert place == _refused_at(text, [])
        JsonPushParser(max_depth=10).feed(text[:place])  # up to there, nothing is wrong


@given(_insides, _insides, st.integers(0, 300))
def test_a_fault_is_found_behind_a_long_string(before: bytes, after: bytes, cut: int) -> None:
    """What stands behind a string that is passed on only in part is judged all the same."""
    text = b'{"%s":1,"b":"%s",}' % (before.replace(b'"', b""), after.replace(b'"', b""))
    assert _refused_at(text, [cut]) is not None
