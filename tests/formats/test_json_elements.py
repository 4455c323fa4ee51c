"""The elements of an array, however it is cut."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import InvalidJsonError
from harlake.formats.json_elements import json_elements
from harlake.limits import Limits

_VALUES = st.recursive(
    st.text() | st.integers() | st.booleans(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@pytest.mark.slow
@given(
    st.lists(st.dictionaries(st.text(), _VALUES), max_size=5), st.lists(st.integers(0, 500)), st.sampled_from([None, 1])
)
def test_elements_come_whole(elements: list[dict[str, object]], cuts: list[int], indent: int | None) -> None:
    """In their order, as they are written, with the byte at which each begins."""
    text = json.dumps(elements, indent=indent).encode()
    bounds = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    found = [one for one in json_elements((text[a:b] for a, b in pairwise(bounds)), Limits()) if one is not None]
    assert [json.loads(one.text) for one in found] == elements
    assert all(text[one.byte :].startswith(one.text) for one in found)
    assert [one.ordinal for one in found] == list(range(len(elements)))


@pytest.mark.parametrize(
    ("text", "byte"), [(b"[{},]", 4), (b"[{}{}]", 3), (b"[{}", 3), (b"[{}]x", 4), (b"{}", 0), (b"[{]]", 2), (b"", 0)]
)
def test_what_is_no_array_of_objects_is_refused(text: bytes, byte: int) -> None:
    """By the first byte that is wrong."""
    with pytest.raises(InvalidJsonError) as raised:
        list(json_elements([text], Limits()))
    assert raised.value.byte == byte


def test_elements_are_bounded() -> None:
    """One that is longer than an entry may be is refused by its beginning."""
    with pytest.raises(InvalidJsonError, match="longer than the limit of 9 bytes") as raised:
        list(json_elements([b"[{},", b'{"a":"', b"x" * 9, b'"}]'], Limits(max_entry_bytes=9)))
    assert (raised.value.byte, raised.value.entry) == (4, 1)
