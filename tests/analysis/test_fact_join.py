"""Details of endpoints: facts of both sides, joined."""

from __future__ import annotations

from contextlib import closing

import duckdb
import pyarrow as pa

from harlake.analysis.endpoints import Detail
from harlake.analysis.fact_join import CHANGED, DETAILS, LISTED_FACTS, details_of, no_facts

_KEY = {"method": "GET", "name": "u1", "folded": "u", "call": "", "called": ""}
_CALLED = [{**_KEY, "name": name, "url": "u", "operation": ""} for name in ("u1", "u2")]


def _fact(side: int, part: str, fact: str, value: str = "present", name: str = "u1") -> dict[str, object]:
    return {**_KEY, "name": name, "part": part, "fact": fact, "value": value, "side": side}


def test_facts_that_differ_are_details() -> None:
    """Whatever the name of an entry's URL; of a body that one side does not have, its members are not told."""
    facts = [
        *(_fact(side, "responseBody", "$", "object", f"u{side + 1}") for side in (0, 1)),
        *(_fact(0, "responseBody", "a", "number"), _fact(1, "responseBody", "a", "string")),
        *(_fact(0, "requestBody", "$", "object"), _fact(0, "requestBody", "b", "number")),
        *(_fact(side, "responseHeaders", "etag") for side in (0, 1)),
        _fact(1, "responseHeaders", "x"),
    ]
    with closing(duckdb.connect()) as database:
        database.register("facts", pa.Table.from_pylist(facts, schema=no_facts().schema))
        database.register("called", pa.Table.from_pylist(_CALLED))
        database.register("details", database.execute(DETAILS).to_arrow_table())
        found, count = details_of(database, {"method": "GET", "url": "u", "operation": ""})
        assert database.execute(CHANGED).fetchall() == [("GET", "u", "", True, True, False)]
    assert count == 3
    assert found == [
        Detail("requestBody", "removed", "$", ["object"], []),
        Detail("responseBody", "type", "a", ["number"], ["string"]),
        Detail("responseHeaders", "added", "x", [], ["present"]),
    ]


def test_of_many_details_the_first_are_listed_and_all_counted() -> None:
    """An answer may have a thousand members that the other one does not have."""
    facts = [_fact(side, "responseBody", "$", "object") for side in (0, 1)]
    facts += [_fact(1, "responseBody", f"m{number:04}", "number") for number in range(1_000)]
    with closing(duckdb.connect()) as database:
        database.register("facts", pa.Table.from_pylist(facts, schema=no_facts().schema))
        database.register("called", pa.Table.from_pylist(_CALLED))
        database.register("details", database.execute(DETAILS).to_arrow_table())
        found, count = details_of(database, {"method": "GET", "url": "u", "operation": ""})
    assert count == 1_000
    assert [detail.name for detail in found] == [f"m{number:04}" for number in range(LISTED_FACTS)]
