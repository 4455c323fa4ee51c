"""Decides whether a client's query may run: one SELECT, of what is allowed, over what is visible, and bounded.

Strategy: DuckDB parses the query, and its syntax tree is followed as DuckDB itself will: every kind of node, every
field that says something, every function and type has to be known here. What is not known is refused. On the way, what
the query comes to is added up (:mod:`sql_scope`, :mod:`sql_sizes`): the time limit holds only for what DuckDB can
interrupt, and its memory limit only for what it counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import duckdb
import msgspec

from harlake.errors import ExpensiveQueryError, InvalidQueryError
from harlake.query.sql_expressions import ExpressionChecker
from harlake.query.sql_functions import TABLE_FUNCTIONS, by_name
from harlake.query.sql_pivot import MAX_PIVOTED, with_unknown
from harlake.query.sql_scope import COLUMN_BYTES, VIEW_TABLES, Scope, Table, fold
from harlake.query.sql_sizes import TEXT_BYTES, VALUE_BYTES, Node, Size, result_bytes
from harlake.query.sql_tokens import check_tokens

_ONE_SELECT: Final = "it takes one statement, a SELECT"

#: How a query begins that is not run, or only to say what took how long.
_EXPLAIN: Final = re.compile(r"\s*EXPLAIN\s+(?:ANALYZE\s+)?(?!ANALYZE\b)", re.IGNORECASE | re.ASCII)

_NAME: Final = re.compile(r"\w+")
#: How DuckDB's messages go on: hints, and the query with a mark under it.
_MORE_LINES: Final = re.compile(r"\s*\n.*", re.DOTALL)

_TABLE_FUNCTIONS: Final = by_name(*TABLE_FUNCTIONS)
#: Columns of JSON as rows.
_JSON_COLUMNS: Final = ("key", "value", "type", "atom", "id", "parent", "fullkey", "path", "json", "rowid")
#: Columns of DESCRIBE, and of SUMMARIZE, which has some functions of each column.
_DESCRIBED: Final = (*("column_name", "column_type", "null", "key", "default", "extra"), "min", "max", "approx_unique")
_SUMMARIZED: Final = 12


def check_query(cursor: duckdb.DuckDBPyConnection, sql: str) -> frozenset[str]:
    """Return the views that a query reads.

    Raises InvalidQueryError or ExpensiveQueryError where a text is not a SELECT that may run.
    """
    sql = statement(sql)[1]
    check_tokens(sql)
    tree = _tree(cursor, sql)
    is_other = tree["error"] and tree["error_type"] == "not implemented"
    if is_other and (unknown := with_unknown(sql)) is not None:
        tree = _tree(cursor, unknown)
    if tree["error"]:
        raise InvalidQueryError(_ONE_SELECT if is_other else first_line(tree["error_message"]))
    if len(tree["statements"]) != 1:
        raise InvalidQueryError(_ONE_SELECT)
    checker = _QueryChecker()
    checker.query(tree["statements"][0], Scope({}, {})).checked()
    return frozenset(checker.views)


def _tree(cursor: duckdb.DuckDBPyConnection, sql: str) -> Any:
    ((text,),) = cursor.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        raise InvalidQueryError("it is nested too deep") from None
    except msgspec.DecodeError:  # DuckDB writes it as inf
        raise InvalidQueryError("it has a number that is too large") from None


def statement(sql: str) -> tuple[str, str]:
    """Return EXPLAIN with what belongs to it, an empty text where there is none, and what is behind it."""
    found = _EXPLAIN.match(sql)
    return (found[0], sql[found.end() :]) if found else ("", sql)


def first_line(message: str) -> str:
    """Return what DuckDB says, without its hints."""
    return _MORE_LINES.sub("", message)


class _QueryChecker(ExpressionChecker):
    """Follows queries and what is in FROM; each method returns what a part yields."""

    def __init__(self) -> None:
        super().__init__()
        #: Those that are read.
        self.views: set[str] = set()

    def query(self, node: Node, scope: Scope) -> Table:
        """Check a statement."""
        self.known(node, "node")
        return self._node(node["node"], scope)

    def _node(self, node: Node, scope: Scope) -> Table:
        self.enter()
        for named in node["cte_map"]["map"]:
            scope = scope.with_table(named["key"], self._named(named, scope))
        match node["type"]:
            case "SELECT_NODE":
                table = self._select(node, scope)
            case "SET_OPERATION_NODE":
                self.known(node, "modifiers", "cte_map", "setop_type", "left", "right", "setop_all")
                table = self._node(node["left"], scope).united(self._node(node["right"], scope))
                table = self._modified(node, scope.over(table), table)
            case "RECURSIVE_CTE_NODE":
                table = self._recursive(node, scope)
            case other:
                raise InvalidQueryError(f"{other} is not allowed")
        self.leave()
        return table.checked()

    def _named(self, named: Node, scope: Scope) -> Table:
        """Check a query of a WITH clause; its name is plain: another might be that of a file elsewhere."""
        name, query = named["key"], named["value"]
        self.known(query, "aliases", "query", "materialized")
        if not _NAME.fullmatch(name):
            raise InvalidQueryError(f"{name!r} is no name for a table")
        return self.query(query["query"], scope).renamed(query["aliases"])

    def _recursive(self, node: Node, scope: Scope) -> Table:
        """Check a query that reads itself: its values must not get longer from one step to the next."""
        self.known(node, "modifiers", "cte_map", "cte_name", "union_all", "left", "right", "aliases")
        first = self._node(node["left"], scope).renamed(node["aliases"])
        longest = first.longest()
        itself = Table(tuple((name, longest) for name, _ in first.columns), placed=first.placed)
        step = self._node(node["right"], scope.with_table(node["cte_name"], itself))
        if step.longest() > longest:
            raise InvalidQueryError("a recursive query must not make its values longer")
        table = first.united(step)
        return self._modified(node, scope.over(table), table)

    def _select(self, node: Node, scope: Scope) -> Table:
        fields = ("select_list", "from_table", "where_clause", "group_expressions", "having", "qualify")
        self.known(node, "modifiers", "cte_map", "group_sets", "aggregate_handling", *fields)
        source = self._table(node["from_table"], scope)
        inner = scope.over(source)
        table = source._replace(columns=(), placed=True)
        for item in node["select_list"]:
            table, inner = self._item(item, table, inner)
        conditions = [node[name] for name in ("where_clause", "having", "qualify") if node[name] is not None]
        table = self.add(table, self.all(conditions, inner) + self._of_results(node["group_expressions"], inner))
        return self._modified(node, inner, table)

    def _item(self, item: Node, table: Table, scope: Scope) -> tuple[Table, Scope]:
        """Add what is selected to the columns of a table, and its name to the scope of what follows."""
        if item["class"] == "STAR" and not item["columns"]:
            columns, sizes = self.star(item, scope)
        else:
            outer, self.spread = self.spread, 1
            size = self.expression(item, scope)
            spread, self.spread = self.spread, outer
            name = fold(item["alias"] or (item["column_names"][-1] if item["class"] == "COLUMN_REF" else ""))
            columns = ((name, size.bytes),)
            if spread > 1:
                columns = tuple((one, size.bytes) for one, _ in scope.source.columns) + columns * spread
            sizes = [size] * spread
            scope = scope.with_columns([(name, size)] if item["alias"] else [])
        placed = table.placed and len(columns) == 1
        own = Size(len(columns), 0, COLUMN_BYTES * len(columns))
        return self.add(table._replace(columns=table.columns + columns, placed=placed), [*sizes, own]), scope

    def _of_results(self, nodes: Sequence[Node], scope: Scope) -> list[Size]:
        """Check what sorts or groups: a name alone stands for what is computed anyway."""
        sizes = self.all(nodes, scope)
        is_name = [node["class"] == "COLUMN_REF" for node in nodes]
        return [size._replace(nodes=1, work=0) if name else size for size, name in zip(sizes, is_name, strict=True)]

    def _modified(self, node: Node, scope: Scope, table: Table) -> Table:
        """Check ORDER BY, LIMIT and DISTINCT."""
        for modifier in node["modifiers"]:
            match modifier["type"]:
                case "ORDER_MODIFIER":
                    expressions = self.orders(modifier)
                case "LIMIT_MODIFIER" | "LIMIT_PERCENT_MODIFIER":
                    self.known(modifier, "limit", "offset")
                    expressions = [one for one in (modifier["limit"], modifier["offset"]) if one is not None]
                case "DISTINCT_MODIFIER":
                    self.known(modifier, "distinct_on_targets")
                    expressions = modifier["distinct_on_targets"]
                case other:
                    raise InvalidQueryError(f"{other} is not allowed")
            table = self.add(table, self._of_results(expressions, scope))
        return table

    def _table(self, node: Node, scope: Scope) -> Table:
        """Check what is in FROM."""
        self.enter()
        check: Callable[[Node, Scope], Table] | None = {
            "BASE_TABLE": self._base_table,
            "EMPTY": self._empty,
            "EXPRESSION_LIST": self._values,
            "JOIN": self._join,
            "PIVOT": self._pivot,
            "SHOW_REF": self._description,
            "SUBQUERY": self._subquery,
            "TABLE_FUNCTION": self._table_function,
        }.get(node["type"])
        if check is None:
            raise InvalidQueryError(f"{node['type']} is not allowed")
        table = check(node, scope).renamed(node.get("column_name_alias", ()))
        self.leave()
        return table.checked()

    def _base_table(self, node: Node, scope: Scope) -> Table:
        self.known(node, "table_name", "schema_name", "catalog_name", "column_name_alias")
        name = ".".join(filter(None, (node["catalog_name"], node["schema_name"], node["table_name"])))
        if table := scope.tables.get(fold(name)):
            return table
        if fold(name) not in VIEW_TABLES:
            raise InvalidQueryError(f"no table {name!r}; there are {', '.join(VIEW_TABLES)}")
        self.views.add(fold(name))
        return VIEW_TABLES[fold(name)]

    def _empty(self, node: Node, scope: Scope) -> Table:  # noqa: ARG002 - as all of them
        self.known(node)
        return Table(())

    def _values(self, node: Node, scope: Scope) -> Table:
        self.known(node, "values", "expected_names", "expected_types", "column_name_alias")
        rows = [self.all(row, scope) for row in node["values"]]
        lengths = [max(size.bytes for size in column) for column in zip(*rows, strict=False)]
        table = Table(tuple((f"col{number}", length) for number, length in enumerate(lengths)))
        return self.add(table, [size for row in rows for size in row])

    def _join(self, node: Node, scope: Scope) -> Table:
        self.known(node, "left", "right", "condition", "join_type", "ref_type", "using_columns", "delim_flipped")
        left = self._table(node["left"], scope)
        both = left.joined(self._table(node["right"], scope.over(left)))  # which may be LATERAL
        return self.add(both, self.all([node["condition"]], scope.over(both)) if node["condition"] else [])

    def _pivot(self, node: Node, scope: Scope) -> Table:
        """Check PIVOT, which is an aggregate for each combination of values, and UNPIVOT, a row for each column."""
        fields = ("source", "aggregates", "unpivot_names", "pivots", "groups", "column_name_alias", "include_nulls")
        self.known(node, *fields)
        source = self._table(node["source"], scope)
        inner = scope.over(source)
        sizes = self.all(node["aggregates"], inner)
        columns = 1
        for pivot in node["pivots"]:
            self.known(pivot, "pivot_expressions", "unpivot_names", "entries")
            sizes += self.all(pivot["pivot_expressions"], inner)
            for entry in pivot["entries"]:
                self.known(entry, "values", "star_expr")
                if entry["star_expr"] is not None:
                    sizes += self._alone(entry["star_expr"], inner)
            columns *= max(1, sum(max(1, len(entry["values"])) for entry in pivot["entries"]))
        if columns > MAX_PIVOTED:
            raise ExpensiveQueryError(f"PIVOT makes {columns} columns; {MAX_PIVOTED} are allowed")
        made = Size(columns, 0, columns * (COLUMN_BYTES + sum(size.bytes + size.work for size in sizes)))
        longest = max([source.longest(), *(size.bytes for size in sizes)])
        names = [*(name for name, _ in source.columns), *map(fold, node["unpivot_names"])]
        names += [fold(name) for pivot in node["pivots"] for name in pivot["unpivot_names"]]
        found = tuple((name, longest) for name in (*names, *("",) * columns * max(1, len(node["aggregates"]))))
        return self.add(source._replace(columns=found, placed=False), [*sizes, made])

    def _alone(self, node: Node, scope: Scope) -> list[Size]:
        """Check an expression that is no result, and what it has of COLUMNS not either."""
        outer, self.spread = self.spread, 1
        size = self.expression(node, scope)
        self.spread = outer
        return [size]

    def _subquery(self, node: Node, scope: Scope) -> Table:
        self.known(node, "subquery", "column_name_alias")
        return self.query(node["subquery"], scope)

    def _description(self, node: Node, scope: Scope) -> Table:
        self.known(node, "table_name", "query", "show_type")
        if node["query"] is None or node["show_type"] not in ("DESCRIBE", "SUMMARY"):
            raise InvalidQueryError(f"SHOW is not allowed; tables are {', '.join(VIEW_TABLES)}: DESCRIBE one of them")
        described = self._node(node["query"], scope)
        nodes = described.nodes + _SUMMARIZED * len(described.columns)
        return described._replace(columns=tuple((name, TEXT_BYTES) for name in _DESCRIBED), nodes=nodes)

    def _table_function(self, node: Node, scope: Scope) -> Table:
        self.known(node, "function", "column_name_alias", "with_ordinality")
        function = node["function"]
        self.known(function, *_FUNCTION_FIELDS)
        name = fold(function["function_name"])
        if name not in _TABLE_FUNCTIONS or function["schema"] not in ("", "main"):
            raise InvalidQueryError(f"{name} is not allowed; table functions are {', '.join(sorted(_TABLE_FUNCTIONS))}")
        sizes = self.all(function["children"], scope)
        length = max((size.bytes for size in sizes), default=VALUE_BYTES)
        if name.startswith("json"):
            result_bytes(_TABLE_FUNCTIONS[name], name, function["children"], sizes)
        columns = {"unnest": (name,), "range": (name,), "generate_series": (name,)}.get(name, _JSON_COLUMNS)
        return self.add(Table(tuple((column, length) for column in (*columns, "ordinality"))), sizes)


_FUNCTION_FIELDS: Final = ("function_name", "schema", "children", "order_bys", "is_operator")
