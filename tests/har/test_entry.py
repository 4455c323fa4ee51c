"""The indexed part of an entry: it agrees with the schema, and both ways of decoding it agree."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har import schema
from harlake.har.entry import Content, Entry, Rejection, Request, Response, Timings, drop_bodies, read_entry
from harlake.har.schema import ObjectType, ValueType
from harlake.har.values.numbers import python_number
from tests.support.mutations import mutilated, written

_NUMBERS = (ValueType.NUMBER, ValueType.DURATION, ValueType.INTEGER)
_STRUCTS: list[tuple[Any, ObjectType]] = [
    (Entry, schema.ENTRY),
    (Request, schema.REQUEST),
    (Response, schema.RESPONSE),
    (Content, schema.CONTENT),
    (Timings, schema.TIMINGS),
]
_BY_TYPE: dict[ObjectType, Any] = {object_type: struct for struct, object_type in _STRUCTS}
#: Members that are indexed in a way of their own: the two without which there is no entry, and those of which only
#: whether they are there is indexed, or what they call.
_SPECIAL: dict[str, Any] = {
    "request": Request,
    "url": str,
    "text": msgspec.Raw,
    "_file": msgspec.Raw,
    "postData": msgspec.Raw,
}


@pytest.mark.parametrize(("struct", "object_type"), _STRUCTS, ids=[one.name for _, one in _STRUCTS])
def test_structs_have_the_indexed_members(struct: Any, object_type: ObjectType) -> None:
    """Each struct has exactly the members that the schema says are indexed, by their names and types."""
    expected: dict[str, tuple[str, Any]] = {}
    for member in object_type.members:
        optional: Any
        if member.name in _SPECIAL:
            optional = str
        elif member.object_type is not None:
            optional = _BY_TYPE.get(member.object_type)
        elif member.type is ValueType.STRING_OR_BOOLEAN:
            optional = str | bool
        else:
            optional = float if member.type in _NUMBERS else str
        if member.indexed:
            expected[member.name] = member.attribute, _SPECIAL.get(member.name, optional | None)
    fields = msgspec.structs.fields(struct)
    assert {one.encode_name: (one.name, one.type) for one in fields} == expected


@given(mutilated())
def test_whatever_else_is_odd_the_rest_is_kept(one: dict[str, Any]) -> None:
    """Whatever else an entry is like, numbers are indexed where a value means one, objects where they are objects."""
    entry = read_entry(written(one))
    assert isinstance(entry, Entry)
    request, response, timings = (one.get(name) for name in ("request", "response", "timings"))
    for given_members, indexed, names in (
        (one, entry, ["time"]),
        (request, entry.request, ["bodySize"]),
        (response, entry.response, ["status", "bodySize"]),
        (timings, entry.timings, ["send", "wait", "receive", "dns"]),
    ):
        assert (indexed is None) == (not isinstance(given_members, dict))
        if not isinstance(given_members, dict):
            continue
        for name in names:
            value = given_members.get(name)
            # The index has doubles: 10**30 is not among them, its nearest one is.
            assert getattr(indexed, name) == python_number(written(value))
    assert isinstance(request, dict)
    assert entry.request.url == request["url"]
    content = response.get("content") if isinstance(response, dict) else None
    assert (entry.content is None) == (not isinstance(content, dict) and (not isinstance(content, str) or not content))
    text = content.get("text") if isinstance(content, dict) else content if isinstance(content, str) else None
    assert entry.has_body == (text not in (None, ""))


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["text", "_file"]))
def test_an_odd_member_changes_no_other(text: str, name: str) -> None:
    """An entry with members of odd types is indexed like the same one with what they mean, or without them."""
    entry = {
        "request": {"url": text, "method": text, "httpVersion": text, "bodySize": 2},
        "response": {"status": 200, "statusText": text, "content": {"size": 3, "mimeType": text, name: text}},
        "timings": {"send": 1.5},
        "time": 7,
        "_fromCache": True,
    }
    regular = read_entry(written(entry))
    assert isinstance(regular, Entry)
    assert regular.has_body == bool(text)
    odd = read_entry(written(entry | {"pageref": {"odd": 1}, "connection": [], "time": "7"}))
    assert msgspec.json.encode(odd) == msgspec.json.encode(regular)


def test_lone_surrogates_are_replaced() -> None:
    """What UTF-8 cannot say is replaced in what is indexed."""
    entry = read_entry(rb'{"request":{"url":"\ud800","method":"\udc80"},"pageref":"a\udfff"}')
    assert isinstance(entry, Entry)
    assert (entry.request.url, entry.request.method, entry.pageref) == ("\ufffd", "\ufffd", "a\ufffd")
    odd = read_entry(rb'{"request":{"url":"a"},"pageref":["\udfff"]}')
    assert isinstance(odd, Entry)
    assert odd.pageref == "\ufffd"


@pytest.mark.parametrize(
    ("text", "reason", "path"),
    [
        (b"[]", "not an object", ""),
        (rb'"\udc80"', "not an object", ""),
        (b"{}", "no request", ".request"),
        (b'{"request":null}', "request is not an object", ".request"),
        (b'{"request":{}}', "request has no url", ".request.url"),
        (b'{"request":{"url":7}}', "request.url is not a string", ".request.url"),
        (rb'{"request":{"url":["\udc80"]}}', "request.url is not a string", ".request.url"),
    ],
)
def test_only_an_entry_with_a_url_can_be_imported(text: bytes, reason: str, path: str) -> None:
    """What lacks a request with a URL is rejected with the path to blame."""
    assert read_entry(text) == Rejection(reason, path)


def test_nesting_that_no_stack_follows_is_an_error_of_its_own() -> None:
    """The caller learns that an entry has to be read in another way."""
    with pytest.raises(RecursionError):
        read_entry(b'{"request":{"url":"a"},"_x":%b}' % (b"[" * 10_000 + b"]" * 10_000))


def test_bodies_do_not_outlive_their_buffer() -> None:
    """Once dropped, a body says no more than that there is one."""
    text = written({"request": {"url": "a"}, "response": {"content": {"text": "x" * 1000, "_file": ""}}})
    entry = drop_bodies(msgspec.json.decode(text, type=Entry))
    assert entry.has_body
    assert entry.content is not None
    assert len(entry.content.text) < 10
    assert not len(entry.content.file)
    assert not drop_bodies(Entry(request=Request(url="a"))).has_body
