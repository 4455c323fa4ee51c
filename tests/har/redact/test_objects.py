"""The objects of a JSON text: each string once, under its name."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harlake.har.redact.objects import objects_of

_JSON = st.recursive(
    st.text(max_size=5) | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


def _count(value: Any) -> int:
    if isinstance(value, str):
        return 1
    return sum(map(_count, value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()))


@given(value=st.dictionaries(st.text(max_size=4), _JSON, max_size=4), indent=st.sampled_from([None, 1]))
def test_each_string_once(value: Any, indent: int | None) -> None:
    """Names are none of them."""
    text = json.dumps(value, indent=indent).encode()
    assert sum(len(found.members) for found in objects_of(text)) == _count(value)


def test_places() -> None:
    """What is in an array stands under the array's name; what is in a response knows it."""
    text = b'{"response":{"headers":[{"name":"a","value":"b"}]},"request":{"url":"u"}}'
    found = {(one.key, one.in_response): [text[a:b] for _, a, b in one.members] for one in objects_of(text)}
    assert found == {(b"headers", True): [b"a", b"b"], (b"request", False): [b"u"]}


def test_depth() -> None:
    """However deep it is."""
    assert len(list(objects_of(b'{"a":' * 5000 + b'"x"' + b"}" * 5000))) == 1
