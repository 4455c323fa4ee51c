"""Details of endpoints: facts of both sides, joined."""

from __future__ import annotations

from contextlib import closing

import duckdb
import pyarrow as pa

from harlake.analysis.endpoints import Detail
from harlake.analysis.fact_join import CHANGED, DETAILS, details_of, no_facts

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
        found = details_of(database, {"method": "GET", "url": "u", "operation": ""})
        assert database.execute(CHANGED).fetchall() == [("GET", "u", "", True, True, False)]
    assert found == [
        Detail("requestBody", "removed", "$", ["object"], []),
        Detail("responseBody", "type", "a", ["number"], ["string"]),
        Detail("responseHeaders", "added", "x", [], ["present"]),
    ]
