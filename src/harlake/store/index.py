"""The index: what can be asked about the entries and pages of captures without reading them.

Rows of a large capture are a Parquet file, those of a small one are in the catalog. Neither ever changes. A question is
SQL over the tables ``entries`` and ``pages`` of the captures that it concerns, in a DuckDB of its own that has no other
data: questions wait neither for each other nor for imports.

Rules:

* Only fixed texts, and paths, become SQL; whatever a client wrote is a parameter.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar, cast

import duckdb
import numpy as np
import pyarrow as pa

from harlake.errors import (
    BadRequestError,
    DamagedCaptureError,
    SessionNotFoundError,
    StorageUnavailableError,
    TooBusyError,
)
from harlake.limits import KIB, MIB
from harlake.pipeline.interruption import Interrupted, interrupted_by
from harlake.pipeline.lru_cache import LruCache
from harlake.store import engines
from harlake.store.catalog import Capture, Catalog
from harlake.store.disk import NO_MORE_FILES, disk_errors, is_disk_full, system_error
from harlake.store.engines import EnginePool
from harlake.store.index_columns import ENTRY_SCHEMA, PAGE_SCHEMA
from harlake.store.index_files import IndexFiles, file_numbers, has_file
from harlake.store.index_writer import read_kept_rows

_Result = TypeVar("_Result")


class _Sized(Protocol):
    @property
    def nbytes(self) -> int: ...


_Answer = TypeVar("_Answer", bound=_Sized)

_log = logging.getLogger(__name__)

#: The tables of a question: their columns, and where the catalog keeps rows of them.
_TABLES: Final = {"entries": (ENTRY_SCHEMA, "entry_rows"), "pages": (PAGE_SCHEMA, "page_rows")}

#: What DuckDB may use where its own limit is not enough.
_MORE_MEMORY: Final = "256MB"

#: Bytes of rows of small captures that are held, and of what Arrow takes for a batch beside its values.
_KEPT_BYTES: Final = 32 * MIB
_BATCH_OVERHEAD: Final = 18 * KIB

#: Bytes of answers that are held, and of what each takes beside its values.
_ANSWER_BYTES: Final = 16 * MIB
_ANSWER_OVERHEAD: Final = 512

#: Rows for which DuckDB reserves memory when it makes Arrow columns. For its default, a million, it asks the system for
#: new memory each time, which took a sixth of what statistics take.
_ARROW_ROWS: Final = 65_536


class Question:
    """SQL over the entries of some captures, and over their pages where these were asked for, too."""

    def __init__(self, engine: duckdb.DuckDBPyConnection) -> None:
        self._engine = engine

    def rows(self, sql: str, parameters: Sequence[object] = (), *, named: bool = False) -> list[Any]:
        """Return what a query yields, as tuples or, if ``named``, as dictionaries by column."""

        def fetch() -> list[Any]:
            rows = self._engine.execute(sql, parameters).fetchall()
            if not named:
                return rows
            names = [column[0] for column in self._engine.description or ()]
            return [dict(zip(names, row, strict=True)) for row in rows]

        return self._retried(fetch)

    def table(self, sql: str, parameters: Sequence[object] = ()) -> pa.Table:
        """Return what a query yields as Arrow columns."""
        return self._retried(lambda: self._engine.execute(sql, parameters).to_arrow_table(_ARROW_ROWS))

    def batches(self, sql: str, parameters: Sequence[object] = ()) -> Iterator[pa.RecordBatch]:
        """Yield what a query yields as Arrow columns, some rows at a time."""
        yield from self._engine.execute(sql, parameters).to_arrow_reader(_ARROW_ROWS)

    def _retried(self, fetch: Callable[[], _Result]) -> _Result:
        """Fetch something, and again with more memory where DuckDB lacked it."""
        try:
            return fetch()
        except duckdb.OutOfMemoryException:
            self._engine.execute(f"SET memory_limit = '{_MORE_MEMORY}'")
            try:
                return fetch()
            finally:
                self._engine.execute(f"SET memory_limit = '{engines.MEMORY}'")


class Index:
    """The index of a data folder."""

    def __init__(self, files: IndexFiles, scratch: Path, catalog: Catalog) -> None:
        """What DuckDB cannot hold in memory goes to the ``scratch`` folder."""
        self._files = files
        self._engines = EnginePool(scratch)
        self._catalog = catalog
        self._kept = _KeptRows(catalog)
        self._answers: LruCache[tuple[bytes, str], _Sized] = LruCache(_ANSWER_BYTES, _answer_size)

    def forget(self, capture: uuid.UUID) -> None:
        """Let go of the rows of a capture that has been removed."""
        self._kept.forget(capture)

    def close(self) -> None:
        """Let go of memory."""
        self._engines.close()

    def rows(
        self,
        captures: Sequence[Capture],
        sql: str,
        parameters: Sequence[object] = (),
        *,
        named: bool = False,
        tables: Sequence[str] = ("entries",),
        file: int | None = None,
    ) -> list[Any]:
        """Return what a query over some captures yields, as tuples or, if ``named``, as dictionaries by column."""
        with self.question(captures, tables, file) as question:
            return question.rows(sql, parameters, named=named)

    def table(
        self, captures: Sequence[Capture], sql: str, parameters: Sequence[object] = (), *, file: int | None = None
    ) -> pa.Table:
        """Return what a query over some captures yields as Arrow columns."""
        with self.question(captures, file=file) as question:
            return question.table(sql, parameters)

    def cached(self, captures: Sequence[Capture], question: str, find: Callable[[], _Answer]) -> _Answer:
        """Return what is found about captures, which never changes: it is kept as long as there is room."""
        ids = hashlib.sha256(b"".join(capture.id.bytes for capture in captures)).digest()
        answer = self._answers.get((ids, question))
        if answer is None:
            answer = find()
            self._answers.put((ids, question), answer)
        return cast("_Answer", answer)

    @contextmanager
    def question(
        self, captures: Sequence[Capture], tables: Sequence[str] = ("entries",), file: int | None = None
    ) -> Iterator[Question]:
        """Ask about captures; with ``file``, of those that have files, only about the rows in that of the number.

        Raises DamagedCaptureError, or SessionNotFoundError where they are removed meanwhile.
        """
        with (
            self._file_errors(captures, tables),
            self._files.opened(captures, tables, file) as paths,  # before a place is taken: they may have to be fetched
            self._engines.engine([path for of_table in paths.values() for path in of_table]) as engine,
            disk_errors(),
        ):
            try:
                with interrupted_by(engine.interrupt):
                    for table in tables:
                        in_files = [at for at, one in enumerate(captures) for _ in file_numbers(one, table, file)]
                        self._make_view(engine, table, captures, list(zip(in_files, paths[table], strict=True)))
                    yield Question(engine)
                for table in tables:
                    engine.unregister(_kept_name(table))
            except duckdb.InterruptException:
                raise Interrupted from None

    def check_pattern(self, pattern: str) -> None:
        """Raise BadRequestError where DuckDB cannot take a text for a regular expression."""
        with self._engines.engine() as engine:
            try:
                engine.execute("SELECT regexp_matches('', ?)", [pattern]).fetchall()
            except duckdb.InvalidInputException as error:
                raise BadRequestError(f"{pattern!r} is no regular expression: {error}") from error

    def _make_view(
        self,
        engine: duckdb.DuckDBPyConnection,
        table: str,
        captures: Sequence[Capture],
        files: Sequence[tuple[int, Path]],
    ) -> None:
        """Let a table be the rows of captures: those in files, each with its capture's position, and those kept.

        Beside its columns, it has the ``position`` of a row's capture among these, counted from 0; and, of entries,
        ``row``, their number through all of them, and ``file_row_number``, their number in their file: DuckDB finds
        rows by it in two thirds of the time.
        """
        firsts = [0, *accumulate(capture.imported for capture in captures)]
        kept = [
            position for position, capture in enumerate(captures) if capture.rows_of(table) and capture.keeps(table)
        ]
        sources = []
        if files:
            columns = f"{_by_file([position for position, _ in files])}::INTEGER AS position"
            if table == "entries":
                first = _by_file([firsts[position] for position, _ in files])
                columns += f", {first} + ordinal AS row, file_row_number"
            # DuckDB would else make a column of each folder around them whose name is like `a=b`.
            paths = f"[{', '.join(_quoted(path) for _, path in files)}], hive_partitioning = false"
            sources.append(f"SELECT *, {columns} FROM read_parquet({paths})")
        if kept or not files:
            engine.register(_kept_name(table), self._kept.rows(captures, kept, firsts, table))
            sources.append(f"SELECT * FROM {_kept_name(table)}")
        engine.execute(f"CREATE OR REPLACE TEMP VIEW {table} AS {' UNION ALL BY NAME '.join(sources)}")

    @contextmanager
    def _file_errors(self, captures: Sequence[Capture], tables: Sequence[str]) -> Iterator[None]:
        try:
            yield
        except (duckdb.Error, FileNotFoundError) as error:
            has_files = any(has_file(capture, table) for capture in captures for table in tables)
            if is_disk_full(error) or not (has_files and _is_of_a_file(error)):
                raise
            ids = list({capture.id for capture in captures})
            if len(self._catalog.captures_by_id(ids)) < len(ids):
                raise SessionNotFoundError("the session was removed while it was being read") from error
            number = system_error(error)
            if number in NO_MORE_FILES:
                raise TooBusyError("too many files are open") from error
            if number in (errno.EACCES, errno.EPERM):
                raise StorageUnavailableError(f"the index of a capture: {os.strerror(number)}") from error
            _log.error("the index of a capture cannot be read: %s", error)
            text = "the index of a capture cannot be read; `harlake reindex` makes it again"
            raise DamagedCaptureError(text) from error


class _KeptRows:
    """Rows of small captures, as the catalog has them; those that were used last are held."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._batches: LruCache[tuple[uuid.UUID, str], pa.RecordBatch] = LruCache(_KEPT_BYTES, _batch_size)

    def rows(
        self, captures: Sequence[Capture], positions: Sequence[int], firsts: Sequence[int], table: str
    ) -> pa.Table:
        """Return rows of the captures at some positions; those of captures that have gone are left out."""
        schema, column = _TABLES[table]
        ids = [captures[position].id for position in positions]
        batches = {capture: self._batches.get((capture, table)) for capture in ids}
        missing = [capture for capture, batch in batches.items() if batch is None]
        for capture, data in self._catalog.kept_rows(missing, column):
            batches[capture] = batch = read_kept_rows(data, schema)
            self._batches.put((capture, table), batch)
        found = [(position, batch) for position in positions if (batch := batches[captures[position].id])]
        rows = pa.Table.from_batches([batch for _, batch in found], schema)
        counts = [len(batch) for _, batch in found]
        at = np.array([position for position, _ in found], np.int32)
        rows = rows.append_column("position", pa.array(np.repeat(at, counts), pa.int32()))
        if table == "entries":
            numbers = np.repeat(np.array(firsts, np.int64)[at], counts) + rows["ordinal"].to_numpy()
            rows = rows.append_column("row", pa.array(numbers, pa.int64()))
            rows = rows.append_column("file_row_number", rows["ordinal"])
        return rows

    def forget(self, capture: uuid.UUID) -> None:
        """Hold the rows of a capture no longer."""
        self._batches.forget(lambda key: key[0] == capture)


def _kept_name(table: str) -> str:
    """Return what rows of small captures are called in a question."""
    return f"kept_{table}"


def _answer_size(answer: _Sized) -> int:
    return answer.nbytes + _ANSWER_OVERHEAD


def _batch_size(batch: pa.RecordBatch) -> int:
    return int(batch.nbytes) + _BATCH_OVERHEAD


def _is_of_a_file(error: Exception) -> bool:
    """Return whether an error may be that of a file which is not as it was written; some of these have no class."""
    classes = FileNotFoundError | duckdb.IOException | duckdb.InvalidInputException
    return isinstance(error, classes) or type(error) is duckdb.Error


def _by_file(values: Sequence[int]) -> str:
    """Return SQL for the value of a row's file."""
    return (
        str(values[0]) if len(set(values)) == 1 else f"list_extract({list(values)}::BIGINT[], file_index::BIGINT + 1)"
    )


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
