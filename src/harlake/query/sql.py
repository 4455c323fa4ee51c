"""Queries of a client's own: one SELECT over views of what is complete, and nothing else.

A query that :mod:`sql_checker` accepts has the catalog to itself for a limited time and in limited memory, and writes
its rows to a file without a name, from which they are sent when the catalog is free again: a slow client keeps nobody
waiting, and whatever fails, fails before the first byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, Final

import duckdb
import pyarrow as pa

from harlake.errors import ExpensiveQueryError, InvalidQueryError
from harlake.query.sql_checker import check_query, first_line
from harlake.query.sql_rows import lines
from harlake.query.sql_views import VIEWS, catalog_tables
from harlake.query.sql_watch import QueryWatch
from harlake.store.data_dir import DataDir

#: Rows that are fetched at a time.
_BATCH_ROWS: Final = 1_024


class SqlQuery:
    """One query; :meth:`run` it in a thread, :meth:`cancel` it from another."""

    def __init__(self, data_dir: DataDir, sql: str, seconds: float | None) -> None:
        """``seconds`` is how long it may take once it has the catalog, None for any time."""
        self._data_dir = data_dir
        self._sql = sql
        self._watch = QueryWatch(seconds)

    def run(self) -> IO[bytes]:
        """Return an unnamed file of the rows, a JSON object a line. Raises InvalidQueryError or ExpensiveQueryError."""
        rows = TemporaryFile(dir=self._data_dir.path)  # noqa: SIM115 - it outlives this
        try:
            captures = self._data_dir.catalog.all_captures()
            with self._data_dir.index.question(captures) as question, self._watch.over(question._engine):
                cursor = question._engine
                for batch in self._batches(cursor):
                    self._data_dir.captures.check_free()
                    for piece in lines(batch):
                        rows.write(piece)
                        self._watch.check()
        except BaseException:
            rows.close()
            raise
        rows.seek(0)
        return rows

    def cancel(self) -> None:
        """Stop it, or never let it begin: nobody waits for it any more."""
        self._watch.stop("it was stopped, because nobody waits for it")

    def _batches(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[pa.RecordBatch]:
        try:
            check_query(cursor, self._sql)
            self._watch.check()
            # Names are those of the views only: neither those of the tables behind them, nor of Python's variables.
            cursor.execute("SET enable_progress_bar = false")
            for name, table in catalog_tables(self._data_dir.catalog).items():
                cursor.register("copied", table)
                cursor.execute(f"CREATE TEMP TABLE catalog_{name} AS FROM copied")
            for name in ("entries", "pages"):
                cursor.execute(f"ALTER VIEW {name} RENAME TO index_{name}")
            for name, view in VIEWS.items():
                cursor.execute(f"CREATE TEMP VIEW {name} AS {view}")
            self._watch.check()
            yield from cursor.execute(self._sql).to_arrow_reader(_BATCH_ROWS)
        except (duckdb.Error, OSError) as error:  # Arrow turns DuckDB's errors into the latter
            raise self._client_error(error) from error

    def _client_error(self, error: Exception) -> Exception:
        message = first_line(str(error))
        if self._watch.reason is not None:
            return ExpensiveQueryError(self._watch.reason)
        if "Out of Memory Error" in message:
            return ExpensiveQueryError(message)
        return InvalidQueryError(message)
