"""The scanner: it finds where a JSON value ends, wherever the text is cut."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harlake.errors import InvalidJsonError
from harlake.har.parse.scanner import Scanner
from tests.support.documents import cut_at, json_texts, offsets


def _end(scanner: Scanner, text: bytes, cuts: list[int]) -> int:
    """Return where the value ends, or -1 where the scanner has not seen that."""
    start = 0
    for piece in cut_at(text, cuts):
        end = scanner.feed(piece)
        if end >= 0:
            return start + end
        start += len(piece)
    return -1


@given(json_texts(), st.sampled_from([b",", b"]", b"}", b" ,", b"\n]"]), st.sampled_from([b"", b" \t\r\n"]), offsets)
@example(rb'"a\\"', b",", b"", [2, 3, 4])
@example(b'"\\""', b"]", b"", [2, 3])
@example(b"12", b",", b" ", [0, 1, 2])
def test_the_end_of_any_value_is_found_at_any_cut(text: bytes, follows: bytes, space: bytes, cuts: list[int]) -> None:
    """White space before the value is passed, and what follows it is not."""
    scanner = Scanner(max_depth=100)
    assert _end(scanner, space + text + follows, cuts) == len(space) + len(text)
    assert scanner.scalar is not isinstance(json.loads(text), str | list | dict)


@given(json_texts(), st.integers(0, 1000), offsets)
def test_a_value_that_is_cut_off_has_no_end(text: bytes, stop: int, cuts: list[int]) -> None:
    """No beginning of a value is taken for the value."""
    assert _end(Scanner(max_depth=100), text[: stop % len(text)], cuts) == -1


@given(json_texts(), offsets)
def test_it_pauses_after_each_array_at_a_depth(text: bytes, cuts: list[int]) -> None:
    """Arrays that open inside of so many containers are told, one by one, then the end."""
    nested = b'[[%s,"[",{"a":%s}],[]]' % (text, text)
    scanner = Scanner(max_depth=100, pause_depth=1)
    pauses: list[int] = []
    start = 0
    for piece in cut_at(nested, cuts):
        rest = piece
        while (end := scanner.feed(rest)) > 0:
            pauses.append(start + len(piece) - len(rest) + end)
            rest = rest[end:]
        start += len(piece)
    assert pauses == [2, len(nested) - 2, len(nested)]


@pytest.mark.parametrize(
    ("text", "byte"), [(b"[}", 1), (b'{"a":[1}', 7), (b"[[[[", 3), (b'{"a":{"b":{"c":{', 15), (b'["[[[[",{]', 9)]
)
def test_brackets_that_cannot_be_are_refused(text: bytes, byte: int) -> None:
    """Brackets that do not match, or nest too deeply, are refused where they stand."""
    with pytest.raises(InvalidJsonError) as caught:
        Scanner(max_depth=3).feed(text)
    assert caught.value.byte == byte
