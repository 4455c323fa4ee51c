"""Objects and arrays taken apart: what is fast and what is thorough see the same."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har import raw_json as module
from harlake.har.raw_json import (
    decoded,
    elements,
    first_byte,
    is_array,
    is_nothing,
    is_null,
    is_object,
    is_string,
    is_string_or_absent,
    joined,
    listed,
    members,
    object_at,
    object_members,
    raw_members,
    unquoted,
)

_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_pairs = st.lists(st.tuples(st.sampled_from("ab") | st.text(max_size=5), _values), max_size=6)
_space = st.sampled_from(["", " ", "\n\t"])


@given(_pairs, _space, st.booleans())
def test_every_member_is_found(pairs: list[tuple[str, object]], space: str, ascii_only: bool) -> None:
    """All members of an object come out in order, those of equal names too, with the text of their values."""
    texts = [(name, json.dumps(value, ensure_ascii=ascii_only)) for name, value in pairs]
    inside = f"{space},{space}".join(f"{json.dumps(name)}{space}:{space}{value}" for name, value in texts)
    text = f"{{{space}{inside}{space}}}".encode()
    expected = [(name, value.encode()) for name, value in texts]
    assert [(name, bytes(value)) for name, value in members(text)] == expected
    parts = list(module._split(text))
    assert [(json.loads(name), value) for name, value in zip(parts[::2], parts[1::2], strict=True)] == expected
    assert [(name, bytes(value)) for name, value in members(joined(expected))] == expected


@given(st.lists(_values, max_size=6), st.sampled_from([None, 1, "\t"]))
def test_every_element_is_found(values: list[object], indent: int | str | None) -> None:
    """All elements of an array come out in order."""
    text = json.dumps(values, indent=indent).encode()
    found = [bytes(value) for value in elements(text)]
    assert [json.loads(value) for value in found] == values
    assert list(module._split(text)) == found
    assert [bytes(value) for value in elements(listed(found))] == found


def test_what_decoders_refuse_is_taken_apart() -> None:
    """Lone surrogates, in names and values, and values that are nested deeper than any stack are kept as they are."""
    deep = b"[" * 10_000 + b"]" * 10_000
    for text in (b'{"a":"\\udc80","\\ud800":1.50,"a":{"x":[]}}', b'{"a":%b,"b":"}"}' % deep, b'{"a":1e400}', b"{}"):
        assert joined(members(text)) == text
    assert elements(b'[%b, 1,"\\udc80"]' % deep) == [deep, b"1", b'"\\udc80"']


@given(st.dictionaries(st.text(max_size=5), _values, max_size=5), st.sampled_from([None, 1, "\t"]))
def test_members_are_the_texts_between_the_separators(value: dict[str, object], indent: int | str | None) -> None:
    """An object is taken apart without touching its values, lone surrogates or not."""
    for text in (json.dumps(value, indent=indent), json.dumps(value | {"x": "\udc80"}, indent=indent)):
        parts = object_members(text.encode())
        assert {name: json.loads(part) for name, part in parts.items()} == json.loads(text)
        assert all(part.decode() in text for part in parts.values())


@given(text=st.text(), count=st.integers(1, 400_000), is_ascii=st.booleans())
def test_long_texts_are_unquoted_in_pieces(text: str, count: int, is_ascii: bool) -> None:
    """Where a long text is cut makes no difference to it."""
    long = (text or "\\") * min(count, 3_000_000 // len(text or "x"))
    string = json.dumps(long, ensure_ascii=is_ascii).encode()
    assert unquoted(string) == long.encode()


_DEEP = b"[" * 10_000 + b"]" * 10_000


@given(_values)
def test_the_first_byte_tells_the_type(value: object) -> None:
    """Of a value's text, exactly the questions that fit its type are answered with yes."""
    text = json.dumps(value).encode()
    assert is_object(text) == isinstance(value, dict)
    assert is_array(text) == isinstance(value, list)
    assert is_string(text) == is_string_or_absent(text) == isinstance(value, str)
    assert is_null(text) == (value is None)
    assert is_nothing(text) == (value is None or value == "")


def test_what_is_absent_has_no_type() -> None:
    """An absent member is an empty text: no string, and nothing wrong with it."""
    assert first_byte(b"") == 0
    assert is_string_or_absent(b"")
    assert not any(question(b"") for question in (is_object, is_array, is_string, is_null, is_nothing))


@pytest.mark.parametrize("text", [b"", b"{", b"1e999", _DEEP], ids=["empty", "cut", "1e999", "deep"])
def test_what_cannot_be_represented_is_decoded_as_none(text: bytes) -> None:
    """No decoder's limits are an error."""
    assert decoded(text) is None


#: Objects that are JSON, which knows no infinity.
_objects = st.dictionaries(st.text(max_size=5), _values, max_size=5).filter(
    lambda value: "Infinity" not in json.dumps(value)
)


@given(_objects)
def test_both_ways_to_members_see_the_same(value: dict[str, object]) -> None:
    """Views of the members are what copies of them are, with lone surrogates among them or not."""
    for text in (json.dumps(value), json.dumps(value | {"x": "\udc80"})):
        views = raw_members(text.encode())
        assert views is not None
        copies = object_members(text.encode())
        assert {name: decoded(bytes(view)) for name, view in views.items()} == {
            name: decoded(copy) for name, copy in copies.items()
        }


@pytest.mark.parametrize("text", [b"[]", b"1", b"null", b'"a"', rb'"\udc80"', b"", rb'{"a":"\udc80"'])
def test_only_objects_have_raw_members(text: bytes) -> None:
    """What is no object has none, lone surrogates or not."""
    assert raw_members(text) is None


def test_raw_members_do_not_look_deeper_than_a_stack() -> None:
    """Whoever asks for views has to expect what a recursive decoder cannot follow."""
    with pytest.raises(RecursionError):
        raw_members(b'{"a":%b}' % _DEEP)


@given(st.lists(st.text(max_size=3), max_size=4), _objects)
def test_objects_are_found_by_their_path(path: list[str], value: dict[str, object]) -> None:
    """An object within others is found, and nothing where the path leads nowhere."""
    whole: object = value
    for name in reversed(path):
        whole = {name: whole}
    text = json.dumps(whole).encode()
    assert {name: decoded(bytes(view)) for name, view in object_at(text, *path).items()} == value
    assert object_at(text, *path, "longer than any name") == {}
    assert object_at(b"[1]", *path) == {}


def test_a_name_that_is_a_lone_surrogate_is_escaped() -> None:
    """UTF-8 has no bytes for it."""
    assert joined([("\ud800", b"1"), ("é", b"2")]) == '{"\\ud800":1,"é":2}'.encode()
