"""What a query may call: every function of DuckDB is allowed by name, or refused."""

from __future__ import annotations

from collections import Counter

import duckdb
import pytest

from harlake.errors import InvalidQueryError
from harlake.query.sql_checker import check_query
from harlake.query.sql_functions import AGGREGATES, FUNCTIONS, TABLE_FUNCTIONS, WINDOW_FUNCTIONS, by_name

_GROUPS = (*FUNCTIONS, *AGGREGATES, *WINDOW_FUNCTIONS, *TABLE_FUNCTIONS)
_CALLED = by_name(*FUNCTIONS, *AGGREGATES)
_ROWS = duckdb.sql("SELECT DISTINCT function_name, function_type FROM duckdb_functions()").fetchall()
_SCALAR_KINDS = ("scalar", "aggregate", "macro")


@pytest.fixture(scope="module")
def cursor() -> duckdb.DuckDBPyConnection:
    """A database of its own."""
    return duckdb.connect()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def test_each_function_of_the_list_exists() -> None:
    """DuckDB has it; and it is in one group only."""
    known = {name.lower() for name, _ in _ROWS}
    assert {name.lower() for group in _GROUPS for name in group.names} - known == set()
    names = Counter(name.lower() for group in (*FUNCTIONS, *AGGREGATES, *WINDOW_FUNCTIONS) for name in group.names)
    assert [name for name, times in names.items() if times > 1] == []


def test_each_other_function_is_refused(cursor: duckdb.DuckDBPyConnection) -> None:
    """Whatever DuckDB has, by its name, with a schema, over a window, as a method, and in a lambda."""
    others = sorted({name for name, kind in _ROWS if kind in _SCALAR_KINDS and name.lower() not in _CALLED})
    assert len(others) > 300
    windows = by_name(*WINDOW_FUNCTIONS)
    forms = ["{}(1)", "main.{}(1)", "(1).{}()", "list_transform([1], lambda x: {}(x))", "(select {}(1))"]
    for number, name in enumerate(others):
        over = [] if name.lower() in windows else ["{}(1) over ()"]
        for form in (forms[number % len(forms)], *over[: number % 7 == 0]):
            with pytest.raises(InvalidQueryError):
                check_query(cursor, "select " + form.format(_quoted(name)))


def test_each_other_table_function_is_refused(cursor: duckdb.DuckDBPyConnection) -> None:
    """Those that read files, settings and databases above all."""
    allowed = by_name(*TABLE_FUNCTIONS)
    others = sorted({name for name, kind in _ROWS if "table" in kind and name not in allowed})
    assert {"read_csv", "glob", "query", "duckdb_settings", "json_execute_serialized_sql"} <= set(others)
    for name in others:
        for form in (
            "from {}('x')",
            "from main.{}('x')",
            "select (select 1 from {}(1))",
            "from range(1), lateral {}(1)",
        ):
            with pytest.raises(InvalidQueryError):
                check_query(cursor, form.format(_quoted(name)))


@pytest.mark.parametrize(
    "name",
    ["levenshtein", "damerau_levenshtein", "jaro_similarity", "list_resize", "bar", "getenv", "json_serialize_plan",
     "query", "current_setting", "sleep_ms", "list_reduce", "list_aggregate", "~~~"],
)  # fmt: skip
def test_what_must_never_be_in_the_list(name: str) -> None:
    """What reads, waits, runs text, or cannot be bounded."""
    assert name not in by_name(*_GROUPS)
