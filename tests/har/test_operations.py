"""Tests of which operation a request calls."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.operations import operation_of


def _posted(body: object, **more: object) -> bytes:
    return json.dumps({"mimeType": "application/json", "text": json.dumps(body), **more}).encode()


@pytest.mark.parametrize(
    ("body", "operation"),
    [
        ({"operationName": "Login", "query": "mutation Login { x }"}, "Login"),
        ({"query": "query Search($q: String) { search(q: $q) { id } }"}, "Search"),
        ({"query": "# a comment\n mutation\nSave{x}"}, "Save"),
        ({"query": "{ viewer { id } }", "operationName": None}, "{viewer}"),
        ({"query": "query { viewer { id } }"}, "{viewer}"),
        ({"query": "query ($id: ID) { node(id: $id) { id } }"}, "{node}"),
        ([{"operationName": "A"}, {"operationName": "B"}, {"operationName": "A"}], "A,B"),
        ({"operationName": "P", "extensions": {"persistedQuery": {"sha256Hash": "abc"}}}, "P"),
        ({"extensions": {"persistedQuery": {"sha256Hash": "abc"}}}, "abc"),
        ({"jsonrpc": "2.0", "method": "eth_call", "id": 1}, "eth_call"),
        ([{"jsonrpc": "2.0", "method": "a"}, {"jsonrpc": "2.0", "method": "b"}], "a,b"),
        ({"query": "shoes"}, ""),
        ({"query": 5}, ""),
        ({"query": {"match_all": {}}}, ""),
        ({"method": "x"}, ""),
        ([1, None, "operationName"], ""),
        ("operationName", ""),
    ],
)
def test_a_body_names_what_it_calls(body: object, operation: str) -> None:
    """By its name, else as the query names it."""
    assert operation_of("https://example.com/graphql", _posted(body)) == operation


def test_a_body_is_found_where_it_is() -> None:
    """In params, as an object, with files beside it, or in the URL."""
    url = "https://example.com/graphql"
    params = {"params": [{"name": "operationName", "value": "A"}, {"name": "query", "value": "{x}"}]}
    assert operation_of(url, json.dumps(params).encode()) == "A"
    with_files = {"params": [{"name": "operations", "value": json.dumps({"operationName": "Up"})}, {"name": "0"}]}
    assert operation_of(url, json.dumps(with_files).encode()) == "Up"
    assert operation_of(url, json.dumps({"text": {"operationName": "B"}}).encode()) == "B"
    assert operation_of(url, json.dumps({"operationName": "C", "query": "{x}"}).encode()) == "C"
    assert operation_of(url + "?operationName=D&variables=%7B%7D", b"") == "D"
    assert operation_of(url + "?query=query%20E%7Bx%7D", b"") == "E"
    assert operation_of("https://example.com/search?query=shoes", b"") == ""


def test_of_a_long_body_the_beginning_is_looked_at() -> None:
    """A name before a megabyte of variables is found, without reading these."""
    body = {"operationName": "Long", "variables": "x" * 1_000_000}
    assert operation_of("a", _posted(body)) == "Long"
    assert operation_of("a", _posted({"variables": "x" * 1_000_000, "operationName": "Late"})) == ""


@given(
    st.text(max_size=60),
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda one: (
            st.lists(one)
            | st.dictionaries(
                st.sampled_from(["operationName", "query", "extensions", "jsonrpc", "method", "text", "params"]), one
            )
        ),
    ),
)
def test_nothing_is_an_error(url: str, value: object) -> None:
    """Whatever the body is like, there is a name or none."""
    assert isinstance(operation_of(url, json.dumps(value).encode()), str)
    assert isinstance(operation_of(url, _posted(value)), str)
