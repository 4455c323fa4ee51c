"""How far an object goes: to its end, to the first byte that is wrong, or beyond the text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.parse.value_scan import Extent, is_too_deep, scan_object, without_surrogates
from tests.support.hars import entry

_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=9,
)
_objects = st.dictionaries(st.text(max_size=5), _values, min_size=1, max_size=4)


@given(_objects, st.sampled_from([b"", b" ", b"}", b"]}}", b",", b"\0", b'{"a":1}', b"\n{", b"x"]), st.booleans())
def test_a_whole_object_ends_where_it_ends(value: object, after: bytes, pretty: bool) -> None:
    """Whatever follows it."""
    text = json.dumps(value, indent=1 if pretty else None).encode()
    found = scan_object(b"[" + text + after, 1, 1 + len(text + after), 100)
    assert (found.extent, found.end) == (Extent.WHOLE, 1 + len(text))


@given(_objects, st.integers(0, 999))
def test_a_part_is_cut_off_or_wrong_at_its_end(value: object, cut: int) -> None:
    """A number or an escape may seem to be wrong where it only goes on; nothing before that does."""
    text = json.dumps(value).encode()
    part = text[: 1 + cut % (len(text) - 1)]
    found = scan_object(part, 0, len(part), 100)
    assert found.extent is not Extent.WHOLE
    assert found.end >= len(part) - 1


@pytest.mark.parametrize(
    ("text", "end"),
    [
        (b'{"a":NaN}', 5),
        (b'{"a":"\0"}', 6),
        (b'{"a":1 "b"}', 7),
        (b'{"a":[1}', 7),
        (b'{"a":"x"y"}', 8),
        (b"{'a':1}", 1),
    ],
)
def test_what_is_wrong_is_located(text: bytes, end: int) -> None:
    """The first byte that makes the object impossible."""
    found = scan_object(text, 0, len(text), 100)
    assert (found.extent, found.end) == (Extent.WRONG, end)
    assert found.reason


def test_what_is_an_entry() -> None:
    """An object with a member of entries or pages, as soon as that has begun; what holds them is none."""
    one = entry(1)
    assert scan_object(one, 0, 60, 100).is_entry
    assert not scan_object(b'{"log":{"entries":[' + one, 0, 100, 100).is_entry
    assert not scan_object(b'{"_request":1,"x":{"request":{}}}', 0, 33, 100).is_entry


def test_what_is_deep() -> None:
    """An entry may be nested deeper than a recursive decoder follows, up to the limit."""
    deep = entry(1, b',"_deep":%b%b' % (b"[" * 5000, b"]" * 5000))
    assert scan_object(deep + b",", 0, len(deep) + 1, 10_000)[:2] == (Extent.WHOLE, len(deep))
    assert scan_object(deep, 0, len(deep), 100).extent is Extent.WRONG
    assert not is_too_deep(deep, 10_000)
    assert is_too_deep(deep, 100)
    assert not is_too_deep(entry(1), 100)


def test_surrogates_do_not_matter() -> None:
    """They are replaced by something as long."""
    text = b'{"a":"\\ud800"}'
    assert scan_object(without_surrogates(text), 0, len(text), 9).extent is Extent.WHOLE
