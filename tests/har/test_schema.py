"""The schema: the table agrees with itself, and structs that are made of it decode what they should."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Raw

from harlake.har import schema
from harlake.har.schema import MemberSpec, ObjectType, ValueType, define_struct
from tests.support.complete_har import PATHS


def _reachable(object_type: ObjectType) -> Iterator[tuple[ObjectType, MemberSpec]]:
    for member in object_type.members:
        yield object_type, member
        if member.object_type is not None:
            yield from _reachable(member.object_type)


_MEMBERS = [*_reachable(schema.LOG), *_reachable(schema.ENTRY)]
#: What Python makes of the JSON of each type; all others are strings.
_PYTHON: dict[ValueType, tuple[type, ...]] = {
    ValueType.BOOLEAN: (bool,),
    ValueType.NUMBER: (int, float),
    ValueType.DURATION: (int, float),
    ValueType.INTEGER: (int,),
    ValueType.ARRAY: (list,),
}


@pytest.mark.parametrize(("owner", "member"), _MEMBERS, ids=[f"{owner.name}.{one.name}" for owner, one in _MEMBERS])
def test_a_member_agrees_with_itself(owner: ObjectType, member: MemberSpec) -> None:
    """Names are unique; objects and arrays know what is in them; fillers are of their member's type."""
    assert [one.name for one in owner.members].count(member.name) == 1
    assert [one.attribute for one in owner.members].count(member.attribute) == 1
    assert (member.object_type is not None) == (member.type in (ValueType.OBJECT, ValueType.ARRAY))
    assert member.official or not member.required
    assert (member.validated and member.repaired) or not member.official
    assert member.validated or member.repaired or member.indexed
    if member.type is ValueType.OBJECT:
        return
    if member.filler:
        assert type(json.loads(member.filler)) in _PYTHON.get(member.type, (str,))
    assert member.filler or not member.required
    assert member.default in ("", member.filler)


def test_the_table_has_what_a_complete_har_has() -> None:
    """Each member of a HAR with all of them is in the table, and nothing official is besides them."""
    named: set[tuple[str, str]] = set()
    for path in PATHS:
        in_entry = path[0] == "entries"
        object_type = schema.ENTRY if in_entry else schema.LOG
        *steps, last = [step for step in path[in_entry:] if isinstance(step, str)]
        for step in steps:
            (member,) = (one for one in object_type.members if one.name == step)
            assert member.object_type is not None
            object_type = member.object_type
        named.add((object_type.name, last))
    official = {(owner.name, member.name) for owner, member in _MEMBERS if member.official}
    # Text excludes params, and the comments of cached entries are not in the example.
    assert named == official - {("postData", "text"), ("cacheEntry", "comment")}


_STRUCT = define_struct(
    "owner",
    [
        (MemberSpec("must", ValueType.STRING, required=True), str, True),
        (MemberSpec("_may", ValueType.NUMBER), float, False),
        (MemberSpec("text", ValueType.BODY), Raw, False),
        (MemberSpec("anything", ValueType.STRING), Any, False),
    ],
)


@given(st.text(), st.none() | st.floats(allow_nan=False, allow_infinity=False), st.none() | st.text())
def test_structs_decode_members(must: str, may: float | None, text: str | None) -> None:
    """Members have their values; optional ones are UNSET where they are absent, or an empty text."""
    value: dict[str, Any] = {"must": must, "other": 1}
    value |= {} if may is None else {"_may": may, "anything": [may]}
    value |= {} if text is None else {"text": text}
    decoded = msgspec.json.decode(msgspec.json.encode(value), type=_STRUCT)
    assert decoded.must == must
    assert decoded.may == (UNSET if may is None else may)
    assert decoded.anything == (UNSET if may is None else [may])
    assert bytes(decoded.text) == (b"" if text is None else msgspec.json.encode(text))


@pytest.mark.parametrize("text", [b"{}", b'{"must":1}', b'{"must":"a","_may":"b"}', b'{"must":null}', b"[]"])
def test_structs_refuse_other_types(text: bytes) -> None:
    """A mandatory member must be there, and all must be of the right type."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=_STRUCT)
