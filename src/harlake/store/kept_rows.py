"""Rows of small captures, which the catalog keeps: merged, so that thousands of captures are few pieces to DuckDB.

Strategy: captures are cut into *runs*. A long run becomes a Parquet file, made when it is first asked for. What is left
at the end becomes short runs, in memory; so an import changes the last of these only. A short run with many bytes is a
file, too. All of it can be made again at any time, and is thrown away freely: a run is known by the ids of its
captures, whose rows never change.
"""

from __future__ import annotations

import hashlib
import shutil
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import accumulate, chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from harlake.limits import KIB, MIB
from harlake.pipeline.lru_cache import LruCache
from harlake.store import private_files
from harlake.store.capture_groups import GROUP_CAPTURES, GROUP_ROWS, capture_groups
from harlake.store.catalog import Capture, Catalog
from harlake.store.disk import disk_errors
from harlake.store.file_cache import FileCache
from harlake.store.index_columns import ENTRY_SCHEMA, PAGE_SCHEMA
from harlake.store.index_writer import read_kept_rows
from harlake.store.parquet_sql import element, read_parquet, value_by_file

#: Where the catalog keeps rows of a table.
_KEPT: Final = {"entries": (ENTRY_SCHEMA, "entry_rows"), "pages": (PAGE_SCHEMA, "page_rows")}

#: Captures, and rows, of a short run. DuckDB takes 0.5 ms for each, and an import makes the last one again.
_SHORT_CAPTURES: Final = 64
_SHORT_ROWS: Final = 4_096

#: Bytes of a run in memory, of all of them, and what Arrow takes for one beside its values.
_RUN_BYTES: Final = MIB
_HELD_BYTES: Final = 16 * MIB
_OVERHEAD: Final = 18 * KIB

#: Bytes of files, and of rows that are held to be written to one.
_FILE_BYTES: Final = 512 * MIB
_WRITTEN_BYTES: Final = 8 * MIB

#: Bytes of the disk that files of runs leave alone.
_KEEP_FREE: Final = 32 * MIB

#: How they are written: they are made within a question, and rows have few different values in most columns.
_OPTIONS: Final[dict[str, Any]] = {"compression": "lz4", "max_rows_per_page": 8_192}


@dataclass(frozen=True, slots=True)
class KeptRun:
    """Rows of the captures at some ``positions`` among those of a question: in a file, or in memory."""

    positions: Sequence[int]
    rows: pa.RecordBatch | None = None
    path: Path | None = None


class KeptRows:
    """What small captures have in an index."""

    def __init__(self, catalog: Catalog, folder: Path) -> None:
        """Files are in the ``folder``, of which nothing is needed after a crash."""
        self._catalog = catalog
        self._folder = folder
        self._files = FileCache(folder, _FILE_BYTES, threads=1)
        self._held: LruCache[str, _Held] = LruCache(_HELD_BYTES, lambda held: held.size)

    @contextmanager
    def opened(self, captures: Sequence[Capture], tables: Sequence[str]) -> Iterator[dict[str, list[KeptRun]]]:
        """Give the rows of some tables, of those captures that the catalog keeps any of; files stay with the context.

        Rows of captures that have gone may be left out. Raises Interrupted.
        """
        with ExitStack() as stack:
            yield {table: stack.enter_context(self._opened(captures, table)) for table in tables}

    @contextmanager
    def _opened(self, captures: Sequence[Capture], table: str) -> Iterator[list[KeptRun]]:
        kept = [at for at, capture in enumerate(captures) if capture.keeps(table) and capture.rows_of(table)]
        runs: list[tuple[Sequence[int], str, pa.RecordBatch | None]] = []
        files: dict[str, Sequence[Capture]] = {}
        first = 0
        for run in _cut([captures[at] for at in kept], table):
            positions = kept[first : first + len(run)]
            first += len(run)
            name = _name(run, table)
            rows = None if _is_long(run, table) else self._short(run, table, name)
            if rows is None and shutil.disk_usage(self._folder).free > _KEEP_FREE:
                files[name] = run
            elif rows is None:  # what only reads is done on a full disk, too
                (rows,) = self._pieces(run, table)
            runs.append((positions, name, rows))
        with self._files.files(list(files), lambda name, path: self._write(files[name], table, path)) as paths:
            path_of = dict(zip(files, paths, strict=True))
            yield [KeptRun(positions, rows, path_of.get(name)) for positions, name, rows in runs]

    def forget(self, captures: Sequence[Capture]) -> None:
        """Let go of all that may have rows of captures that have been removed."""
        numbers = sorted(capture.number for capture in captures)
        self._held.forget(lambda name: _may_have(name, numbers))
        self._files.forget(lambda name: _may_have(name, numbers))

    def close(self) -> None:
        """Let go of threads."""
        self._files.close()

    def _short(self, run: Sequence[Capture], table: str, name: str) -> pa.RecordBatch | None:
        """Return a run that is held in memory, None where it is too large for that."""
        held = self._held.get(name)
        if held is None:
            pieces = self._pieces(run, table, _RUN_BYTES)
            rows = next(pieces)
            is_whole = next(pieces, None) is None
            held = _Held(rows, _OVERHEAD + rows.nbytes) if is_whole else _Held(None, _OVERHEAD)
            self._held.put(name, held)
        return held.rows

    def _write(self, run: Sequence[Capture], table: str, path: Path) -> None:
        with disk_errors(), pq.ParquetWriter(path, _schema(table), **_OPTIONS) as file:
            for rows in self._pieces(run, table, _WRITTEN_BYTES):
                file.write_batch(rows)
        private_files.narrow(path)

    def _pieces(self, run: Sequence[Capture], table: str, most: int | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a run, in one batch at least, each of up to ``most`` bytes, or of one capture."""
        schema, column = _KEPT[table]
        positions = {capture.id: position for position, capture in enumerate(run)}
        firsts = [0, *accumulate(capture.rows_of(table) for capture in run)]
        merged: list[pa.RecordBatch] = []
        batches: dict[int, pa.RecordBatch] = {}
        size = 0
        for capture, data in self._catalog.kept_rows(run, column):
            length = zstandard.frame_content_size(data)  # Arrow takes 0.7 ms to add up a batch
            is_full = most is not None and size > 0 and size + length > most
            if is_full or len(batches) == _SHORT_CAPTURES:
                merged.append(_merged(batches, firsts, table))
                batches = {}
            if is_full:
                yield pa.concat_batches(merged)
                merged, size = [], 0
            batches[positions[capture]] = read_kept_rows(data, schema)
            size += length
        yield pa.concat_batches([*merged, _merged(batches, firsts, table)])


def paths_of(runs: Iterable[KeptRun]) -> list[Path]:
    """Return the files of runs."""
    return [run.path for run in runs if run.path is not None]


def rows_in_memory(runs: Sequence[KeptRun], firsts: Sequence[int], table: str) -> pa.Table:
    """Return the rows of those runs that are in memory, with the columns that a question has.

    ``firsts`` are the numbers of the first rows of the question's captures.
    """
    asked = _schema(table)
    if table == "entries":
        asked = asked.append(pa.field("file_row_number", pa.int64()))
    batches = []
    for rows, positions in ((run.rows, run.positions) for run in runs if run.rows is not None):
        in_run = rows["position"].to_numpy()
        columns = {name: rows[name] for name in rows.schema.names}
        columns["position"] = pa.array(np.array(positions, np.int32)[in_run])
        if table == "entries":
            of_captures = np.array([firsts[position] for position in positions], np.int64)
            columns["row"] = pa.array(of_captures[in_run] + rows["ordinal"].to_numpy())
            columns["file_row_number"] = rows["ordinal"]
        batches.append(pa.RecordBatch.from_pydict(columns, schema=asked))
    return pa.Table.from_batches(batches, asked)


def rows_in_files(runs: Sequence[KeptRun], firsts: Sequence[int], table: str) -> str | None:
    """Return SQL for the rows of those runs that are in files, as :func:`rows_in_memory`; None where there are none."""
    runs = [run for run in runs if run.path is not None]
    if not runs:
        return None
    if all(run.positions[-1] - run.positions[0] == len(run.positions) - 1 for run in runs):
        position = f"{value_by_file([run.positions[0] for run in runs])} + position"
        row = f"{value_by_file([firsts[run.positions[0]] for run in runs])} + row"
    else:  # captures with files come between them
        before = [0, *accumulate(len(run.positions) for run in runs[:-1])]
        positions = list(chain.from_iterable(run.positions for run in runs))
        number = f"{value_by_file(before)} + position"
        position = element(positions, number)
        row = f"{element([firsts[at] for at in positions], number)} + ordinal"
    columns = f"({position})::INTEGER AS position"
    if table == "entries":
        columns += f", {row} AS row, ordinal AS file_row_number"
    names = ", ".join(_KEPT[table][0].names)
    return f"SELECT {names}, {columns} FROM {read_parquet(paths_of(runs))}"


@dataclass(frozen=True, slots=True)
class _Held:
    """A short run in memory, None where it is too large for that."""

    rows: pa.RecordBatch | None
    size: int


def _cut(captures: Sequence[Capture], table: str) -> Iterator[Sequence[Capture]]:
    """Yield the runs that captures are cut into, whose rows of a table the catalog keeps."""
    for group in capture_groups(captures, GROUP_ROWS, GROUP_CAPTURES, table):
        if _is_long(group, table):
            yield group
        else:
            yield from capture_groups(group, _SHORT_ROWS, _SHORT_CAPTURES, table)


def _is_long(run: Sequence[Capture], table: str) -> bool:
    return len(run) == GROUP_CAPTURES or sum(capture.rows_of(table) for capture in run) > GROUP_ROWS // 2


def _name(run: Sequence[Capture], table: str) -> str:
    """Return what a run is known by: ids of captures in their order, and their first and last numbers."""
    numbers = [capture.number for capture in run]
    digest = hashlib.sha256(b"".join(capture.id.bytes for capture in run)).hexdigest()[:32]
    return f"{table}-{min(numbers)}-{max(numbers)}-{digest}"


def _may_have(name: str, numbers: Sequence[int]) -> bool:
    """Return whether a run may have a capture with one of the numbers, which are sorted."""
    _, least, greatest, _ = name.split("-")
    first = bisect_left(numbers, int(least))
    return first < len(numbers) and numbers[first] <= int(greatest)


def _schema(table: str) -> pa.Schema:
    """Return the columns of a run: those of the table, the position of a row's capture in the run, and its number."""
    schema = _KEPT[table][0].append(pa.field("position", pa.int32()))
    return schema.append(pa.field("row", pa.int64())) if table == "entries" else schema


def _merged(batches: Mapping[int, pa.RecordBatch], firsts: Sequence[int], table: str) -> pa.RecordBatch:
    """Return rows of captures, by their positions in a run, as one batch: of many, each would take DuckDB 0.5 ms."""
    schema, _ = _KEPT[table]
    rows = pa.concat_batches(batches.values()) if batches else pa.RecordBatch.from_pylist([], schema)
    positions = np.repeat(np.array(list(batches), np.int32), list(map(len, batches.values())))
    columns = {name: rows[name] for name in schema.names} | {"position": pa.array(positions)}
    if table == "entries":
        columns["row"] = pa.array(np.array(firsts, np.int64)[positions] + rows["ordinal"].to_numpy())
    return pa.RecordBatch.from_pydict(columns, schema=_schema(table))
