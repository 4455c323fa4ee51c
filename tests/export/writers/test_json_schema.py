"""Schemas of JSON: all values that were added are valid against them, and none is in them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from harlake.export.writers.json_schema import JsonSchema
from harlake.export.writers.names_budget import NamesBudget

_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(0.5, 1.5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


def _schema(values: list[Any], names: int = 1_000) -> tuple[dict[str, Any], NamesBudget]:
    budget = NamesBudget(names)
    schema = JsonSchema(budget)
    for value in values:
        schema.add(value)
    return schema.schema(), budget


@example([{"": None, "0": None, ";": None, ":": False}], 3)
@given(st.lists(_values, min_size=1, max_size=4), st.sampled_from([0, 1, 3, 1_000]))
def test_what_was_added_is_valid(values: list[Any], names: int) -> None:
    """Also where there is no room for all names, which is counted then."""
    schema, budget = _schema(values, names)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for value in values:
        validator.validate(value)
    assert names == 1_000 or json.dumps(schema).count("properties") <= names + 1 or budget.left_out


def test_members_that_are_always_there_are_required() -> None:
    """And no others; numbers are integers where all of them are."""
    schema, _ = _schema([{"a": 1, "b": "x"}, {"a": 2.5}])
    assert schema == {
        "type": "object",
        "properties": {"a": {"type": "number"}, "b": {"type": "string"}},
        "required": ["a"],
    }


def test_maps_have_one_schema_for_their_members() -> None:
    """Where names are identifiers, or more than a hundred."""
    assert _schema([{"17": 1, "18": 2}])[0] == {"type": "object", "additionalProperties": {"type": "integer"}}
    many, budget = _schema([{f"name{letter * 3}x": 1 for letter in map(chr, range(0x4E00, 0x4E00 + 150))}])
    assert len(many["properties"]) == 100
    assert many["additionalProperties"] == {"type": "integer"}
    assert not budget.left_out


def test_depth_is_bounded_and_said() -> None:
    """Deeper values may be anything."""
    value: Any = 1
    for _ in range(100):
        value = [value]
    schema, budget = _schema([value])
    Draft202012Validator(schema).validate(value)
    assert budget.left_out == {"values that are nested deeply": 1}
