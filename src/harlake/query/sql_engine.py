"""What answers a client's query: a DuckDB of its own, which sees nothing but the tables that it was handed.

It is used in a process of its own (:mod:`sql_server`), whose current folder is the data folder: paths are relative to
it, so that no error tells a client where that is. Barriers, in this order:

* the query is checked (:mod:`sql_checker`), before there is any table;
* DuckDB can open the files of these tables and no other, nor load extensions, and no setting can be changed any more.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from harlake.errors import ExpensiveQueryError, InsufficientStorageError, InvalidQueryError
from harlake.query.sql_checker import check_query, first_line, statement
from harlake.query.sql_formats import written
from harlake.query.sql_pivot import pivoted
from harlake.query.sql_views import SOURCES, VIEWS
from harlake.store.duckdb_instance import new_instance
from harlake.store.index_writer import read_kept_rows

_MEMORY: Final = "128MB"

#: Rows that are fetched at a time.
_BATCH_ROWS: Final = 1_024

#: Rows of a table that are collected before they are written: small captures have few each.
_GROUP_ROWS: Final = 20_480

#: How they are written: fast, for they are read once.
_OPTIONS: Final[dict[str, Any]] = {"compression": "lz4", "use_dictionary": False, "write_statistics": False}


class UnreadableTablesError(Exception):
    """DuckDB cannot read the files of a table, or write what does not fit into its memory."""


class FreeSpace:
    """The free bytes of the disk that a file is on, of which some are to stay free."""

    def __init__(self, file: int, keep_free: int) -> None:
        self._file = file
        self._keep_free = keep_free

    def left(self) -> int:
        """Return how many bytes may be written. Raises InsufficientStorageError where there are none."""
        disk = os.fstatvfs(self._file)
        free = disk.f_bavail * disk.f_frsize
        if free < self._keep_free:
            raise InsufficientStorageError(f"{free} bytes are free, {self._keep_free} are kept free")
        return free - self._keep_free


class SqlEngine:
    """Answers one query."""

    def __init__(self, scratch: Path, space: FreeSpace) -> None:
        """What does not fit into memory goes to the ``scratch`` folder."""
        self._scratch = scratch
        self._space = space
        self._paths: dict[str, list[str]] = {}
        self._database = new_instance(
            {
                "memory_limit": _MEMORY,
                "threads": "1",
                "temp_directory": str(scratch),
                "max_temp_directory_size": f"{space.left()}B",
                "python_enable_replacements": "false",
            }
        )
        self._database.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")

    def check(self, sql: str) -> frozenset[str]:
        """Return the views that a query reads. Raises InvalidQueryError or ExpensiveQueryError."""
        try:
            return check_query(self._database, sql)
        except duckdb.Error as error:
            raise self._client_error(error) from error

    def add_table(self, name: str, contents: Iterable[str | bytes]) -> None:
        """Let there be a table of SOURCES, given as paths of Parquet files, and as rows that the catalog keeps."""
        paths = []
        with closing(_RowsFile(self._scratch / f"{name}.parquet", SOURCES[name])) as file:
            for content in contents:
                if isinstance(content, str):
                    paths.append(content)
                else:
                    self._space.left()
                    file.add(read_kept_rows(content, SOURCES[name]))
            if file.flush() or not paths:
                paths.append(str(file.path))
        self._paths[name] = paths

    def run(self, sql: str, views: Iterable[str], file_format: str = "ndjson") -> Iterator[bytes]:
        """Yield the rows of a query over some views, made of the tables that were added, as a file of a format.

        Raises InvalidQueryError, ExpensiveQueryError, InsufficientStorageError and UnreadableTablesError.
        """
        try:
            self._make_views(views)
        except duckdb.Error as error:
            raise UnreadableTablesError from error
        try:
            sql = self._with_values(sql)
            for piece in written(self._database.execute(sql).to_arrow_reader(_BATCH_ROWS), file_format):
                self._space.left()
                yield piece
        # Arrow turns DuckDB's errors into OSError.
        except (duckdb.Error, OSError, MemoryError) as error:
            raise self._client_error(error) from error

    def _with_values(self, sql: str) -> str:
        explain, query = statement(sql)
        return explain + pivoted(self._database, query, lambda one: check_query(self._database, one))

    def _make_views(self, views: Iterable[str]) -> None:
        paths = [path for paths in self._paths.values() for path in paths]
        self._database.execute(f"SET allowed_paths = {_list(paths)}")
        self._database.execute("SET enable_external_access = false; SET lock_configuration = true")
        for name, table_paths in self._paths.items():
            self._database.execute(f"CREATE VIEW {name} AS FROM read_parquet({_list(table_paths)})")
        for view in views:
            self._database.execute(f"CREATE VIEW {view} AS {VIEWS[view]}")

    def _client_error(self, error: Exception) -> Exception:
        message = first_line(str(error))
        if isinstance(error, MemoryError) or message.startswith("Out of Memory Error"):
            self._space.left()
            return ExpensiveQueryError(message or "Out of Memory Error")
        is_file_error = message.startswith("Invalid Input Error") and not self._are_readable()
        if is_file_error or message.startswith("IO Error"):
            self._space.left()
            return UnreadableTablesError()
        return InvalidQueryError(message)

    def _are_readable(self) -> bool:
        """Return whether DuckDB can open all files: of a damaged one, it says what it says of wrong queries."""
        try:
            for name in self._paths:
                self._database.execute(f"SELECT count(*) FROM {name}").fetchall()
        except duckdb.Error:
            return False
        return True


class _RowsFile:
    """A Parquet file of rows that come a few at a time."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
        self._writer = pq.ParquetWriter(path, schema, **_OPTIONS)
        self._schema = schema
        self._batches: list[pa.RecordBatch] = []
        self._held = self._written = 0

    def add(self, batch: pa.RecordBatch) -> None:
        self._batches.append(batch)
        self._held += len(batch)
        if self._held >= _GROUP_ROWS:
            self.flush()

    def flush(self) -> int:
        """Write what has come, and return how many rows that were so far."""
        if self._held:
            rows = pa.Table.from_batches(
                self._batches, self._schema
            ).combine_chunks()  # or writing takes thrice as long
            self._writer.write_table(rows, row_group_size=len(rows))
        self._written += self._held
        self._batches, self._held = [], 0
        return self._written

    def close(self) -> None:
        self._writer.close()


def _list(texts: Iterable[str]) -> str:
    quoted = ("'" + text.replace("'", "''") + "'" for text in texts)
    return f"[{', '.join(quoted)}]"
