"""Pruning: JSON is the same down to a depth, and null below."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harlake.har.parse.pruning import pruned

_keys = st.text(max_size=4) | st.sampled_from(["url", "request", '"', "\\"])
_scalars = st.none() | st.booleans() | st.integers(-(10**14), 10**14) | st.text(max_size=90)
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=3),
    max_leaves=20,
)


def _expected(value: Any, depth: int) -> Any:
    if not isinstance(value, dict | list):
        return value
    if depth == 0:
        return None
    if isinstance(value, list):
        return [_expected(one, depth - 1) for one in value]
    return {name: _expected(one, depth - 1) for name, one in value.items()}


@given(_values, st.integers(0, 5), st.booleans())
def test_pruned_json_is_the_original_down_to_the_depth(value: Any, depth: int, ascii_only: bool) -> None:
    """Containers below the depth are null; members, elements and scalars above it are as they were."""
    text = json.dumps([value], ensure_ascii=ascii_only).encode()
    assert json.loads(pruned(text, depth)) == _expected([value], depth)


def test_what_a_recursive_decoder_cannot_follow_is_pruned() -> None:
    """Depth costs nothing, and numbers lose no more than digits beyond the 15th."""
    text = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b',"b":1234567890123456.5,"c":"\\udc80","d":"1234567890123456"}'
    assert json.loads(pruned(text)) == {"a": [[[None]]], "b": 123456789012345.5, "c": "\ufffd", "d": "1234567890123456"}
