"""PIVOT without values."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harlake.errors import ExpensiveQueryError, InvalidQueryError
from harlake.query.sql_pivot import pivoted, with_unknown


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    """A database with a table whose texts are awkward."""
    database = duckdb.connect(config={"threads": "1"})
    database.execute("CREATE TABLE t (a VARCHAR, b INTEGER, c DOUBLE, many INTEGER)")
    texts = ["x", "it's", 'a"b', "ünï", ", in (", None]
    database.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", [(texts[n % 6], n % 3, n / 2, n) for n in range(600)])
    return database


@pytest.mark.parametrize(
    "sql",
    [
        "pivot t on a using count(*)",
        "PIVOT t ON b USING sum(c) AS s, max(c) GROUP BY a ORDER BY a",
        "pivot t on a, b using count(*)",
        "pivot t on a || '-' || b using avg(c)",
        "pivot t on a in ('x', 'it''s'), b using count(*) group by c order by c limit 4",
        "with w as (select a, b from t where b > 0) pivot w on b using count(*) group by a order by a",
        "pivot (from t where a <> ', on (') on a -- what? 'on\n using count(*) /* group by */ group by b order by b",
        "pivot t on a using first(c order by c) group by b order by b",
        "from t pivot (count(*) for a in ('x') group by b) order by b",
        "select 1 as one",
    ],
)
def test_the_same_as_duckdb(database: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Names and rows are those that DuckDB yields for what was written."""
    checked: list[str] = []
    found = pivoted(database, sql, checked.append)
    expected = database.execute(sql)
    names, rows = [column[0] for column in expected.description or ()], expected.fetchall()
    again = database.execute(found)
    assert [column[0] for column in again.description or ()] == names
    assert sorted(again.fetchall(), key=str) == sorted(rows, key=str)
    assert checked[-1:] == ([found] if found != sql else [])


def test_each_query_that_runs_is_checked(database: duckdb.DuckDBPyConnection) -> None:
    """What finds values is checked before it is run."""

    def refuse(sql: str) -> None:
        raise InvalidQueryError(sql)

    with pytest.raises(InvalidQueryError, match="SELECT DISTINCT"):
        pivoted(database, "pivot t on a using count(*)", refuse)


def test_too_many_values_and_none(database: duckdb.DuckDBPyConnection) -> None:
    """Both are said."""
    with pytest.raises(ExpensiveQueryError, match="256"):
        pivoted(database, "pivot t on many using count(*)", str)
    with pytest.raises(InvalidQueryError, match="no values"):
        pivoted(database, "pivot (from t limit 0) on a using count(*)", str)


@pytest.mark.parametrize("sql", ["select 1", "drop table t", "create type x as enum (select a from t)", "pivot t", ""])
def test_others_are_left_alone(sql: str) -> None:
    """There is nothing to be put in."""
    assert with_unknown(sql) is None


@settings(deadline=None)
@given(st.lists(st.sampled_from(["pivot", "t", "on", "a", ",", "(", ")", "in", "using", "'x'", '"', "--", ";", "ü"])))
def test_any_order_of_words(words: list[str]) -> None:
    """Whatever it is, only values are put into it."""
    sql = " ".join(words)
    found = with_unknown(sql)
    assert found is None or len(found) > len(sql)
