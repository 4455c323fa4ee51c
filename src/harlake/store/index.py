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
from contextlib import contextmanager, suppress
from itertools import accumulate, chain
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar, cast

import duckdb
import pyarrow as pa

from harlake.errors import (
    BadRequestError,
    DamagedCaptureError,
    SessionNotFoundError,
    StorageUnavailableError,
    TooBusyError,
)
from harlake.limits import GIB, MIB
from harlake.pipeline.interruption import Interrupted, interrupted_by
from harlake.pipeline.lru_cache import LruCache
from harlake.pipeline.single_flight import SingleFlight
from harlake.store import engines
from harlake.store.catalog import Capture, Catalog
from harlake.store.disk import NO_MORE_FILES, disk_errors, is_disk_full, system_error
from harlake.store.engines import EnginePool
from harlake.store.index_files import IndexFiles, file_numbers, has_file
from harlake.store.kept_rows import KeptRows, KeptRun, paths_of, rows_in_files, rows_in_memory
from harlake.store.number_files import NumberFiles
from harlake.store.parquet_sql import read_parquet, value_by_file

_Result = TypeVar("_Result")


class _Sized(Protocol):
    @property
    def nbytes(self) -> int: ...


_Answer = TypeVar("_Answer", bound=_Sized)

_log = logging.getLogger(__name__)

#: What DuckDB may use where its own limit is not enough.
_MORE_MEMORY: Final = "256MB"

#: Bytes of answers that are held, and of what each takes beside its values.
_ANSWER_BYTES: Final = 16 * MIB
_ANSWER_OVERHEAD: Final = 512

#: Bytes of the numbers of rows in orders, eight for each row.
_ORDER_BYTES: Final = GIB

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
        self._kept = KeptRows(catalog, scratch / "kept")
        #: Numbers of rows in orders that were asked for.
        self.orders = NumberFiles(scratch / "orders", _ORDER_BYTES)
        #: By the first of the captures, all of them, and what was asked.
        self._answers: LruCache[tuple[uuid.UUID, bytes, str], _Sized] = LruCache(_ANSWER_BYTES, _answer_size)
        self._flights: SingleFlight[tuple[uuid.UUID, bytes, str]] = SingleFlight()

    def forget(self, captures: Sequence[Capture]) -> None:
        """Let go of the rows of captures that have been removed, and of answers about them and those after them."""
        self._kept.forget(captures)
        removed = {capture.id for capture in captures}
        self._answers.forget(lambda key: key[0] in removed)

    def close(self) -> None:
        """Let go of memory and threads."""
        self._kept.close()
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
        """Return what is found about captures, which never changes: it is kept as long as there is room.

        Of those who ask at the same time, one finds it; ``find`` may ask for something else that is cached.
        """
        if not captures:
            return find()
        ids = hashlib.sha256(b"".join(capture.id.bytes for capture in captures)).digest()
        key = (captures[0].id, ids, question)
        answer = self._answers.get(key)
        if answer is None:
            with self._flights.alone(key):
                answer = self._answers.get(key)
                if answer is None:
                    answer = find()
                    self._answers.put(key, answer)
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
            # Before a place is taken, for they may have to be made.
            self._files.opened(captures, tables, file) as paths,
            self._kept.opened(captures, tables) as kept,
            self._engines.engine([*chain(*paths.values()), *paths_of(chain(*kept.values()))]) as engine,
            disk_errors(),
        ):
            try:
                with interrupted_by(engine.interrupt):
                    for table in tables:
                        in_files = [at for at, one in enumerate(captures) for _ in file_numbers(one, table, file)]
                        files = list(zip(in_files, paths[table], strict=True))
                        _make_view(engine, table, captures, files, kept[table])
                    yield Question(engine)
            except duckdb.InterruptException:
                raise Interrupted from None
            finally:
                _drop_views(engine, tables)

    def check_pattern(self, pattern: str) -> None:
        """Raise BadRequestError where DuckDB cannot take a text for a regular expression."""
        with self._engines.engine() as engine:
            try:
                engine.execute("SELECT regexp_matches('', ?)", [pattern]).fetchall()
            except duckdb.InvalidInputException as error:
                raise BadRequestError(f"{pattern!r} is no regular expression: {error}") from error

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


def _make_view(
    engine: duckdb.DuckDBPyConnection,
    table: str,
    captures: Sequence[Capture],
    files: Sequence[tuple[int, Path]],
    kept: Sequence[KeptRun],
) -> None:
    """Let a table be the rows of captures: those in files, each with its capture's position, and those kept.

    Beside its columns, it has the ``position`` of a row's capture among these, counted from 0; and, of entries,
    ``row``, their number through all of them, and ``file_row_number``, their number in their file: DuckDB finds
    rows by it in two thirds of the time.
    """
    firsts = [0, *accumulate(capture.imported for capture in captures)]
    sources = []
    if files:
        columns = f"{value_by_file([position for position, _ in files])}::INTEGER AS position"
        if table == "entries":
            first = value_by_file([firsts[position] for position, _ in files])
            columns += f", {first} + ordinal AS row, file_row_number"
        sources.append(f"SELECT *, {columns} FROM {read_parquet([path for _, path in files])}")
    if kept_files := rows_in_files(kept, firsts, table):
        sources.append(kept_files)
    if any(run.rows for run in kept) or not sources:
        engine.register(_kept_name(table), rows_in_memory(kept, firsts, table))
        sources.append(f"SELECT * FROM {_kept_name(table)}")
    engine.execute(f"CREATE OR REPLACE TEMP VIEW {table} AS {' UNION ALL BY NAME '.join(sources)}")


def _drop_views(engine: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> None:
    """Let go of what a question was about: rows, and names of thousands of files."""
    with suppress(duckdb.Error):  # of an engine that answers nothing any more
        for table in tables:
            engine.execute(f"DROP VIEW IF EXISTS {table}")
            engine.unregister(_kept_name(table))


def _kept_name(table: str) -> str:
    """Return what rows of small captures are called in a question."""
    return f"kept_{table}"


def _answer_size(answer: _Sized) -> int:
    return answer.nbytes + _ANSWER_OVERHEAD


def _is_of_a_file(error: Exception) -> bool:
    """Return whether an error may be that of a file which is not as it was written; some of these have no class."""
    classes = FileNotFoundError | duckdb.IOException | duckdb.InvalidInputException
    return isinstance(error, classes) or type(error) is duckdb.Error
