"""What DuckDB's parser would multiply is refused before it is parsed."""

from __future__ import annotations

import pytest

from harlake.errors import InvalidQueryError
from harlake.query.sql_tokens import check_tokens


@pytest.mark.parametrize(
    "sql",
    [
        "select " + "case " * 3 + "x" + " when 1 then 2 when 2 then 3 end" * 3,
        "select CASE/**/(case x when 1 then 2 end) when 1 then 2 end",
        "select case " + "1+" * 40 + "1 when 1 then 2 end",
        "select " + "f() over w, " * 200 + "1 from t window w as (partition by " + "1," * 100 + "1)",
        "select 1 from t group by cube(a, b)",
        "select 1 from t group by rollup(a)",
        "select 1 from t group by Grouping Sets ((a), ())",
        "select 1\0",
        "select '\ud800'",
        "select case\u00a0x when 1 then 2 end",
        "select 1\u2003",
        "select 1\u200b",
    ],
)
def test_what_is_refused(sql: str) -> None:
    """Copies of operands and windows, sets of groups, and characters that hide words."""
    with pytest.raises(InvalidQueryError):
        check_tokens(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select case status when 200 then 'ok' when 404 then 'gone' end, case method when 'GET' then 1 end",
        "select case when case when true then false end then 1 else 2 end",
        "select row_number() over w, rank() over w from entries window w as (partition by host order by time_ms)",
        "select 'case case case', \"cube\", 'é – ü' -- case\n",
        "select $$case$$",
        "",
        "'",
    ],
)
def test_what_is_not(sql: str) -> None:
    """Ordinary queries; and what is no SQL is the parser's to refuse."""
    check_tokens(sql)
