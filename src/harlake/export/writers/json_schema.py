"""The JSON schema that all of some values have: types and members, and no value of any.

An object with more than a hundred names is a map: its members have one schema together (``additionalProperties``), and
so have those whose names are identifiers.
"""

from __future__ import annotations

from typing import Any, Final

from harlake.export.writers.names_budget import NamesBudget
from harlake.har.url_folding import ID, without_id

#: Names that an object has before it is a map; and how deep values are looked into.
_MAX_PROPERTIES: Final = 100
_MAX_DEPTH: Final = 32

#: What is counted where there is no room for more.
_MEMBERS: Final = "members of JSON"

_TYPES: Final = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}


class JsonSchema:
    """What is known of values at one place: :meth:`add` them, then ask for the :meth:`schema`."""

    __slots__ = ("_budget", "_is_open", "_items", "_more", "_objects", "_properties", "_seen", "_types")

    def __init__(self, budget: NamesBudget) -> None:
        self._budget = budget
        self._types: set[str] = set()
        self._properties: dict[str, JsonSchema] = {}
        self._seen: dict[str, int] = {}
        self._objects = 0
        self._items: JsonSchema | None = None
        self._more: JsonSchema | None = None
        #: Whether members were left out, of which nothing may be said then.
        self._is_open = False

    def add(self, value: Any, depth: int = 0) -> None:
        """Take in a decoded value."""
        if depth > _MAX_DEPTH:
            self._budget.left_out["values that are nested deeply"] += 1
        elif isinstance(value, dict):
            self._types.add("object")
            self._objects += 1
            for name, member in value.items():
                self._add_member(name, member, depth + 1)
        elif isinstance(value, list):
            self._types.add("array")
            for item in value:
                if self._items is None and self._budget.take(_MEMBERS):
                    self._items = JsonSchema(self._budget)
                if self._items is not None:
                    self._items.add(item, depth + 1)
        else:
            self._types.add(_TYPES[type(value)])

    def schema(self) -> dict[str, Any]:
        """Return it as JSON Schema 2020-12; empty where anything may be."""
        types = sorted(self._types - {"integer"} if "number" in self._types else self._types)
        found: dict[str, Any] = {}
        if types:
            found["type"] = types[0] if len(types) == 1 else types
        if self._properties:
            found["properties"] = {name: one.schema() for name, one in self._properties.items()}
            if required := [name for name, count in self._seen.items() if count == self._objects]:
                found["required"] = required
        if self._more is not None and not self._is_open:
            found["additionalProperties"] = self._more.schema()
        if "array" in self._types:
            found["items"] = {} if self._items is None else self._items.schema()
        return found

    def _add_member(self, name: str, value: Any, depth: int) -> None:
        known = self._properties.get(name)
        if known is None and (len(self._properties) >= _MAX_PROPERTIES or without_id(name) == ID):
            if self._more is None and self._budget.take(_MEMBERS):
                self._more = JsonSchema(self._budget)
            if self._more is not None:
                self._more.add(value, depth)
            return
        if known is None:
            if not self._budget.take(_MEMBERS, name):
                self._is_open = True
                return
            known = self._properties[name] = JsonSchema(self._budget)
        self._seen[name] = self._seen.get(name, 0) + 1
        known.add(value, depth)
