"""Tests of bodies that are not where they should be."""

import json

import pytest

from harlake.har.raw_json import joined
from harlake.har.values.carriers import carrier_members


@pytest.mark.parametrize(
    ("value", "means"),
    [
        (b'{"mimeType":"a","text":"b"}', {"mimeType": "a", "text": "b"}),
        (b'{"text":{"a":1.0}, "mimeType":"a"}', {"mimeType": "a", "text": '{"a":1.0}'}),
        (b'{"text":[1, 2]}', {"text": "[1, 2]"}),
        (b'{"text":0}', {"text": "0"}),
        (b'{"text":{"type":"base64","value":"aGk="},"size":2}', {"text": "aGk=", "encoding": "base64", "size": 2}),
        (b'{"text":{"type":"string","value":"hi"},"encoding":"base64"}', {"text": "hi", "encoding": "base64"}),
        (b'{"type":"string","value":"hi"}', {"text": "hi"}),
        (b'{"type":"base64","value":"aGk="}', {"text": "aGk=", "encoding": "base64"}),
        (b'"a=b"', {"text": "a=b"}),
        (b'{"query":"{a}"}', {"mimeType": "application/json", "text": '{"query":"{a}"}'}),
        (
            b'[{"name":"a","value":"b"}]',
            {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a", "value": "b"}]},
        ),
        (b"[1]", {"mimeType": "application/json", "text": "[1]"}),
        *((b"null", {}), (b"{}", {}), (b"[]", {}), (b'{"text":null}', {"text": None}), (b'{"_x":1}', {"_x": 1})),
        (b'{"text":{"type":"null"}}', {}),
    ],
)
def test_a_body_is_found_where_it_is(value: bytes, means: object) -> None:
    """A body may be the object's text, a JSON value, or in the object's place."""
    assert json.loads(joined(carrier_members(value)) if carrier_members(value) else b"{}") == means


def test_of_equal_names_the_last_is_the_body() -> None:
    """The last text counts, in the time that it takes to read them."""
    parts = carrier_members(b'{"text":"a","text":{"b":1},%b"size":1}' % (b'"encoding":"x",' * 1000))
    assert dict(parts)["text"] == b'"{\\"b\\":1}"'
