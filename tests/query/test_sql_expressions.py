"""What an expression comes to."""

from __future__ import annotations

import json

import duckdb
import pytest

from harlake.errors import InvalidQueryError
from harlake.query.sql_expressions import ExpressionChecker
from harlake.query.sql_scope import VIEW_TABLES, Scope, Table
from harlake.query.sql_sizes import TEXT_BYTES, VALUE_BYTES, Node, Size

_SCOPE = Scope({}, {}).over(VIEW_TABLES["entries"])


class _Expressions(ExpressionChecker):
    def query(self, node: Node, scope: Scope) -> Table:  # noqa: ARG002 - as it is defined
        return Table((("x", 100),), nodes=7, work=5)


def _size(sql: str) -> Size:
    ((text,),) = duckdb.execute("select json_serialize_sql(?)", [f"select {sql}"]).fetchall()
    (item,) = json.loads(text)["statements"][0]["node"]["select_list"]
    return _Expressions().expression(item, _SCOPE)


@pytest.mark.parametrize(
    ("sql", "length"),
    [
        ("1", VALUE_BYTES),
        ("url", TEXT_BYTES),
        ("entries.url", TEXT_BYTES),
        ("status", VALUE_BYTES),
        ("nothing", _SCOPE.row_bytes),
        ("status + 1", VALUE_BYTES),
        ("url || url", 2 * TEXT_BYTES + VALUE_BYTES),
        ("case when failed then url else 'a' end", TEXT_BYTES),
        ("coalesce(url, host)", TEXT_BYTES),
        ("length(url)", VALUE_BYTES),
        ("(select 1)", 100),
        ("url in ('a', 'b')", VALUE_BYTES),
        ("list_transform(['a', 'b'], lambda x: url)", 3 * (TEXT_BYTES)),
        ("status::varchar", 4 * VALUE_BYTES + VALUE_BYTES),
    ],
)
def test_the_length_of_a_value(sql: str, length: int) -> None:
    """At most what its parts allow."""
    assert _size(sql).bytes == length


def test_work_is_what_functions_make() -> None:
    """A column by itself is no work; each function adds its result."""
    assert _size("url").work == 0
    assert _size("upper(url)").work == TEXT_BYTES + VALUE_BYTES
    assert _size("upper(lower(url))").work == 2 * TEXT_BYTES + 3 * VALUE_BYTES


def test_nodes_are_counted_with_those_of_queries() -> None:
    """All parts of an expression count."""
    assert _size("1 + 2").nodes == 3
    assert _size("(select 1) + 2").nodes == 1 + (1 + 7) + 1


def test_depth_is_limited() -> None:
    """The tree is followed recursively."""
    with pytest.raises(InvalidQueryError, match="nested too deep"):
        _size("+".join(["1"] * 200))


@pytest.mark.parametrize("function", ["lag", "lead"])
def test_offsets_are_small_constants(function: str) -> None:
    """The least number, with which DuckDB ends the process, cannot come in, however it is written."""
    for offset in ("1", "-3", "1000000000, status", "- 1000000000"):
        assert _size(f"{function}(status, {offset}) over ()").bytes > 0
    for offset in ("-9223372036854775808", "-9223372036854775807 - 1", "1000000001", "status", "null", "1::bigint"):
        with pytest.raises(InvalidQueryError, match=f"{function} takes a constant up to 1000000000 as its offset"):
            _size(f"{function}(status, {offset}) over ()")
