"""``PIVOT table ON column`` without values: they are looked up, and put into the query.

DuckDB makes this a type of its own and a SELECT, which cannot be checked. So the query is parsed with a value in place
of those that are not known; it is checked; its own expressions are asked for their values by a SELECT that is checked,
too; and what runs is the query with these, which is checked once more. Whatever is run has been checked as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import duckdb
import msgspec

from harlake.errors import ExpensiveQueryError, InvalidQueryError
from harlake.query.sql_sizes import Node

#: Columns that PIVOT may make.
MAX_PIVOTED: Final = 256

#: Stands for values that are not known yet.
_UNKNOWN: Final = "harlake: values that are not known yet"

#: What follows the columns of ON.
_AFTER: Final = frozenset({"using", "group", "order", "limit"})

_VALUES: Final = (
    f"SELECT DISTINCT CAST(x AS VARCHAR) AS v FROM t WHERE x IS NOT NULL ORDER BY v LIMIT {MAX_PIVOTED + 1}"
)


def with_unknown(sql: str) -> str | None:
    """Return a query with a value for each column of ON that has none; None where it is no such PIVOT."""
    text = sql.encode()
    places = _places(text, _tokens(text, sql))
    for place in reversed(places):
        text = text[:place] + f"\n IN ('{_UNKNOWN}') ".encode() + text[place:]
    return text.decode() if places else None


def pivoted(database: duckdb.DuckDBPyConnection, sql: str, check: Callable[[str], object]) -> str:
    """Return a query with the values of its PIVOT, where it has one without; each query that is run is checked.

    Raises what ``check`` raises, ExpensiveQueryError, InvalidQueryError and duckdb.Error.
    """
    unknown = None if not _tree(database, sql)["error"] else with_unknown(sql)
    if unknown is None:
        return sql
    tree = _tree(database, unknown)
    node = tree["statements"][0]["node"]
    source = node["from_table"]
    for pivot in source["pivots"]:
        values = [value["value"] for entry in pivot["entries"] for value in entry["values"]]
        if values == [_UNKNOWN]:
            pivot["entries"] = [_entry(value) for value in _values(database, node, pivot, check)]
    found = _text(database, tree)
    check(found)
    return found


def _values(
    database: duckdb.DuckDBPyConnection, node: Node, pivot: Node, check: Callable[[str], object]
) -> Sequence[str]:
    if len(pivot["pivot_expressions"]) != 1:
        raise InvalidQueryError("PIVOT ON several columns at once needs their values: ON (a, b) IN ((1, 2), …)")
    (expression,) = pivot["pivot_expressions"]
    tree = _tree(database, _VALUES)
    asked = tree["statements"][0]["node"]
    asked["select_list"][0]["child"] = asked["where_clause"]["children"][0] = expression
    asked["from_table"], asked["cte_map"] = node["from_table"]["source"], node["cte_map"]
    sql = _text(database, tree)
    check(sql)
    values = [value for (value,) in database.execute(sql).fetchall()]
    if len(values) > MAX_PIVOTED:
        raise ExpensiveQueryError(f"PIVOT makes more than {MAX_PIVOTED} columns")
    if not values:
        raise InvalidQueryError("PIVOT finds no values to make columns of")
    return values


def _entry(value: str) -> Node:
    constant = {"type": {"id": "VARCHAR", "type_info": None}, "is_null": False, "value": value}
    return {"values": [constant], "star_expr": None, "alias": ""}


def _tree(database: duckdb.DuckDBPyConnection, sql: str) -> Any:
    ((text,),) = database.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
    return msgspec.json.decode(text)


def _text(database: duckdb.DuckDBPyConnection, tree: Any) -> str:
    ((text,),) = database.execute(
        "SELECT json_deserialize_sql(?::JSON)", [msgspec.json.encode(tree).decode()]
    ).fetchall()
    return str(text)


def _tokens(text: bytes, sql: str) -> list[tuple[int, str]]:
    """Return where tokens begin, with the word that each keyword is, and the character of anything else."""
    starts = [(start, kind) for start, kind in duckdb.tokenize(sql) if kind != duckdb.token_type.comment]
    tokens = []
    for number, (start, kind) in enumerate(starts):
        end = starts[number + 1][0] if number + 1 < len(starts) else len(text)
        word = text[start:end].decode(errors="replace").split(maxsplit=1)
        is_quoted = text[start : start + 1] in (b"'", b'"', b"$")
        is_word = kind in (duckdb.token_type.keyword, duckdb.token_type.identifier)
        tokens.append((start, "" if is_quoted or not word else word[0].lower() if is_word else word[0][0]))
    return tokens


def _places(text: bytes, tokens: Sequence[tuple[int, str]]) -> list[int]:
    """Return where values of columns are to be put: behind each column of PIVOT's ON that has no IN."""
    depth = 0
    seen_pivot, in_columns, has_values = False, False, False
    places: list[int] = []
    for start, word in [*tokens, (len(text), "limit")]:
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(word, 0)
        if depth:
            continue
        if in_columns and (word in _AFTER or word in (",", ";")):
            if not has_values:
                places.append(start)
            has_values = False
            if word != ",":
                break
        elif in_columns:
            has_values = has_values or word == "in"
        elif word in ("pivot", "pivot_wider"):
            seen_pivot = True
        elif seen_pivot and word == "on":
            in_columns = True
    return places
