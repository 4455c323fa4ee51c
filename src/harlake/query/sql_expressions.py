"""Decides which expressions a client's query may have, and what each comes to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from harlake.errors import InvalidQueryError
from harlake.query.sql_functions import (
    AGGREGATES,
    FUNCTIONS,
    NAMED_TYPES,
    REFUSED_NAMED_VALUES,
    TYPES,
    UNBOUNDED,
    WINDOW_FUNCTIONS,
    by_name,
)
from harlake.query.sql_scope import Scope, Table, fold
from harlake.query.sql_sizes import (
    VALUE_BYTES,
    Node,
    Size,
    cast_bytes,
    constant,
    hidden_bytes,
    result_bytes,
)

#: Levels of queries and expressions, one in the other: they are followed recursively, by DuckDB as well.
_MAX_DEPTH: Final = 100

#: Rows between a row and one of which it has a value, either way.
_MAX_OFFSET: Final = 1_000_000_000

_CALLS: Final = by_name(*FUNCTIONS, *AGGREGATES)
_WINDOW_CALLS: Final = by_name(*WINDOW_FUNCTIONS, *(group for group in AGGREGATES if group.growth != UNBOUNDED))
_AGGREGATES: Final = by_name(*AGGREGATES)
#: Functions that apply an expression to each element of a list.
_APPLYING: Final = frozenset(
    {"list_transform", "array_transform", "list_apply", "array_apply", "apply", "list_filter", "array_filter", "filter"}
)
#: Aggregates that take a number of results besides, which is memory for each group.
_MOST_ARGUMENTS: Final = {"min": 1, "max": 1} | dict.fromkeys(
    ("arg_min", "arg_max", "argmin", "argmax", "min_by", "max_by"), 2
)

#: Fields of every node that say nothing about what it does.
_PLACE: Final = frozenset({"class", "type", "alias", "query_location"})
_NOTHING: Final[tuple[Any, ...]] = (None, "", False, [], {})

#: Operators whose value is that of an operand, or a part of it; and those that make a list, or arguments, of all.
_PASSING: Final = frozenset({"OPERATOR_COALESCE", "ARRAY_EXTRACT", "ARRAY_SLICE", "STRUCT_EXTRACT"})
_LISTING: Final = frozenset({"ARRAY_CONSTRUCTOR", "OPERATOR_UNPACK"})
_TESTING: Final = frozenset(
    {"COMPARE_IN", "COMPARE_NOT_IN", "OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL"}
)


class ExpressionChecker(ABC):
    """Follows expressions; what is a query within one is checked by the class that extends this."""

    def __init__(self) -> None:
        #: Columns that the expression of one result becomes, where it has ``COLUMNS``.
        self.spread = 1
        self._depth = 0
        self._subqueries: list[Table] = []

    @abstractmethod
    def query(self, node: Node, scope: Scope) -> Table:
        """Check a query."""

    def enter(self) -> None:
        """Go a level deeper. Raises InvalidQueryError where that is too deep."""
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise InvalidQueryError(f"it is nested too deep: {_MAX_DEPTH} levels are allowed")

    def leave(self) -> None:
        """Go a level up."""
        self._depth -= 1

    def known(self, node: Node, *fields: str) -> None:
        """Check that nothing else is said by a node than what is known. Raises InvalidQueryError."""
        for name in node.keys() - _PLACE - set(fields):
            if node[name] not in _NOTHING:
                kind = node.get("function_name") or node.get("type") or "this"
                raise InvalidQueryError(f"{name.replace('_', ' ')} of {kind} is not allowed")

    def add(self, table: Table, sizes: Sequence[Size]) -> Table:
        """Add expressions, with the queries in them, to what a query comes to."""
        work = table.work + sum(size.work for size in sizes)
        tables, nesting = table.tables, table.nesting
        for subquery in self._subqueries:
            work = max(work, subquery.work)
            tables += subquery.tables
            nesting = max(nesting, subquery.nesting + 1)
        self._subqueries = []
        nodes = table.nodes + sum(size.nodes for size in sizes)
        return table._replace(nodes=nodes, work=work, tables=tables, nesting=nesting).checked()

    def all(self, nodes: Sequence[Node], scope: Scope) -> list[Size]:
        """Check expressions."""
        return [self.expression(node, scope) for node in nodes]

    def orders(self, modifier: Node) -> list[Node]:
        """Return the expressions of an ORDER BY."""
        self.known(modifier, "orders")
        for order in modifier["orders"]:
            self.known(order, "null_order", "expression")
        return [order["expression"] for order in modifier["orders"]]

    def expression(self, node: Node, scope: Scope) -> Size:
        """Check an expression, and return what it comes to."""
        check: Callable[[Node, Scope], Size] | None = {
            "BETWEEN": self._between,
            "CASE": self._case,
            "CAST": self._cast,
            "COLUMN_REF": self._column,
            "COMPARISON": self._comparison,
            "CONJUNCTION": self._conjunction,
            "CONSTANT": self._constant,
            "FUNCTION": self._function,
            "LAMBDA": self._arrow,
            "OPERATOR": self._operator,
            "STAR": self._star,
            "SUBQUERY": self._subquery_expression,
            "WINDOW": self._window,
        }.get(node["class"])
        if check is None:
            raise InvalidQueryError(f"{node['class']} is not allowed")
        self.enter()
        size = check(node, scope)
        self.leave()
        return size

    def star(self, node: Node, scope: Scope) -> tuple[tuple[tuple[str, int], ...], list[Size]]:
        """Check a star; return the columns that it stands for, or more, and what is computed for it."""
        lists = ("exclude_list", "qualified_exclude_list", "replace_list", "rename_list")
        self.known(node, "relation_name", *lists, "columns", "expr")
        sizes = self.all([one["value"] for one in node["replace_list"]], scope)
        columns = [*scope.source.columns]
        for one, size in zip(node["replace_list"], sizes, strict=True):
            columns.append((fold(one["key"]), size.bytes))
        for one in node["rename_list"]:
            old = scope.column([one["key"]["column"]])
            columns.append((fold(one["value"]), old.bytes if old else scope.row_bytes))
        struct = scope.column([node["relation_name"]]) if node["relation_name"] else None
        members = (("", struct.bytes),) * (struct.bytes // VALUE_BYTES) if struct else ()
        return (*columns, *members), sizes

    def _star(self, node: Node, scope: Scope) -> Size:
        """Check COLUMNS: the expression that it is in is repeated for each column."""
        columns, sizes = self.star(node, scope)
        self.spread = max(self.spread, len(columns))
        chosen = node["expr"]
        if chosen is not None and chosen["class"] == "LAMBDA":
            scope, chosen = scope.with_columns(_parameters(chosen, VALUE_BYTES)), chosen["expr"]
        if chosen is not None:
            sizes.append(self.expression(chosen, scope))
        return _passed(sizes, max((length for _, length in columns), default=VALUE_BYTES))

    def _between(self, node: Node, scope: Scope) -> Size:
        self.known(node, "input", "lower", "upper")
        return _made(self.all([node["input"], node["lower"], node["upper"]], scope), VALUE_BYTES)

    def _comparison(self, node: Node, scope: Scope) -> Size:
        self.known(node, "left", "right")
        return _made(self.all([node["left"], node["right"]], scope), VALUE_BYTES)

    def _conjunction(self, node: Node, scope: Scope) -> Size:
        self.known(node, "children")
        return _made(self.all(node["children"], scope), VALUE_BYTES)

    def _case(self, node: Node, scope: Scope) -> Size:
        self.known(node, "case_checks", "else_expr")
        conditions = self.all([check["when_expr"] for check in node["case_checks"]], scope)
        results = self.all([*(check["then_expr"] for check in node["case_checks"]), node["else_expr"]], scope)
        passed = max(size.bytes for size in results)
        return _passed([*conditions, *results], passed)

    def _constant(self, node: Node, scope: Scope) -> Size:  # noqa: ARG002 - as all of them
        self.known(node, "value")
        return Size(1, max(VALUE_BYTES, len(str(node["value"].get("value", "")).encode())), 0)

    def _column(self, node: Node, scope: Scope) -> Size:
        self.known(node, "column_names")
        names = node["column_names"]
        size = scope.column(names)
        if size is None and len(names) == 1 and fold(names[0]) in REFUSED_NAMED_VALUES:
            raise InvalidQueryError(f"{names[0]} is not allowed")
        return size or Size(1, scope.row_bytes, 0)

    def _cast(self, node: Node, scope: Scope) -> Size:
        self.known(node, "child", "cast_type", "try_cast")
        child = self.expression(node["child"], scope)
        members = sum(1 for _ in self._types(node["cast_type"]))
        return _made([child], cast_bytes(node["cast_type"], child.bytes) + VALUE_BYTES * members)

    def _types(self, cast_type: Node) -> Iterator[Node]:
        """Yield a type and those in it. Raises InvalidQueryError where one is not allowed."""
        self.enter()
        name = cast_type["id"]
        info = cast_type["type_info"] or {}
        if name == "UNBOUND":
            name = info["name"]
            if fold(name) not in NAMED_TYPES or info["schema"] or info["catalog"] or info["user_type_modifiers"]:
                raise InvalidQueryError(f"the type {name} is not allowed")
        elif name not in TYPES or info.get("alias") or info.get("extension_info"):
            raise InvalidQueryError(f"the type {name} is not allowed")
        yield cast_type
        children = [one["second"] for one in info.get("child_types", ())]
        for child in children + [info[one] for one in ("child_type",) if one in info]:
            yield from self._types(child)
        self.leave()

    def _operator(self, node: Node, scope: Scope) -> Size:
        self.known(node, "children")
        sizes = self.all(node["children"], scope)
        if node["type"] in _TESTING:
            return _made(sizes, VALUE_BYTES)
        if node["type"] in _PASSING:
            return _passed(sizes, max(size.bytes for size in sizes))
        if node["type"] in _LISTING:
            return _made(sizes, self.spread * sum(size.bytes for size in sizes))
        raise InvalidQueryError(f"{node['type']} is not allowed")

    def _subquery_expression(self, node: Node, scope: Scope) -> Size:
        self.known(node, "subquery_type", "subquery", "child", "comparison_type")
        sizes = [] if node["child"] is None else [self.expression(node["child"], scope)]
        others, self._subqueries = self._subqueries, []
        spread = self.spread
        table = self.query(node["subquery"], scope)
        self.spread = spread
        self._subqueries = [*others, table]
        size = _passed(sizes, max((length for _, length in table.columns), default=VALUE_BYTES))
        return size._replace(nodes=size.nodes + table.nodes)

    def _function(self, node: Node, scope: Scope) -> Size:
        fields = ("function_name", "schema", "children", "filter", "order_bys", "distinct", "is_operator")
        self.known(node, *fields)
        name = fold(node["function_name"])
        if node["schema"] not in ("", "main"):
            raise InvalidQueryError(f"{node['schema']}.{name}(…) is not allowed; {name}({node['schema']}, …) may be")
        if name not in _CALLS:
            raise InvalidQueryError(f"{name} is not allowed")
        if len(node["children"]) > _MOST_ARGUMENTS.get(name, len(node["children"])):
            raise InvalidQueryError(f"{name} takes no number of results")
        if name in _APPLYING:
            return self._applied(name, node, scope)
        sizes = self.all(node["children"], scope)
        others = self.all(([node["filter"]] if node["filter"] else []) + self.orders(node["order_bys"]), scope)
        length = result_bytes(_CALLS[name], name, node["children"], sizes)
        hidden = hidden_bytes(name, node["children"], sizes)
        size = _made([*sizes, *others], length)
        return size._replace(work=size.work + hidden)

    def _applied(self, name: str, node: Node, scope: Scope) -> Size:
        """Check a function of the elements of a list: many small ones, or a single one that takes all the bytes."""
        self.known(node, "function_name", "schema", "children", "order_bys", "is_operator")
        if len(node["children"]) != 2 or node["children"][1]["class"] != "LAMBDA":
            raise InvalidQueryError(f"{name} takes a list and a lambda")
        elements = self.expression(node["children"][0], scope)
        function = node["children"][1]
        small = self.expression(function["expr"], scope.with_columns(_parameters(function, VALUE_BYTES)))
        large = self.expression(function["expr"], scope.with_columns(_parameters(function, elements.bytes)))
        many = max(1, elements.bytes // VALUE_BYTES)
        length = elements.bytes if "filter" in name else max(many * small.bytes, large.bytes)
        work = elements.work + length + max(large.work, small.work)
        return Size(1 + elements.nodes + large.nodes, length, work)

    def _arrow(self, node: Node, scope: Scope) -> Size:
        """Check what is no lambda here, but a part of JSON."""
        self.known(node, "lhs", "expr")
        children = [node["lhs"], node["expr"]]
        sizes = self.all(children, scope)
        return _made(sizes, result_bytes(_CALLS["->>"], "->>", children, sizes))

    def _window(self, node: Node, scope: Scope) -> Size:
        fields = ("children", "partitions", "orders", "start_expr", "end_expr", "offset_expr", "default_expr")
        more = ("filter_expr", "arg_orders", "ignore_nulls", "start", "end", "exclude_clause")
        # With DISTINCT, DuckDB holds all rows before it can be interrupted: 1.2 GB in 2 s.
        self.known(node, "function_name", "schema", *fields, *more)
        name = fold(node["function_name"])
        if name not in _WINDOW_CALLS or node["schema"] not in ("", "main"):
            raise InvalidQueryError(f"{name} is not allowed with OVER")
        if len(node["children"]) > _MOST_ARGUMENTS.get(name, len(node["children"])):
            raise InvalidQueryError(f"{name} takes no number of results")
        _check_offset(name, node["offset_expr"])
        sizes = self.all(node["children"], scope)
        others = [node[one] for one in (*fields[3:], "filter_expr") if node[one] is not None] + node["partitions"]
        for order in (*node["orders"], *node["arg_orders"]):
            self.known(order, "null_order", "expression")
            others.append(order["expression"])
        sizes += self.all(others, scope)
        return _made(sizes, sum(size.bytes for size in sizes) + VALUE_BYTES)


def _check_offset(name: str, offset: Node | None) -> None:
    """Check how many rows away a value may be: DuckDB 1.5.5 dies of the least number that there is."""
    number = 0 if offset is None else constant(offset)
    if not isinstance(number, int) or abs(number) > _MAX_OFFSET:
        raise InvalidQueryError(f"{name} takes a constant up to {_MAX_OFFSET} as its offset")


def _parameters(function: Node | None, length: int) -> list[tuple[str, Size]]:
    """Return the parameters of a lambda."""
    if function is None or function["class"] != "LAMBDA":
        return []
    left = function["lhs"]
    names = left["children"] if left["class"] == "FUNCTION" else [left]
    if any(name["class"] != "COLUMN_REF" or len(name["column_names"]) != 1 for name in names):
        raise InvalidQueryError("a lambda has names before its expression")
    return [(fold(name["column_names"][0]), Size(1, length, 0)) for name in names]


def _made(sizes: Sequence[Size], length: int) -> Size:
    """Return what something comes to that makes a value of others."""
    return Size(1 + sum(size.nodes for size in sizes), length, length + sum(size.work for size in sizes))


def _passed(sizes: Sequence[Size], length: int) -> Size:
    """Return what something comes to whose value is one of others."""
    return _made(sizes, VALUE_BYTES)._replace(bytes=length)
