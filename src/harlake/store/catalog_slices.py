"""Tables of the catalog, read as a whole but some rows at a time: each slice is an operation of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pyarrow as pa

from harlake.store.catalog_database import CatalogDatabase

_SLICE_ROWS: Final = 2_048

#: Tables that are copied, without rows of the index.
COPIED_TABLES: Final = {
    "sessions": pa.schema([("id", pa.uuid()), ("name", pa.string()), ("created_us", pa.int64())]),
    "captures": pa.schema(
        [
            *((name, pa.uuid()) for name in ("id", "session")),
            ("created_us", pa.int64()),
            *((name, pa.string()) for name in ("file_name", "sha256")),
            *((name, pa.int64()) for name in ("upload_bytes", "har_bytes", "object_bytes", "total", "imported")),
        ]
    ),
}

#: By what their rows are told apart, and less than any of it. What follows a number is together in DuckDB's table.
_KEYS: Final[dict[str, tuple[str, object]]] = {"sessions": ("id", uuid.UUID(int=0)), "captures": ("number", 0)}


def table_slices(database: CatalogDatabase, name: str) -> Iterator[pa.Table]:
    """Yield the rows of a table of COPIED_TABLES."""
    schema, (key, first) = COPIED_TABLES[name], _KEYS[name]
    for rows in slices(database, f"SELECT {key}, {', '.join(schema.names)} FROM {name}", key, first, _SLICE_ROWS):
        _, *columns = zip(*rows, strict=True)
        yield pa.table(list(map(_array, columns, schema.types)), schema=schema)


def slices(database: CatalogDatabase, sql: str, key: str, last: object, most: int) -> Iterator[list[Any]]:
    """Yield what a query yields, whose first column is the key, in the order of that, and greater than ``last``."""
    while True:
        with database.reading() as cursor:
            rows = cursor.execute(f"{sql} WHERE {key} > ? ORDER BY {key} LIMIT {most}", [last]).fetchall()
        if not rows:
            return
        yield rows
        last = rows[-1][0]


def kept_rows_sql(column: str, captures: Sequence[tuple[uuid.UUID, int]]) -> str:
    """Return the query of the index rows that are kept of captures, given as ids and numbers.

    PostgreSQL finds them by their ids, DuckDB by numbers: it looks through a part of the table only. As parameters, ids
    would take DuckDB twice as long.
    """
    ids = ", ".join(f"'{capture}'" for capture, _ in captures)
    numbers = [number for _, number in captures]
    return f"""
        SELECT id, {column} FROM captures
        WHERE id IN ({ids}) AND number BETWEEN {min(numbers)} AND {max(numbers)} AND {column} IS NOT NULL
    """


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if kind == pa.uuid():
        return pa.ExtensionArray.from_storage(kind, pa.array([value.bytes for value in values], pa.binary(16)))
    return pa.array(values, kind)
