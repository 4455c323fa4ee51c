"""What a query has in reach, and what that comes to."""

from __future__ import annotations

import pytest

from harlake.errors import ExpensiveQueryError
from harlake.query.sql_scope import Scope, Table, fold
from harlake.query.sql_sizes import Size

_SHORT = Table((("a", 16), ("b", 16)), nodes=3, work=10, tables=1)
_LONG = Table((("b", 500), ("c", 900)), nodes=4, work=30, tables=2, nesting=1)


def test_names_are_folded_as_duckdb_does() -> None:
    """Letters outside of ASCII stay: they make other names."""
    assert fold("Pg_Settings") == "pg_settings"
    assert fold("\u212a\u00c9") == "\u212a\u00c9"


def test_a_join_reads_one_after_the_other() -> None:
    """What is held adds up only along one way of rows."""
    assert _SHORT.joined(_LONG) == Table(_SHORT.columns + _LONG.columns, 7, 30, 3, 1)


def test_a_union_has_the_longer_values() -> None:
    """By place; and where a star may have moved places, any column can be any."""
    assert _SHORT.united(_LONG).columns == (("a", 500), ("b", 900))
    moved = _SHORT._replace(placed=False).united(_LONG)
    assert moved.columns == (("a", 900), ("b", 900), ("c", 900))


def test_columns_are_renamed_by_place() -> None:
    """Or, where a star may have moved places, to the longest of all."""
    assert _LONG.renamed(["X"]).columns == (("x", 500), ("c", 900))
    assert _LONG._replace(placed=False).renamed(["x", "y"]).columns[:2] == (("x", 900), ("y", 900))


def test_a_name_stands_for_the_longest_that_it_may_mean() -> None:
    """Of a column here, one further out, and the members of a struct."""
    scope = Scope({}, {}).over(_LONG).over(_SHORT)
    assert scope.column(["B"]) == Size(1, 500, 0)
    assert scope.column(["t", "c"]) == Size(1, 900, 0)
    assert scope.column(["nothing"]) is None
    assert scope.row_bytes >= 16 + 16 + 500 + 900
    assert scope.with_columns([("b", Size(9, 20, 7))]).column(["b"]) == Size(9, 500, 7)


def test_named_queries_are_added_to_a_scope_of_their_own() -> None:
    """The outer one does not change."""
    outer = Scope({}, {})
    assert set(outer.with_table("A", _SHORT).tables) == {"a"}
    assert outer.tables == {}


@pytest.mark.parametrize(
    "table", [Table((), nodes=10**6), Table((), work=10**6), Table((), tables=100), Table((), nesting=10)]
)
def test_what_is_too_much(table: Table) -> None:
    """Each bound has a reason of its own."""
    with pytest.raises(ExpensiveQueryError, match=r"allowed|nested"):
        table.checked()
