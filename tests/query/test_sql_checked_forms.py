"""What changes the form of rows: PIVOT, UNPIVOT, EXPLAIN, DESCRIBE, SUMMARIZE."""

from __future__ import annotations

import duckdb
import pytest

from harlake.errors import ExpensiveQueryError, InvalidQueryError
from harlake.query.sql_checker import check_query
from harlake.query.sql_views import VIEW_COLUMNS


@pytest.fixture(scope="module")
def cursor() -> duckdb.DuckDBPyConnection:
    """A database with tables of the views' names."""
    cursor = duckdb.connect(config={"threads": "1"})
    for view, (texts, others) in VIEW_COLUMNS.items():
        columns = [f"{name} VARCHAR" for name in texts.split()] + [f"{name} DOUBLE" for name in others.split()]
        cursor.execute(f"CREATE TEMP TABLE {view} ({', '.join(columns)})")
    return cursor


@pytest.mark.parametrize(
    ("sql", "view"),
    [
        ("from entries pivot (count(*) for status in (200, 302) group by host)", "entries"),
        ("pivot entries on method using count(*)", "entries"),
        ("with w as (from pages) pivot w on title using max(on_load) group by id order by id limit 3", "pages"),
        ("from (unpivot entries on url, host into name n value v)", "entries"),
        ("unpivot entries on columns('.*_ms') into name n value v", "entries"),
        ("explain from headers", "headers"),
        ("  EXPLAIN\n ANALYZE select count(*) from cookies", "cookies"),
        ("explain pivot entries on type, method using count(*)", "entries"),
        ("describe query_parameters", "query_parameters"),
        ("summarize entries", "entries"),
    ],
)
def test_what_changes_the_form_of_rows(cursor: duckdb.DuckDBPyConnection, sql: str, view: str) -> None:
    """It is allowed, and what it reads is known."""
    assert check_query(cursor, sql) == {view}


@pytest.mark.parametrize(
    "sql",
    [
        "explain explain select 1",
        "explain analyze explain select 1",
        "explain analyze copy (select 1) to '/tmp/harlake-escaped'",
        "explain drop view entries",
        "explain select 1; drop view entries",
        "explain /* */ analyze attach ':memory:'",
        "explain from read_text('/etc/passwd')",
        "pivot read_csv('/etc/passwd') on column0 using count(*)",
        "pivot '/etc/passwd' on column0 using count(*)",
        "pivot entries on getenv('HOME') using count(*)",
        "pivot entries on url using list(getenv('HOME'))",
        "pivot entries on (select content from read_text('/etc/passwd')) using count(*)",
        "pivot entries on url in (from read_text('/etc/passwd')) using count(*)",
        "pivot entries on url in some_enum using count(*)",
        "pivot entries on url using count(*); drop view entries",
        "from entries pivot (count(*) for path in ('" + "', '".join(map(str, range(300))) + "'))",
        "pivot entries on path in ('" + "', '".join(map(str, range(20))) + "'), status in ("
        + ", ".join(map(str, range(20))) + ") using count(*)",
        "pivot entries on path in ('" + "', '".join(map(str, range(200))) + "') using list(url)",
        "unpivot entries on columns(c -> c = getenv('HOME')) into name n value v",
        "unpivot (from read_text('/etc/passwd')) on content into name n value v",
        "with w as (from read_text('/etc/passwd')) pivot w on content using count(*)",
    ],
)  # fmt: skip
def test_what_changes_the_form_of_rows_reaches_no_further(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
    """What is in it is checked as it is elsewhere."""
    with pytest.raises((InvalidQueryError, ExpensiveQueryError)) as raised:
        check_query(cursor, sql)
    assert "\n" not in str(raised.value)
