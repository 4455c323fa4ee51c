"""Queries of a client's own: one SELECT over views of what is complete, and nothing else.

Strategy: DuckDB parses the query, and its syntax tree is searched for what it may not name. Tables are the views below;
so no file, no setting and no row of a capture that is being written is within reach. Then it has the catalog to itself
for a limited time, and writes its rows to a file without a name, from which they are sent when the catalog is free
again: a slow client keeps nobody waiting, and whatever fails, fails before the first byte.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from tempfile import TemporaryFile
from typing import IO, Any, Final

import duckdb
import msgspec
import pyarrow as pa

from harlake.errors import ExpensiveQueryError, InvalidQueryError
from harlake.query.conditions import HOST, MEDIA_TYPE
from harlake.store.data_dir import DataDir
from harlake.store.database import without_paths

#: Rows that are fetched at a time.
_BATCH_ROWS: Final = 1_024

#: What a query can read. An entry's id is that of :func:`ids.entry_id`.
_VIEWS: Final = {
    "sessions": "SELECT id, name, created_at FROM catalog.sessions",
    "captures": """
        SELECT id, session, created_at, file_name, upload_bytes, har_bytes, object_bytes, total, imported, sha256
        FROM catalog.captures WHERE state = 'complete'
    """,
    "pages": """
        SELECT c.session, p.* FROM catalog.pages p JOIN catalog.captures c ON c.id = p.capture AND c.state = 'complete'
    """,
    "entries": f"""
        SELECT substr(e.capture::VARCHAR, 1, 14) || '8' || substr(e.capture::VARCHAR, 16, 13)
                || printf('%08x', e.ordinal) AS id,
            c.session, e.* EXCLUDE (frame, start, length) REPLACE ({HOST} AS host, {MEDIA_TYPE} AS media_type),
            e.length AS bytes
        FROM catalog.entries e JOIN catalog.captures c ON c.id = e.capture AND c.state = 'complete'
    """,
}

#: Table functions that make rows out of values.
_TABLE_FUNCTIONS: Final = ("unnest", "range", "generate_series", "json_each", "json_tree")

#: Scalar functions that do or tell something else than compute a value.
_REFUSED_FUNCTIONS: Final = frozenset(
    {"current_setting", "currval", "getenv", "getvariable", "nextval", "setseed", "sleep_ms", "write_log"}
)

_ONE_SELECT: Final = "it takes one statement, a SELECT"

_NAME: Final = re.compile(r"\w+")
#: How DuckDB's messages go on: hints, and the query with a mark under it.
_MORE_LINES: Final = re.compile(r"\s*\n.*", re.DOTALL)

_encoder: Final = msgspec.json.Encoder(enc_hook=str, decimal_format="number")


class SqlQuery:
    """One query; :meth:`run` it in a thread, :meth:`cancel` it from another."""

    def __init__(self, data_dir: DataDir, sql: str, seconds: float | None) -> None:
        """``seconds`` is how long it may take once it has the catalog, None for any time."""
        self._data_dir = data_dir
        self._sql = sql
        self._seconds = seconds
        self._cursor: duckdb.DuckDBPyConnection | None = None
        self._lock = threading.Lock()
        self._stopped = False

    def run(self) -> IO[bytes]:
        """Return an unnamed file of the rows, a JSON object a line. Raises InvalidQueryError or ExpensiveQueryError."""
        rows = TemporaryFile(dir=self._data_dir.path)  # noqa: SIM115 - it outlives this
        try:
            with self._data_dir.catalog.client_query() as cursor, self._stoppable(cursor):
                for batch in self._batches(cursor):
                    self._data_dir.captures.check_free()
                    rows.write(_lines(batch))
        except BaseException:
            rows.close()
            raise
        rows.seek(0)
        return rows

    def cancel(self) -> None:
        """Stop it, or never let it begin: nobody waits for it any more."""
        with self._lock:
            self._stopped = True
            if self._cursor is not None:
                self._cursor.interrupt()

    def _batches(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[pa.RecordBatch]:
        try:
            _check(cursor, self._sql)
            # Names are those of the views only: neither those of the tables behind them, nor of Python's variables.
            cursor.execute("USE memory; SET python_enable_replacements = false")
            for name, view in _VIEWS.items():
                cursor.execute(f"CREATE TEMP VIEW {name} AS {view}")
            yield from cursor.execute(self._sql).to_arrow_reader(_BATCH_ROWS)
        except (duckdb.Error, OSError) as error:  # Arrow turns DuckDB's errors into the latter
            raise self._client_error(error) from error

    def _client_error(self, error: Exception) -> Exception:
        message = without_paths(_MORE_LINES.sub("", str(error)))
        if self._stopped:
            return ExpensiveQueryError(f"it was stopped after {self._seconds} seconds")
        if "Out of Memory Error" in message:
            return ExpensiveQueryError(message)
        return InvalidQueryError(message)

    @contextmanager
    def _stoppable(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
        timer = None if self._seconds is None else threading.Timer(self._seconds, self.cancel)
        with self._lock:
            if self._stopped:
                raise ExpensiveQueryError("it was cancelled before it began")
            self._cursor = cursor
        if timer is not None:
            timer.start()
        try:
            yield
        finally:
            if timer is not None:
                timer.cancel()
            with self._lock:
                self._cursor = None


def _check(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raise InvalidQueryError where a text is anything but one SELECT over the views."""
    ((text,),) = cursor.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
    try:
        tree = msgspec.json.decode(text)
    except RecursionError:
        raise InvalidQueryError("it is nested too deep") from None
    if tree["error"]:
        is_other = tree["error_type"] == "not implemented"
        raise InvalidQueryError(_ONE_SELECT if is_other else _MORE_LINES.sub("", tree["error_message"]))
    if len(tree["statements"]) != 1:
        raise InvalidQueryError(_ONE_SELECT)
    nodes = list(_nodes(tree))
    tables = set(_VIEWS) | {key.lower() for node in nodes for key in _common_tables(node)}
    for node in nodes:
        _check_node(node, tables)


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield all objects of a syntax tree."""
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            yield node
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)


def _common_tables(node: dict[str, Any]) -> Iterator[str]:
    """Yield the names that a WITH clause gives. They are plain ones: others might be those of files elsewhere."""
    for table in (node.get("cte_map") or {}).get("map", ()):
        if not _NAME.fullmatch(table["key"]):
            raise InvalidQueryError(f"{table['key']!r} is no name for a table")
        yield table["key"]
    if node.get("cte_name"):
        if not _NAME.fullmatch(node["cte_name"]):
            raise InvalidQueryError(f"{node['cte_name']!r} is no name for a table")
        yield node["cte_name"]


def _check_node(node: dict[str, Any], tables: set[str]) -> None:
    match node.get("type"):
        case "BASE_TABLE":
            name = ".".join(filter(None, (node.get("catalog_name"), node.get("schema_name"), node["table_name"])))
            if name.lower() not in tables:
                raise InvalidQueryError(f"no table {name!r}; there are {', '.join(_VIEWS)}")
        case "TABLE_FUNCTION":
            name = node["function"]["function_name"]
            if name.lower() not in _TABLE_FUNCTIONS:
                raise InvalidQueryError(f"{name} is not allowed; table functions are {', '.join(_TABLE_FUNCTIONS)}")
        case "SHOW_REF" if not node.get("query"):
            raise InvalidQueryError(f"SHOW is not allowed; tables are {', '.join(_VIEWS)}: DESCRIBE one of them")
        case "FUNCTION" if node.get("function_name", "").lower() in _REFUSED_FUNCTIONS:
            raise InvalidQueryError(f"{node['function_name']} is not allowed")


def _lines(batch: pa.RecordBatch) -> bytes:
    """Return rows as JSON, an object a line; columns of one name get numbers."""
    names: list[str] = []
    for name in batch.schema.names:
        names.append(next(candidate for candidate in _numbered(name) if candidate not in names))
    columns = [_utc(column).to_pylist() for column in batch.columns]
    return _encoder.encode_lines(dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}_{number}" for number in count(2))


def _utc(column: pa.Array) -> pa.Array:
    """Name the zone of timestamps by its offset: to look it up, Python needs a database that not all systems have."""
    if pa.types.is_timestamp(column.type) and column.type.tz:
        return column.cast(pa.timestamp("us", "+00:00"))
    return column
