"""Truncated tokens: the copy is JSON exactly where the original is, and has the same structure."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harlake.har.parse.token_truncation import DigitTruncator, TokenTruncator
from tests.support.documents import cut_at, json_texts, offsets

_FRAGMENTS = [b"plain", b"x" * 100, b"7" * 40, "é😀".encode(), b'\\"', b"\\\\", b"\\u00e9", b"\\ud83d\\ude00"]
_FRAGMENTS += [b"\\udc80", b"\\", b"\\x", b"\\u12", b"\\u", b'"', b"\x1f", b"\n", b"[", b"}", b"1e5", b"-", b"0.", b","]
_junk = st.lists(st.sampled_from(_FRAGMENTS), max_size=12).map(b"".join)


def _truncated(text: bytes, cuts: list[int]) -> bytes:
    truncator = TokenTruncator()
    return b"".join(truncator.feed(piece) for piece in cut_at(text, cuts))


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text.decode(), parse_int=float)
    except ValueError:
        return False
    return True


@given(_junk.map(lambda junk: b'["%s"]' % junk) | _junk.map(lambda junk: b"[%s]" % junk), offsets)
@example(b'["' + b"x" * 61 + b'\\u1234"]', [67])
@example(b'["' + b"x" * 100 + b'\\u12"]', [105])
@example(b'["' + b"x" * 80 + b"\\" + b'"]', [82])
def test_the_copy_is_refused_exactly_where_the_original_is(text: bytes, cuts: list[int]) -> None:
    """Neither what is left out nor the cuts change whether the text is JSON."""
    copy = _truncated(text, cuts)
    if text.endswith(b"\\"):  # an escape that is cut off is held back
        return
    assert _is_json(copy) is _is_json(text)


@given(json_texts(), offsets)
def test_the_copy_of_json_has_the_same_structure(text: bytes, cuts: list[int]) -> None:
    """Containers, literals and types of scalars stay; keys and strings keep their beginnings."""
    assert _shape(json.loads(_truncated(text, cuts), object_pairs_hook=list)) == _shape(
        json.loads(text, object_pairs_hook=list)
    )


def _shape(value: Any) -> Any:
    """Return a value without what strings and numbers say."""
    if isinstance(value, list | tuple):
        return [type(value), *map(_shape, value)]
    return value if value is None or isinstance(value, bool) else type(value)


@given(st.integers(0, 300), offsets)
def test_strings_are_truncated(length: int, cuts: list[int]) -> None:
    """Short strings pass whole; of long ones, pieces and all, the first 64 bytes are passed on."""
    assert _truncated(b'{"%s":1}' % (b"k" * length), cuts) == b'{"%s":1}' % (b"k" * min(length, 64))


@given(st.lists(st.sampled_from([b"1", b"23", b"9" * 30, b"4" * 15, b".", b"e", b"-", b","]), max_size=8), offsets)
def test_runs_of_digits_are_truncated_alike_at_any_cut(parts: list[bytes], cuts: list[int]) -> None:
    """Each run keeps its first 15 digits; all else stays."""
    text = b"".join(parts)
    truncator = DigitTruncator()
    copy = b"".join(truncator.feed(piece) for piece in cut_at(text, cuts) if piece)
    assert copy == re.sub(rb"(\d{15})\d+", rb"\1", text)


@pytest.mark.parametrize("escape", [b"\\n", b"\\u1234", b"\\ud800"])
def test_an_escape_that_is_cut_in_two_comes_whole(escape: bytes) -> None:
    """The first half is held back until the rest is there."""
    for cut in range(1, len(escape)):
        truncator = TokenTruncator()
        assert truncator.feed(b'"a' + escape[:cut]) == b'"a'
        rest = truncator.feed(escape[cut:] + b'"')
        assert rest.startswith(b"\\")
        assert json.loads(b'"a' + rest)[1:] == json.loads(b'"%s"' % escape.replace(b"d8", b"d0"))
