"""What types tell: strict structs take what is regular, and loose ones find what is not."""

from __future__ import annotations

import copy
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har import schema
from harlake.har.schema import ObjectType, ValueType
from harlake.har.validate import object_checks
from harlake.har.validate.object_checks import ObjectCheck, object_check
from harlake.har.validate.rules import MISSING_MEMBER, WRONG_TYPE
from tests.support.complete_har import FULL_ENTRY

_COOKIE: dict[str, Any] = FULL_ENTRY["request"]["cookies"][0]
_TIMINGS: dict[str, Any] = FULL_ENTRY["timings"]
_odd: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(0, 1) | st.text(max_size=2) | st.just([]) | st.just({})
)


def _decoded(struct: Any, value: Any) -> Any:
    return msgspec.json.decode(json.dumps(value), type=struct)


@given(
    st.sampled_from([(schema.COOKIE, _COOKIE), (schema.TIMINGS, _TIMINGS)]),
    st.dictionaries(st.integers(0, 20), _odd | st.just(...), max_size=3),
)
def test_loose_and_strict_agree(case: tuple[ObjectType, dict[str, Any]], changes: dict[int, Any]) -> None:
    """What is regular is what decodes strictly; each member that is not is told, if it is HAR's."""
    object_type, complete = case
    check = object_check(object_type)
    value = copy.copy(complete)
    for number, new in changes.items():
        name = object_type.members[number % len(object_type.members)].name
        value.pop(name, None)
        if new is not ...:
            value[name] = new
    types = check.types(_decoded(check.loose, value))
    try:
        _decoded(check.strict, value)
    except msgspec.ValidationError:
        strict = False
    else:
        strict = True
    assert types.regular is strict
    told = {(violation.rule, violation.path[0]) for violation in types.violations}
    missing = {(MISSING_MEMBER, one.name) for one in object_type.members if one.required and one.name not in value}
    assert {one for one in told if one[0] is MISSING_MEMBER} == missing
    names = {one.name for one in object_type.members if one.official and one.name in value}
    assert {name for rule, name in told if rule is WRONG_TYPE} <= names
    assert strict or told or any(not one.official for one in object_type.members)
    assert check.types(_decoded(check.loose, value)) is types


def test_so_many_types_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a bound, the types of objects are looked at again each time, to the same effect."""
    monkeypatch.setattr(object_checks, "_MAX_REMEMBERED", 0)
    check = ObjectCheck(schema.COOKIE)
    value = _decoded(check.loose, {"name": 1})
    first, second = check.types(value), check.types(value)
    assert first is not second
    assert (first.violations, first.tells_all) == (second.violations, second.tells_all)
    assert [one.path for one in first.violations] == [("name",), ("value",)]


def test_arrays_are_proved_or_looked_at() -> None:
    """Items that are all as they should be are proved; others are decoded loosely; what is no array is any value."""
    check = object_check(schema.HEADER)
    items, proved = check.items(msgspec.Raw(b'[{"name":"a","value":"b"}]'))
    assert proved
    assert type(items[0]) is check.strict
    items, proved = check.items(msgspec.Raw(b'[{"name":1},7]'))
    assert not proved
    assert (type(items[0]), items[1]) == (check.loose, 7)
    assert check.items(msgspec.Raw(b'{"a":1}')) == ({"a": 1}, False)


def test_what_is_not_validated_is_not_looked_at() -> None:
    """Members that only repair or the index read are none of validation's."""
    names = {one.name for one in object_check(schema.RESPONSE).members}
    assert "_transferSize" in names
    assert names.isdisjoint({"_error", "_failureText", "_serviceWorkerRouterRuleIdMatched"})
    assert all(one.type is not ValueType.STRING_OR_BOOLEAN for one in object_check(schema.ENTRY).members)
