"""The fast path: what it proves is what a parser reads, and it decides nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.entry import Rejection, read_entry
from harlake.har.parse.fast_path import FastPath
from harlake.limits import Limits
from tests.support.documents import entries, json_values

_values = st.lists(entries() | st.dictionaries(st.text(max_size=3), json_values, max_size=3), min_size=1, max_size=6)
_layouts = st.sampled_from([{}, {"indent": 1}, {"separators": (",", ":")}, {"separators": (" ,\r\n", " : ")}])


@given(_values, _layouts, st.integers(0, 5000), st.booleans())
def test_what_is_proved_is_what_a_parser_reads(
    values: list[object], layout: dict[str, object], stop: int, whole: bool
) -> None:
    """Of an array that may be cut off anywhere, entries come in order, from the first on, and none is made up."""
    text = json.dumps(values, **layout).encode()  # type: ignore[arg-type]
    start = text.index(b"{")
    text = text[: start + 1 + stop % (len(text) - start)]
    fast_path = FastPath(Limits())
    fast_path.learn_head(text, start)
    proved = list(fast_path.prove(text, start, whole=whole))
    assert len(proved) <= len(values)
    for one, value in zip(proved, values, strict=False):
        entry = text[one.start : one.end]
        assert json.loads(entry) == value
        assert entry[:1] + entry[-1:] == b"{}"
        assert one.entry == read_entry(entry)


def _prove(text: bytes, limits: Limits | None = None, *, whole: bool = True, start: int = 0) -> list[bytes]:
    fast_path = FastPath(limits or Limits())
    return [text[one.start : one.end] for one in fast_path.prove(text, start, whole=whole)]


def test_the_last_entry_is_proved_only_if_asked_for() -> None:
    """What follows the last border may be incomplete; white space after it belongs to no entry."""
    entry = b'{"request":{"url":"a"}}'
    assert _prove(entry + b",\n" + entry + b" \n", whole=False) == [entry]
    assert _prove(entry + b",\n" + entry + b" \n") == [entry, entry]


def test_it_says_whether_an_entry_was_cut_off() -> None:
    """A cut is told from an error; in the middle of a character there is a cut, too."""
    for text, cut_off in ((b'{"request":{"url":"a"', True), (b'{"request":{]', False)):
        fast_path = FastPath(Limits())
        assert list(fast_path.prove(text, 0, whole=True)) == []
        assert fast_path.cut_off is cut_off


def test_entries_in_entries_are_no_borders() -> None:
    """A guess inside of an entry is tried, and refused by the decoder; many of them leave it to the push parser."""
    entry = b'{"time":1,"_x":[%s],"request":{"url":"a"}}'
    few, many = (entry % b",".join([b'{"time":1}'] * number) for number in (5, 10_000))
    assert _prove(few + b"," + few + b"]") == [few, few]
    assert _prove(many + b"," + many + b"]") == []


@pytest.mark.parametrize("inside", [b'"\xff"', b'"\\x"', b"[1,]", b"01", b"[" * 2000 + b"]" * 2000])
def test_what_cannot_be_proved_is_left(inside: bytes) -> None:
    """Neither invalid text nor what is too deep is an entry, and it is not refused either."""
    good = b'{"request":{"url":"a"}}'
    assert _prove(good + b',{"request":{"url":"b"},"_x":%s}' % inside, Limits(max_entry_depth=1000)) == [good]


def test_an_entry_of_odd_types_that_is_too_deep_is_left() -> None:
    """No recursive decoder can follow it."""
    good = b'{"request":{"url":"a"}}'
    assert _prove(good + b',{"request":1,"_x":%s}' % (b"[" * 5000 + b"]" * 5000)) == [good]


def test_several_ways_to_begin_and_to_join_are_learned() -> None:
    """Later buffers are searched for all of them."""
    fast_path = FastPath(Limits())
    first, second = b'{"request":{"url":"a"}}', b'{"time":1,"request":{"url":"a"}}'
    text = first + b"," + second + b" ,\n" + first + b"," + second + b"," + first
    for _ in range(3):
        proved = [text[one.start : one.end] for one in fast_path.prove(text, 0, whole=True)]
        assert proved == [first, second, first, second, first]


@pytest.mark.parametrize("bad", [b"", b'"time":"x",'])
def test_depth_is_left_to_the_push_parser_where_brackets_might_nest(bad: bytes) -> None:
    """More brackets than levels are no proof of depth, but they may nest; those in a body cannot."""
    limits = Limits(max_entry_depth=50)
    flat = b'{%s"_x":[%s],"request":{"url":"a"}}' % (bad, b",".join([b"[]"] * 60))
    body = b'{%s"response":{"content":{"text":"%s"}},"request":{"url":"a"}}' % (bad, b"[" * 200)
    plain = b'{%s"request":{"url":"%s"}}' % (bad, b"a" * 200)
    assert _prove(flat, limits) == []
    assert _prove(body, limits) == ([] if bad else [body])
    assert _prove(plain, limits) == [plain]


def test_an_entry_over_the_limit_is_left() -> None:
    """The push parser skips it."""
    assert _prove(b'{"request":{"url":"%s"}}' % (b"a" * 200), Limits(max_entry_bytes=100)) == []


def test_entries_of_odd_types_are_proved() -> None:
    """Members of odd types, lone surrogates, and entries that will be rejected need no push parser."""
    odd = [b'{"request":{"url":"\\ud800"}}', b'{"time":"x","request":{"url":"a"}}', b'{"request":1}']
    text = b",".join(odd)
    proved = list(FastPath(Limits()).prove(text, 0, whole=True))
    assert [text[one.start : one.end] for one in proved] == odd
    assert [isinstance(one.entry, Rejection) for one in proved] == [False, False, True]
