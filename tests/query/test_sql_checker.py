"""Which queries may run: what they name is allowed and visible, and what they come to is bounded."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import ExpensiveQueryError, InvalidQueryError
from harlake.query.sql_checker import check_query
from harlake.query.sql_views import VIEW_COLUMNS

#: System views, whose names a query may give to its own.
_SYSTEM = ("pg_settings", "sqlite_master", "duckdb_settings", "pragma_database_list", "duc\u212adb_settings")
_NAMES = st.sampled_from([*_SYSTEM, "a", "b"])


@pytest.fixture(scope="module")
def cursor() -> duckdb.DuckDBPyConnection:
    """A database with tables of the views' names."""
    cursor = duckdb.connect(config={"threads": "1"})
    for view, (texts, others) in VIEW_COLUMNS.items():
        columns = [f"{name} VARCHAR" for name in texts.split()] + [f"{name} DOUBLE" for name in others.split()]
        cursor.execute(f"CREATE TEMP TABLE {view} ({', '.join(columns)})")
    return cursor


def _refusal(cursor: duckdb.DuckDBPyConnection, sql: str) -> str:
    with pytest.raises((InvalidQueryError, ExpensiveQueryError)) as raised:
        check_query(cursor, sql)
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize(
    "sql",
    [
        "select '127.0.0.1'::inet",
        "select try_cast(url as geometry) from entries",
        "select null::int[100000]",
        "select 'a'::enum('a')",
        "select 'a'::variant",
        "select null::union(a int)",
        "select {'a': 'x'}::struct(a inet)",
        "select url collate nocase from entries",
        "from entries using sample 10 rows",
        "from entries tablesample 10%",
        "from entries at (version => 1)",
        "select #1 from entries",
        "select ?",
        "select $a",
        "select default",
        "select try(1)",
        "select current_user",
        "select user",
        "select current_schema",
        "select sqlite_master.repeat(5)",
        "select x.pg_catalog.lower('a')",
        "from main.entries",
        "from pg_catalog.pg_settings",
        "with recursive t(n) using key (n) as (select 1 union select n from t) from t",
        "select max(url, 100000) from entries",
        "select arg_max(url, time_ms, 100000) from entries",
        "select list(url) over () from entries",
        "select list_transform([1], 1)",
        "(show tables)",
    ],
)
def test_what_is_not_known_is_refused(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Types, clauses, references and forms that nobody has looked at."""
    assert _refusal(cursor, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "with a as (select 1), b as (from a) from b, a",
        "with a as (select 1) select (with b as (from a) select count(*) from b)",
        "with a as (select 1) (select * from a union all select * from a order by 1 limit 3)",
        "with recursive t(n) as (select 1 union all select n + 1 from t where n < 3) select sum(n) from t",
        "select host as user from entries order by user",
        "select split_part(url, '/', 3) as h, upper(h), count(*) from entries where h <> '' group by h order by h",
        "select e.* exclude (url) replace (lower(host) as host) from entries e join captures c on c.id = e.capture",
        "select regexp_replace(url, '[0-9a-f]{8}(-[0-9a-f]{4}){2}-[0-9a-f]{12}', 'id', 'g') from entries",
        "select max(columns(* exclude (url))) from entries",
        "select [upper(x) for x in string_split(path, '/')] from entries",
        "select list_filter(string_split(path, '/'), lambda x: x <> '') from entries",
        "select url->>'a', json_extract_string(url, '$.a') from entries",
        "select host, quantile_cont(time_ms, [0.5, 0.9]), string_agg(distinct method) from entries group by all",
        "select *, row_number() over (partition by host order by time_ms desc) r from entries qualify r = 1",
        "select date_trunc('hour', started_at::timestamptz) + interval 3 day from entries",
        "select case when status >= 400 then 'x' else 'y' end, status between 1 and 2, status in (1, 2) from entries",
        "select url like '%a%b%c%', url ilike '%a%' from entries",
        "select printf('%08x', 3), format('{:,} {}', 3, url), repeat('-', 40), lpad(url, 80) from entries",
        "from (values (1, 'a'), (2, 'b')) t(n, s)",
        "select unnest(string_split(path, '/')) from entries",
        "select * from entries where capture in (select id from captures) and exists (from pages)",
        "summarize entries",
        "describe select 1",
        "table entries",
    ],
)
def test_what_analysts_ask(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Ordinary queries are not in the way of the bounds."""
    check_query(cursor, sql)


def _doubling(first: str, step: str, times: int) -> str:
    sql = first
    for number in range(times):
        sql = step.format(sql, number, number + 1)
    return sql


@pytest.mark.parametrize(
    "sql",
    [
        "select 1 as x0" + "".join(f", x{n} + x{n} as x{n + 1}" for n in range(20)),
        _doubling("select status as x from entries", "select {{'a': x, 'b': x}} as x from ({0})", 20),
        _doubling("select status as x from entries", "select [x, x] as x from ({0})", 20),
        _doubling("select url as x from entries", "select x || x as x from ({0})", 20),
        _doubling("select * from entries", "select *, * from ({0})", 12),
        _doubling("select 1", "select (select max(status) from entries where status < ({0}))", 6),
        "with a0 as (select status from entries)"
        + "".join(f", a{n + 1} as not materialized (from a{n} union all from a{n})" for n in range(20))
        + "from a20",
        "with recursive t(s) as (select 'x' union all select s || s from t) from t",
        "select * from entries" + ", entries" * 30,
        "select " + ", ".join(["1"] * 4_000),
        "select " + " || ".join(["url"] * 50) + " from entries",
        "select " + "upper(" * 90 + "url" + ")" * 90 + " from entries",
        "select " + "+".join(["1"] * 500),
        "select list_transform(string_split(url, ''), lambda x: url) from entries",
        "select " + "replace(" * 9 + "'a'" + ", 'a', 'aaaaaaaaaa')" * 9,
        "select " + ", ".join(["regexp_extract_all(url, '.')"] * 3) + " from entries",
        "select contains(string_agg(url), 'x') from entries",
        "select list_distinct(list(url)) from entries",
    ],
)
def test_what_would_grow_is_refused(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
    """By names for expressions, types, texts, columns, plans and named queries that are used more than once."""
    assert _refusal(cursor, sql)


def _queries(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    definition = st.tuples(_NAMES, inner).map(lambda one: f'"{one[0]}" as ({one[1]})')
    return st.one_of(
        st.tuples(st.lists(definition, min_size=1, max_size=3, unique_by=lambda one: one.split()[0]), inner).map(
            lambda one: f"with {', '.join(one[0])} {one[1]}"
        ),
        st.tuples(inner, inner).map(lambda one: "(select safe from ({}) union (select safe from ({})))".format(*one)),
        inner.map(lambda one: f"select safe from ({one})"),
        st.tuples(inner, _NAMES).map(
            lambda one: f'select (select max(safe) from ({one[0]})) as safe, * from "{one[1]}"'
        ),
    )


_LEAVES = st.just("select 1 as safe") | _NAMES.map(lambda name: f'from "{name}"')
_QUERIES = _LEAVES
for _ in range(3):
    _QUERIES = _LEAVES | _queries(_QUERIES)


@given(sql=_QUERIES)
def test_names_are_visible_where_they_are_for_duckdb(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Whatever is accepted reads no system view, wherever else its name is given to a query."""
    try:
        check_query(cursor, sql)
    except (InvalidQueryError, ExpensiveQueryError):
        return
    columns = [one[0] for one in cursor.execute(sql).description or ()]
    assert {name.partition("_")[0] for name in columns} == {"safe"}


def test_the_name_of_a_query_is_visible_in_its_scope_only(cursor: duckdb.DuckDBPyConnection) -> None:
    """Neither beside it, nor before it, nor in itself."""
    for sql in (
        "select (with pg_settings as (select 1) select 1), name from pg_settings",
        "with pg_settings as (from pg_settings) from pg_settings",
        "with a as (from pg_settings), pg_settings as (select 1) from a",
        "with recursive pg_settings as (from pg_settings union all from pg_settings) from pg_settings",
        "from (with pg_settings as (select 1) from pg_settings), pg_settings",
        "(with pg_settings as (select 1) from pg_settings) union all from pg_settings",
        "with duc\u212adb_settings as (select 1) from duckdb_settings",
        "select 1 order by (with a as (select 1) select 1), (select 1 from a)",
    ):
        assert "no table" in _refusal(cursor, sql)


def _tree(cursor: duckdb.DuckDBPyConnection, sql: str) -> Any:
    ((text,),) = cursor.execute("select json_serialize_sql(?)", [sql]).fetchall()
    return json.loads(text)


def test_steps_do_not_grow_faster_than_the_query(cursor: duckdb.DuckDBPyConnection) -> None:
    """What DuckDB's parser makes of an accepted query is in proportion to its length."""
    for one in ("case status when 1 then 2 when 3 then 4 end, ", "[x for x in [1, 2] if x > 1], ", "array(select 1), "):
        trees = [len(json.dumps(_tree(cursor, f"select {one * times} 1 from entries"))) for times in (20, 40)]
        assert trees[1] < 2.2 * trees[0]


@pytest.mark.parametrize("sql", ["select 1e400", "select -1e999", "select [1, 1e400]"])
def test_numbers_that_json_cannot_hold(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
    """DuckDB parses them as infinite, for which its syntax trees have no JSON."""
    assert _refusal(cursor, sql) == "it has a number that is too large"


def test_windows_without_distinct(cursor: duckdb.DuckDBPyConnection) -> None:
    """DuckDB cannot be interrupted while it gathers the values, of which its limit does not count the memory."""
    assert "distinct of count is not allowed" in _refusal(cursor, "select count(distinct url) over () from entries")
    check_query(cursor, "select count(url) over (), (select count(distinct url) from entries) from entries")


@pytest.mark.parametrize(
    "sql",
    [
        "",
        ";",
        "sel",
        "select",
        "select 1; select 2",
        "select 1; drop table sessions",
        "delete from entries",
        "drop table entries",
        "insert into sessions values (uuid(), 'x', now())",
        "create table t as select 1",
        "create temp view sessions as select 1",
        "copy (select 1) to '/tmp/harlake-escaped'",
        "copy sessions from '/etc/passwd'",
        "export database '/tmp/harlake-escaped'",
        "attach '/tmp/harlake-escaped'",
        "use memory",
        "set memory_limit = '10GB'",
        "reset memory_limit",
        "pragma database_list",
        "install httpfs",
        "load httpfs",
        "call checkpoint()",
        "checkpoint",
        "begin",
        "prepare p as select 1",
        "execute p",
        "show tables",
        "show databases",
        "from frames",
        "from catalog.entries",
        "from catalog.main.captures",
        "from main.entries",
        "from temp.entries",
        "from information_schema.tables",
        "from sqlite_master",
        "from pg_catalog.pg_tables",
        "from '/etc/passwd'",
        "from '/etc/passwd.csv'",
        "from 'https://example.test/a.parquet'",
        "describe '/etc/passwd.csv'",
        "summarize '/etc/passwd.csv'",
        "from read_text('/etc/passwd')",
        "from READ_BLOB('/etc/passwd')",
        "from main.read_csv('/etc/passwd')",
        "from glob('/etc/*')",
        "from duckdb_settings()",
        "from duckdb_secrets()",
        "from pragma_database_list()",
        "from query('select 1')",
        "from query_table('entries')",
        "from checkpoint()",
        "from json_execute_serialized_sql(json_serialize_sql('select 1'))",
        "from arrow_scan(1, 2, 3)",
        "from pandas_scan(1)",
        "select (select count(*) from read_text('/etc/passwd'))",
        "select 1 where exists (from read_text('/etc/passwd'))",
        "select 1 order by (select count(*) from read_text('/etc/passwd'))",
        "select * from entries, lateral (from read_text(url))",
        "select * from (values ((select count(*) from glob('*'))))",
        "with a as (from read_text('/etc/passwd')) from a",
        'with "/etc/passwd" as (select 1) from "/etc/passwd"',
        'select * from (with "/etc/passwd.csv" as (select 1) select 1), "/etc/passwd.csv"',
        "select * from (with frames as (select 1) from frames), frames",
        "select * from (with cursor as (select 1) from cursor), cursor",
        "select current_setting('temp_directory')",
        "select getenv('HOME')",
        "select sleep_ms(100000)",
        "select main.sleep_ms(100000)",
        "select (100000).sleep_ms()",
        "select list_transform([1], lambda x: sleep_ms(x))",
        "select write_log('x')",
        "select ?",
        "select $a",
        "select error('x')",
    ],
)
def test_one_select_over_the_views(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
    """There is nothing else, and nothing that reaches further."""
    assert _refusal(cursor, sql)


def test_views_that_are_read(cursor: duckdb.DuckDBPyConnection) -> None:
    """They are found wherever they are named, but for where a query of a WITH clause has the name."""
    assert check_query(cursor, "select 1") == set()
    assert check_query(cursor, 'from "Entries" where capture in (select id from captures)') == {"entries", "captures"}
    assert check_query(cursor, "with pages as (from sessions) from pages") == {"sessions"}
    assert check_query(cursor, "select (with pages as (select 1) select 1) from pages") == {"pages"}
    assert check_query(cursor, "describe sessions") == {"sessions"}
