"""Objects and arrays taken apart: what is fast and what is thorough see the same."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from harlake.har import raw_json as module
from harlake.har.raw_json import elements, joined, listed, members

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
