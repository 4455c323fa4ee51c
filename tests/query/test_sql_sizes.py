"""How long the values of functions can get, which DuckDB itself does not exceed."""

from __future__ import annotations

import json

import duckdb
import pytest

from harlake.errors import ExpensiveQueryError, InvalidQueryError
from harlake.query.sql_checker import check_query
from harlake.query.sql_expressions import ExpressionChecker
from harlake.query.sql_scope import Scope, Table
from harlake.query.sql_sizes import Node, cast_bytes, constant

_TEXT = "'" + "a1/" * 30 + "'"


class _Expressions(ExpressionChecker):
    def query(self, node: Node, scope: Scope) -> Table:
        raise NotImplementedError


def _item(sql: str) -> Node:
    ((text,),) = duckdb.execute("select json_serialize_sql(?)", [f"select {sql}"]).fetchall()
    (item,) = json.loads(text)["statements"][0]["node"]["select_list"]
    return item  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "sql",
    [
        "repeat({}, 7)", "lpad({}, 500, 'é')", "rpad({}, 999, '-')", "replace({}, 'a', 'bcdefg')",
        "replace({}, 'a1', '🐟')",
        "regexp_replace({}, '.', '<\\0\\0>', 'g')", "regexp_replace({}, '', 'abc', 'g')", "concat({}, {}, 'x')",
        "concat_ws('--', {}, {}, 'x')", "upper({})", "hex({})", "to_base64({}::blob)", "url_encode({})", "to_json({})",
        "format('{{:>99}} {{}} {{}}', {}, {}, 1)", "printf('%99s %f', {}, 1e308::double)", "reverse({})",
        "array_to_string(string_split({}, ''), '---')", "({}::blob)::varchar", "regexp_escape({})",
        "parse_filename({})",
        "split_part({}, '/', 2)", "regexp_extract({}, '(a.)+')", "json_object('a', {})", "translate({}, 'a', 'é')",
        "strftime(timestamp '2024-01-01', '%c %A %B %x')", "left({}, 5)", "{}[2:9]", "chr(8364)", "{} || {}",
        "[x || '!' for x in string_split({}, '/')]::varchar", "string_agg({}, ',')", "range(3, 500)::varchar",
    ],
)  # fmt: skip
def test_no_value_is_longer(sql: str) -> None:
    """What DuckDB makes of a text is not longer than what is computed of the query."""
    sql = sql.format(*[_TEXT] * sql.count("{}")) if "{{" in sql else sql.replace("{}", _TEXT)
    ((length,),) = duckdb.execute(f"select strlen(({sql})::varchar)").fetchall()
    assert length <= _Expressions().expression(_item(sql), Scope({}, {})).bytes


@pytest.mark.parametrize(
    "sql",
    [
        "repeat(url, 100000)", "repeat(url, ordinal)", "repeat('a', '9'::int)", "lpad('x', 1000000000, 'y')",
        "rpad('x', -1000000000)", "lpad(url, ordinal)", "range(100000000)", "range(ordinal)", "generate_series(1, 1e9)",
        "printf('%1000000000d', 1)", "printf('%*d', 1000000000, 1)", "format('{:>1000000000}', 1)",
        "format('{:{}}', 1, 1000000000)", "format(url, 1)", "regexp_matches(url, '(a?){500}')",
        "regexp_matches(url, '((a{30}){30}){30}')", "regexp_matches(url, url)", "regexp_matches(url, repeat('a', 9))",
        "regexp_matches(url, '" + "a" * 300 + "')", "regexp_extract(url, '" + "\\pL?" * 60 + "')", "url ~ host",
        "url ilike '%a%b%c%'", "url like '%a_%b'", "url like host", "url not ilike '%a%a%'", "url glob '*a*a*a*b'",
        "url like '%a!%b' escape '!'", "json_extract(url, '$..*')", "url -> '$[*]'", "json_extract(url, host)",
        "levenshtein(url, host)", "string_agg(url, ',')[1:3]::int[]", "replace(string_agg(url), 'a', 'b')",
        "regexp_replace(regexp_replace(url, '.', 'a', 'g'), '.', 'a', 'g')",
    ],
)  # fmt: skip
def test_what_nothing_bounds_is_refused(sql: str) -> None:
    """Numbers and patterns that are not constant or too large, and what takes more than linear time."""
    with pytest.raises((InvalidQueryError, ExpensiveQueryError)):
        check_query(duckdb.connect(), f"select {sql} from entries")


def test_constants() -> None:
    """Whole numbers and texts, also negative ones."""
    values = [constant(_item(sql)) for sql in ("3", "-3", "'x'", "1.5", "true", "null", "1 + 1")]
    assert values == [3, -3, "x", None, None, None, None]


def test_casts() -> None:
    """Texts grow by how bytes and JSON are written; lists are made of short texts only."""
    assert cast_bytes({"id": "INTEGER", "type_info": None}, 5_000) == 16
    assert cast_bytes({"id": "VARCHAR", "type_info": None}, 100) == 400
    with pytest.raises(InvalidQueryError):
        cast_bytes({"id": "LIST", "type_info": None}, 5_000)
