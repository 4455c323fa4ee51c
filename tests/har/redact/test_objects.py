"""The objects of a JSON text: each string once, under its name."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harlake.har.redact.objects import objects_of

#: Strings of what makes it hard to tell where they end.
_TEXTS = st.text(max_size=5) | st.text(st.sampled_from('\\\\\\"a{[:'), max_size=12)
_JSON = st.recursive(
    _TEXTS | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in _strings(one)]


@given(value=st.dictionaries(_TEXTS, _JSON, max_size=4), indent=st.sampled_from([None, 1]), depth=st.integers(0, 3))
def test_each_string_once(value: Any, indent: int | None, depth: int) -> None:
    """Names are none of them; and however often JSON is in JSON, they end where they end."""
    for _ in range(depth):
        value = {"a": json.dumps(value), "b": value}
    text = json.dumps(value, indent=indent).encode()
    found = [json.loads(text[start - 1 : end + 1]) for one in objects_of(text) for _, start, end in one.members]
    assert sorted(found) == sorted(_strings(value))


def test_places() -> None:
    """What is in an array stands under the array's name; what is in a response knows it."""
    text = b'{"response":{"headers":[{"name":"a","value":"b"}]},"request":{"url":"u"}}'
    found = {(one.key, one.in_response): [text[a:b] for _, a, b in one.members] for one in objects_of(text)}
    assert found == {(b"headers", True): [b"a", b"b"], (b"request", False): [b"u"]}


def test_depth() -> None:
    """However deep it is."""
    assert len(list(objects_of(b'{"a":' * 5000 + b'"x"' + b"}" * 5000))) == 1
