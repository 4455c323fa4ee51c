"""Menders that are made of the schema: members by their table, and the objects that have ways of their own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har import schema
from harlake.har.raw_json import members
from harlake.har.repair.object_types import ArrayMender, PairsMender, is_base64, object_mender
from harlake.har.repair.value_types import Number
from harlake.har.schema import ObjectType, ValueType

_OBJECTS = [value for value in vars(schema).values() if isinstance(value, ObjectType)]


@pytest.mark.parametrize("object_type", _OBJECTS, ids=lambda one: one.name)
def test_an_empty_object_gets_the_fillers(object_type: ObjectType) -> None:
    """Of nothing, an object becomes its members' fillers, in the order of the table, and is then left alone."""
    mender = object_mender(object_type)
    mended = mender.mend(b"{}")
    assert mended is not None
    expected = {
        one.name: None if one.type is ValueType.OBJECT else json.loads(one.filler)
        for one in object_type.members
        if one.repaired and (one.filler or one.required)
    }
    found = json.loads(mended)
    assert list(found) == list(expected)
    assert all(found[name] == value for name, value in expected.items() if value is not None)
    assert mender.mend(mended) is mended
    assert mender.mend(b"[]") is None


@given(st.lists(st.integers() | st.sampled_from(["1", "1.5"]) | st.sampled_from([None, "x", {}]), max_size=6))
def test_arrays_lose_what_cannot_be_mended(values: list[Any]) -> None:
    """An array of numbers keeps those, takes strings of numbers for them, and loses the rest."""
    text = json.dumps(values).encode()
    mended = ArrayMender(Number()).mend(text)
    assert mended is not None
    assert json.loads(mended) == [json.loads(str(one)) for one in values if one not in (None, "x", {})]
    assert (mended is text) == all(isinstance(one, int) for one in values)
    assert ArrayMender(Number()).mend(b"{}") is None


@pytest.mark.parametrize("object_type", [schema.COOKIE, schema.HEADER, schema.PARAMETER], ids=lambda one: one.name)
def test_pairs_may_be_arrays(object_type: ObjectType) -> None:
    """A name and a value in an array are an object of the two; other arrays are none."""
    mender = PairsMender(object_mender(object_type))
    assert mender.mend(b'[["a","b"]]') == b'[{"name":"a","value":"b"}]'
    assert mender.mend(b'[["a"],["a","b","c"],7]') == b"[]"
    assert (
        mender.mend(b'{"a":"b","c":["d","e"]}')
        == b'[{"name":"a","value":"b"},{"name":"c","value":"d"},{"name":"c","value":"e"}]'
    )
    assert mender.mend(rb'"a: b\r\nc: d"') == b'[{"name":"a","value":"b"},{"name":"c","value":"d"}]'
    assert mender.mend(b"7") is None
    given = b'[ {"name":"a", "value":"b"} ]'
    assert mender.mend(given) is given


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ({"text": "aGk=", "encoding": "base64"}, "base64"),
        ({"text": "aGk", "encoding": "base64"}, None),
        ({"text": "aGk", "encoding": "utf-8"}, "utf-8"),
        ({"encoding": "base64"}, "base64"),
    ],
)
def test_what_is_no_base64_is_text(content: dict[str, str], encoding: str | None) -> None:
    """A body that is no base64 loses the word that it is."""
    text = json.dumps({"size": 1, "mimeType": "a/b"} | content).encode()
    mended = object_mender(schema.CONTENT).mend(text)
    assert mended is not None
    assert json.loads(mended).get("encoding") == encoding
    assert is_base64(b'"aGk="')
    assert not is_base64(b'"aGk"')


@given(st.dictionaries(st.text(max_size=5), st.integers(), max_size=4))
def test_members_that_are_not_in_the_table_stay(others: dict[str, int]) -> None:
    """Members that the schema does not know are the text that they were."""
    names = {one.name for one in schema.HEADER.members}
    others = {name: value for name, value in others.items() if name not in names}
    mended = object_mender(schema.HEADER).mend(json.dumps(others | {"name": "a"}).encode())
    assert mended is not None
    kept = {name: bytes(value) for name, value in members(mended)}
    assert kept == {name: str(value).encode() for name, value in others.items()} | {"name": b'"a"', "value": b'""'}
