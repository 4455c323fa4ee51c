"""The comparison of two lists of captures, endpoint by endpoint.

Strategy: entries are read out of the index a batch at a time, their URLs folded, and written to a file in partitions,
by the hashes of their endpoints; partition by partition, they are grouped and joined in a database of their own. So
memory does not depend on the number of endpoints.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from harlake.analysis.endpoint_join import add_endpoints, join_endpoints
from harlake.analysis.endpoints import Differences, Thresholds
from harlake.analysis.spill import Spill
from harlake.analysis.url_templates import FOLDED_URL
from harlake.limits import MIB
from harlake.memory import release
from harlake.pipeline.interruption import interrupted_by
from harlake.query.batches import Batch, batches
from harlake.query.conditions import BODY_SIZE, MEDIA_TYPE
from harlake.query.filters import Filter
from harlake.store.catalog import Capture
from harlake.store.disk import disk_errors
from harlake.store.duckdb_instance import new_instance
from harlake.store.index import Index

#: Rows that are read at a time, of a few hundred bytes each.
_BATCH_ROWS: Final = 32_768

#: Rows that are grouped at a time, about: of 65,536 with as many endpoints, the lists and medians exceed the memory.
_PARTITION_ROWS: Final = 8_192

#: Bytes of URLs that are grouped at a time, about.
_PARTITION_BYTES: Final = 4 * MIB

#: Partitions that are joined in one database. What it holds grows with each of them, and rows leave memory in small
#: pieces, which are given back with it.
_PARTITIONS_PER_DATABASE: Final = 16

_MEMORY: Final = "24MB"

_FOLDED: Final = f"""
    SELECT ? AS side, hash(method, folded) % ? AS partition, method, folded AS url, position, ordinal, status, time_ms,
        size, media_type
    FROM (SELECT *, {FOLDED_URL} AS folded FROM rows) ORDER BY partition
"""


def compare_captures(
    index: Index,
    folder: Path,
    captures: tuple[Sequence[Capture], Sequence[Capture]],
    entry_filter: Filter,
    thresholds: Thresholds,
    limit: int,
) -> Differences:
    """Compare those entries of two lists of captures that pass a filter.

    Up to ``limit`` endpoints are listed as added, removed and changed each. Temporary files are in the folder.
    """
    ids = [[capture.id for capture in of_side] for of_side in captures]
    partitions = _count_partitions(index, [*captures[0], *captures[1]], entry_filter)
    differences = Differences()
    with (
        disk_errors(),
        tempfile.TemporaryDirectory(dir=folder) as temporary,
        Spill(Path(temporary, "rows"), partitions) as spill,
    ):
        with _database(temporary) as database:
            for side, of_side in enumerate(captures):
                for batch in batches(of_side, _BATCH_ROWS):
                    spill.add(_folded(database, _rows(index, batch, entry_filter), side, partitions))
        spill.finish()
        for first in range(0, partitions, _PARTITIONS_PER_DATABASE):
            release()
            with _database(temporary) as database:
                for partition in range(first, min(first + _PARTITIONS_PER_DATABASE, partitions)):
                    if join_endpoints(database, spill, partition, thresholds):
                        add_endpoints(database, differences, ids, limit)
    return differences


def _count_partitions(index: Index, captures: Sequence[Capture], entry_filter: Filter) -> int:
    where = entry_filter.where()
    sql = f"SELECT count(*), coalesce(sum(strlen(url)), 0)::BIGINT FROM entries WHERE {where.sql}"
    ((rows, urls),) = index.rows(captures, sql, where.parameters)
    return 1 + int(max(rows // _PARTITION_ROWS, urls // _PARTITION_BYTES))


def _rows(index: Index, batch: Batch, entry_filter: Filter) -> pa.Table:
    where = entry_filter.where(batch.where)
    return index.table(
        batch.captures,
        f"""
        SELECT {batch.position} AS position, ordinal, coalesce(method, '') AS method, url,
            greatest(coalesce(status, 0), 0) AS status,
            TRY_CAST(CASE WHEN time_ms >= 0 THEN time_ms END AS FLOAT) AS time_ms,
            {BODY_SIZE} AS size, {MEDIA_TYPE} AS media_type
        FROM entries WHERE {where.sql}
        """,
        where.parameters,
        file=batch.file,
    )


@contextmanager
def _database(folder: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory, of which DuckDB writes to the folder what does not fit."""
    database = new_instance(
        {"memory_limit": _MEMORY, "threads": 1, "temp_directory": folder, "preserve_insertion_order": False}
    )
    with closing(database), interrupted_by(database.interrupt):
        yield database


def _folded(database: duckdb.DuckDBPyConnection, rows: pa.Table, side: int, partitions: int) -> pa.Table:
    database.register("rows", rows)
    folded = database.execute(_FOLDED, [side, partitions]).to_arrow_table()
    database.unregister("rows")
    return folded
