"""Facts of entries: shapes of JSON, headers, redirects."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.analysis.comparison_options import ComparisonOptions
from harlake.analysis.endpoint_keys import EndpointKeys
from harlake.analysis.entry_facts import MAX_BODY, MAX_MEMBERS, Fact, entry_facts, json_shape

_KEYS = EndpointKeys(ComparisonOptions())


def _entry(**response: Any) -> bytes:
    return json.dumps({"request": {"url": "https://a.test/x"}, "response": response}).encode()


def test_shapes_of_json() -> None:
    """Members with their types; elements of a list are one, and members that ids name."""
    shape, is_cut = json_shape({"a": [{"b": 1}, {"b": None, "c": "x"}], "by": {"17": True, "18": 2.5}})
    assert not is_cut
    assert shape == {
        *(("$", "object"), ("a", "array"), ("a[]", "object"), ("a[].b", "number"), ("a[].b", "null")),
        *(("a[].c", "string"), ("by", "object"), ("by.{id}", "boolean"), ("by.{id}", "number")),
    }


def test_headers_and_redirects() -> None:
    """Names in lower case; where it leads, as a folded URL."""
    headers = [{"name": "Location", "value": "/users/17"}, {"name": "ETag", "value": "x"}]
    facts = entry_facts(_entry(status=302, headers=headers), _KEYS).facts
    assert facts == {
        Fact("responseHeaders", "location", "present"),
        Fact("responseHeaders", "etag", "present"),
        Fact("redirects", "302 https://a.test/users/{id}", "present"),
    }


@pytest.mark.parametrize(
    ("text", "is_cut"),
    [
        ("{", False),
        ("not JSON", False),
        ("[" * 5_000, False),
        ('["' + "x" * MAX_BODY + '"]', True),
        (json.dumps({f"a{number}x": 1 for number in range(MAX_MEMBERS + 1)}), True),
    ],
)
def test_bodies_that_are_not_compared(text: str, is_cut: bool) -> None:
    """What is no JSON has no shape; what is too large is told."""
    found = entry_facts(_entry(status=200, content={"text": text}), _KEYS)
    assert found.is_cut == is_cut
    assert len(found.facts) <= MAX_MEMBERS + 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(_JSON, _JSON, _JSON)
def test_any_entry_has_facts(headers: Any, content: Any, url: Any) -> None:
    """Whatever members are, nothing is an error."""
    entry = {"request": {"url": url, "headers": headers, "postData": content}}
    entry["response"] = {"status": 302, "redirectURL": url, "headers": headers, "content": content}
    entry_facts(json.dumps(entry).encode(), _KEYS)
