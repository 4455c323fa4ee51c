"""The comparison of two sides, endpoint by endpoint, and of what they add up to.

Strategy: entries are read out of the index a batch at a time, their URLs folded, and written to a file in partitions,
by the hashes of their endpoints; partition by partition, they are grouped and joined in a database of their own. So
memory does not depend on the number of endpoints. Hosts and pages are far fewer, and are in one database.
"""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from harlake.analysis.comparison_options import ComparisonOptions
from harlake.analysis.endpoint_join import add_endpoints, join_endpoints
from harlake.analysis.endpoint_keys import EndpointKeys
from harlake.analysis.endpoints import Differences
from harlake.analysis.fact_join import FactSpill
from harlake.analysis.spill import Spill
from harlake.analysis.subjects import SubjectTables
from harlake.limits import MIB
from harlake.memory import release
from harlake.pipeline.interruption import interrupted_by
from harlake.query.batches import Batch, batches
from harlake.query.conditions import BODY_SIZE
from harlake.query.filters import Filter
from harlake.store.captures import CaptureStore
from harlake.store.catalog import Capture
from harlake.store.disk import disk_errors
from harlake.store.duckdb_instance import new_instance
from harlake.store.index import Index

#: Rows that are read at a time, of a few hundred bytes each.
_BATCH_ROWS: Final = 32_768

#: Rows that are grouped at a time, about: of 65,536 with as many endpoints, lists and percentiles exceed the memory.
_PARTITION_ROWS: Final = 8_192

#: Bytes of URLs that are grouped at a time, about: each is there as its name, and folded.
_PARTITION_BYTES: Final = 2 * MIB

#: Bytes of entries the facts of which are grouped at a time, about.
_PARTITION_ENTRIES: Final = 8 * MIB

#: Partitions that are joined in one database. What it holds grows with each of them, and rows leave memory in small
#: pieces, which are given back with it.
_PARTITIONS_PER_DATABASE: Final = 16

_MEMORY: Final = "24MB"

_PARTITIONED: Final = "SELECT *, hash(method, folded) % ? AS partition FROM rows ORDER BY partition"


@dataclass(frozen=True, slots=True)
class Run:
    """One of the runs of a side: its captures, of which no two are the same."""

    captures: Sequence[Capture]


def compare_runs(
    index: Index,
    folder: Path,
    runs: tuple[Sequence[Run], Sequence[Run]],
    entry_filter: Filter,
    options: ComparisonOptions,
    captures: CaptureStore | None = None,
) -> Differences:
    """Compare those entries of two sides that pass a filter. Temporary files are in the folder.

    Entries are read from ``captures``, where bodies are compared.
    """
    entry_filter = replace(entry_filter, conditions=(*options.left_out, *entry_filter.conditions))
    reads = captures if options.bodies else None
    weight = sum(_weight(index, run.captures, entry_filter, reads) for _, _, run in _numbered(runs))
    partitions = 1 + weight // _PARTITION_ROWS
    counts, differences = (len(runs[0]), len(runs[1])), Differences()
    with (
        disk_errors(),
        tempfile.TemporaryDirectory(dir=folder) as temporary,
        Spill(Path(temporary, "rows"), partitions) as spill,
        Spill(Path(temporary, "facts"), partitions) as facts,
    ):
        with _database(temporary) as database:
            sides = _Sides(index, database, entry_filter, options, partitions, spill)
            if reads is not None:
                sides.facts = FactSpill(facts, database, reads, sides.keys, partitions)
            for side, number, run in _numbered(runs):
                sides.add(side, number, run)
            sides.subjects.compare(differences, counts)
            differences.warnings += sides.warnings()
        for written in (spill, facts):
            written.finish()
        for first in range(0, partitions, _PARTITIONS_PER_DATABASE):
            release()
            with _database(temporary) as database:
                for partition in range(first, min(first + _PARTITIONS_PER_DATABASE, partitions)):
                    if tables := join_endpoints(database, spill, partition, options, counts, facts):
                        add_endpoints(database, tables, differences, sides.captures, options)
    return differences


def _numbered(runs: tuple[Sequence[Run], Sequence[Run]]) -> Iterator[tuple[int, int, Run]]:
    for side, of_side in enumerate(runs):
        yield from ((side, number, run) for number, run in enumerate(of_side))


class _Sides:
    """Reads the runs of both sides, and hands their entries on."""

    def __init__(
        self,
        index: Index,
        database: duckdb.DuckDBPyConnection,
        entry_filter: Filter,
        options: ComparisonOptions,
        partitions: int,
        spill: Spill,
    ) -> None:
        self._index = index
        self._database = database
        self._filter = entry_filter
        self._partitions = partitions
        self._spill = spill
        self.keys = EndpointKeys(options)
        self.subjects = SubjectTables(database, options)
        self.facts: FactSpill | None = None
        #: Of each side, the ids of its captures, by position.
        self.captures: tuple[list[uuid.UUID], list[uuid.UUID]] = [], []

    def add(self, side: int, number: int, run: Run) -> None:
        """Add a run of a side."""
        for batch in batches(run.captures, _BATCH_ROWS):
            rows = _rows(self._index, batch, self._filter, len(self.captures[side]))
            rows = _keyed(rows, self.keys, side, number)
            self.subjects.add_entries(rows)
            self._spill.add(_partitioned(self._database, rows, self._partitions))
            if self.facts is not None:
                self.facts.add(self._index, batch, self._filter, rows, side)
        self.subjects.add_pages(self._index, run.captures, self.keys, side, number)
        self.captures[side].extend(capture.id for capture in run.captures)

    def warnings(self) -> list[str]:
        """Return what should be known of what was read."""
        if self.facts is None or not self.facts.cut:
            return []
        cut = self.facts.cut
        return [f"{cut} entries are compared in part: JSON up to 4 MiB, its first 1,000 members, 500 headers"]


def _weight(index: Index, captures: Sequence[Capture], entry_filter: Filter, reads: CaptureStore | None) -> int:
    """Return how many rows of a partition the entries of captures are, or what is read of them is as many bytes as."""
    where = entry_filter.where()
    sql = f"""
        SELECT count(*), coalesce(sum(strlen(url)), 0)::BIGINT, coalesce(sum(length), 0)::BIGINT
        FROM entries WHERE {where.sql}
    """
    ((rows, urls, length),) = index.rows(captures, sql, where.parameters)
    entries = 0 if reads is None else length * _PARTITION_ROWS // _PARTITION_ENTRIES
    return int(max(rows, urls * _PARTITION_ROWS // _PARTITION_BYTES, entries))


def _rows(index: Index, batch: Batch, entry_filter: Filter, first: int) -> pa.Table:
    """Read rows; the ``first`` of their captures is at that position among all of the side."""
    where = entry_filter.where(batch.where)
    return index.table(
        batch.captures,
        f"""
        SELECT {batch.position} + {first} AS position, ordinal, upper(coalesce(method, '')) AS method, url,
            operation, greatest(coalesce(status, 0), 0) AS status, failed,
            TRY_CAST(CASE WHEN time_ms >= 0 THEN time_ms END AS FLOAT) AS time,
            {BODY_SIZE} AS size, CASE WHEN transfer_size >= 0 THEN transfer_size END AS transfer,
            coalesce(media_type, '') AS media_type, type
        FROM entries WHERE {where.sql} {batch.order}
        """,
        where.parameters,
        file=batch.file,
    )


def _keyed(rows: pa.Table, keys: EndpointKeys, side: int, run: int) -> pa.Table:
    """Return rows with the keys of their URLs; each URL is folded once."""
    urls = rows["url"].combine_chunks().dictionary_encode()
    if isinstance(urls, pa.ChunkedArray):
        urls = urls.combine_chunks()
    made = [keys.key(url or "") for url in urls.dictionary.to_pylist()]
    columns = zip(*made, strict=True) if made else ((),) * 5
    types = (pa.string(), pa.string(), pa.bool_(), pa.string(), pa.string())
    for name, values, type_ in zip(("name", "folded", "by_ids", "call", "host"), columns, types, strict=True):
        rows = rows.append_column(name, pa.array(values, type_).take(urls.indices))
    for name, number in (("side", side), ("run", run)):
        rows = rows.append_column(name, pa.repeat(pa.scalar(number, pa.int32()), len(rows)))
    if "method" not in keys.options.keys:
        method = pa.repeat(pa.scalar("", pa.string()), len(rows))
        rows = rows.set_column(rows.column_names.index("method"), "method", method)
    if "operation" not in keys.options.keys:
        operation = pa.repeat(pa.scalar("", pa.string()), len(rows))
        rows = rows.set_column(rows.column_names.index("operation"), "operation", operation)
    return rows.drop_columns(["url"])


def _partitioned(database: duckdb.DuckDBPyConnection, rows: pa.Table, partitions: int) -> pa.Table:
    database.register("rows", rows.drop_columns(["host"]))
    found = database.execute(_PARTITIONED, [partitions]).to_arrow_table()
    database.unregister("rows")
    return found


@contextmanager
def _database(folder: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory, of which DuckDB writes to the folder what does not fit."""
    database = new_instance(
        {"memory_limit": _MEMORY, "threads": 1, "temp_directory": folder, "preserve_insertion_order": False}
    )
    with closing(database), interrupted_by(database.interrupt):
        yield database
