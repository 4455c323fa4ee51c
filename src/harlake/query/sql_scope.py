"""What a client's query has in reach at one place in it: tables by their names, and columns with their sizes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from harlake.errors import ExpensiveQueryError
from harlake.query.sql_sizes import TEXT_BYTES, VALUE_BYTES, Size
from harlake.query.sql_views import VIEW_COLUMNS

#: Bytes that the functions of one step may make of a row: of 2,048 rows, 160 MiB.
_MAX_WORK: Final = 81_920
#: Bytes of a row for each column that is handed on, in DuckDB and in what it is written to.
COLUMN_BYTES: Final = 48
#: Parts of a query, with what its names stand for in their place. A plan of so many took 0.5 s.
_MAX_NODES: Final = 10_000
#: Views in a query, with those of its named queries for each use: to plan a join of so many took 0.3 s.
_MAX_TABLES: Final = 24
#: Queries in expressions, one in the other: DuckDB's plan doubles with each.
_MAX_NESTING: Final = 4


class Table(NamedTuple):
    """What a query yields or a name in FROM stands for: columns with their bytes, and what it comes to at most.

    ``nesting`` is how deep queries are in expressions. Columns are ``placed`` unless a star may have put others
    before them.
    """

    columns: tuple[tuple[str, int], ...]
    nodes: int = 1
    work: int = 0
    tables: int = 0
    nesting: int = 0
    placed: bool = True

    def checked(self) -> Table:
        """Return the table itself. Raises ExpensiveQueryError where it is too much."""
        if self.work > _MAX_WORK:
            raise ExpensiveQueryError(f"its functions can take {self.work} bytes for a row; {_MAX_WORK} are allowed")
        if self.nodes > _MAX_NODES:
            raise ExpensiveQueryError(f"written out, it has {self.nodes} parts; {_MAX_NODES} are allowed")
        if self.tables > _MAX_TABLES:
            raise ExpensiveQueryError(f"it reads {self.tables} tables; {_MAX_TABLES} are allowed")
        if self.nesting > _MAX_NESTING:
            raise ExpensiveQueryError(f"queries in expressions may be nested {_MAX_NESTING} times")
        return self

    def renamed(self, names: Sequence[str]) -> Table:
        """Return the table with its first columns named anew."""
        if not names:
            return self
        lengths = [length for _, length in self.columns] if self.placed else [self.longest()] * len(names)
        new = [(fold(name), length) for name, length in zip(names, lengths, strict=False)]
        return self._replace(columns=(*new, *self.columns[len(new) if self.placed else 0 :]))

    def longest(self) -> int:
        """Return the bytes of the longest column."""
        return max((length for _, length in self.columns), default=VALUE_BYTES)

    def united(self, other: Table) -> Table:
        """Return what a union of two comes to: a column has either's values, by its place or its name."""
        both = self.joined(other)
        longest = max(self.longest(), other.longest())
        if self.placed and other.placed and len(self.columns) == len(other.columns):
            pairs = zip(self.columns, other.columns, strict=True)
            return both._replace(columns=tuple((name, max(length, more)) for (name, length), (_, more) in pairs))
        return both._replace(columns=tuple((name, longest) for name in dict(both.columns)), placed=False)

    def joined(self, other: Table) -> Table:
        """Return what a join of two comes to. They are read one after the other."""
        return Table(
            self.columns + other.columns,
            self.nodes + other.nodes,
            max(self.work, other.work),
            self.tables + other.tables,
            max(self.nesting, other.nesting),
        ).checked()


#: The tables that are there.
VIEW_TABLES: Final = {
    name: Table(
        tuple((column, TEXT_BYTES) for column in texts.split())
        + tuple((column, VALUE_BYTES) for column in others.split()),
        nodes=50,
        work=TEXT_BYTES,
        tables=1,
    )
    for name, (texts, others) in VIEW_COLUMNS.items()
}


_NO_SOURCE: Final = Table(())


@dataclass(frozen=True, slots=True)
class Scope:
    """Named queries, and columns by name.

    ``source`` is what FROM yields at the place, ``row_bytes`` what all columns in reach take together.
    """

    tables: Mapping[str, Table]
    columns: Mapping[str, Size]
    source: Table = _NO_SOURCE
    row_bytes: int = TEXT_BYTES

    def with_table(self, name: str, table: Table) -> Scope:
        """Return the scope with one more named query."""
        return replace(self, tables={**self.tables, fold(name): table})

    def over(self, source: Table) -> Scope:
        """Return the scope of expressions over what FROM yields."""
        inner = self.with_columns((name, Size(1, length, 0)) for name, length in source.columns)
        return replace(inner, source=source, row_bytes=self.row_bytes + sum(length for _, length in source.columns))

    def with_columns(self, columns: Iterable[tuple[str, Size]]) -> Scope:
        """Return the scope with more columns. Where one is there already, either may be meant: the larger counts."""
        known = dict(self.columns)
        for name, size in columns:
            known[name] = Size(*map(max, size, known[name])) if name in known else size
        return replace(self, columns=known)

    def column(self, names: Sequence[str]) -> Size | None:
        """Return what a name stands for, a column or a member of one; None where it may be anything in reach."""
        folded = [fold(name) for name in names]
        if folded[-1] not in self.columns:
            return None
        known = [self.columns[name] for name in folded if name in self.columns]
        return Size(*map(max, zip(*known, strict=True)))


def fold(name: str) -> str:
    """Return a name as DuckDB compares it: in lower case, but for letters outside of ASCII."""
    return name.encode().lower().decode()
