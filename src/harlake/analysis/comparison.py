"""What two sessions ask for, side by side: entries with the same method and folded URL are one *endpoint*.

Strategy: entries are read out of the catalog a slice at a time, folded, and written to a file in parts, by the hashes
of their endpoints; part by part, they are grouped and joined in a database of their own. So nobody waits for the
catalog meanwhile, and memory does not depend on the number of endpoints.
"""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec
import pyarrow as pa

from harlake.analysis.spill import Spill
from harlake.analysis.url_templates import FOLDED_URL
from harlake.limits import MIB
from harlake.memory import release
from harlake.query.batches import Batch, batches
from harlake.query.filters import BODY_SIZE, MEDIA_TYPE, Filter
from harlake.query.pagination import in_captures
from harlake.store.catalog import Capture, Catalog
from harlake.store.disk import disk_errors
from harlake.store.ids import entry_id

#: Rows that are read at a time, of a few hundred bytes each.
_SLICE: Final = 32_768

#: Rows that are grouped at a time, about: of 65,536 with as many endpoints, the lists and medians exceed the memory.
_PART: Final = 8_192

#: Bytes of URLs that are grouped at a time, about.
_PART_BYTES: Final = 4 * MIB

#: Parts that are joined in one database. What it holds grows with each of them, and rows leave memory in small pieces,
#: which are given back with it.
_JOINED: Final = 16

_MEMORY: Final = "24MB"

#: What DuckDB gets where that is not enough: for the medians of an endpoint that is asked for a million times.
_MORE_MEMORY: Final = "512MB"

#: Statuses and media types that are told of an endpoint; all are compared.
_TOLD: Final = 20

#: Less is no change, whatever the ratio: bytes, and milliseconds.
SIZE_FLOOR: Final = 1_024
TIME_FLOOR: Final = 50

_FOLDED: Final = f"""
    SELECT ? AS side, hash(method, folded) % ? AS part, method, folded AS url, position, ordinal, status, time_ms,
        size, media_type
    FROM (SELECT *, {FOLDED_URL} AS folded FROM rows) ORDER BY part
"""

_ENDPOINTS: Final = """
    CREATE OR REPLACE TEMP TABLE endpoints AS
    WITH grouped AS MATERIALIZED (
        SELECT side, method, url, count(*) AS count, list_sort(list(DISTINCT status)) AS statuses,
            median(size) AS size, round(median(time_ms), 3) AS time, list_sort(list(DISTINCT media_type)) AS types,
            min(position * (1::BIGINT << 32) + ordinal) AS example
        FROM rows GROUP BY ALL
    ), joined AS (
        SELECT coalesce(a.method, b.method) AS method, coalesce(a.url, b.url) AS url, a, b,
            a.method IS NOT NULL AND b.method IS NOT NULL AS matched
        FROM (SELECT * FROM grouped WHERE side = 0) a FULL JOIN (SELECT * FROM grouped WHERE side = 1) b
        ON a.method = b.method AND a.url = b.url
    )
    SELECT method, url, a, b, CASE WHEN b.method IS NULL THEN 'removed' WHEN a.method IS NULL THEN 'added' END AS fate,
        matched AND a.statuses <> b.statuses AS status,
        matched AND coalesce(greatest(a.size, b.size) >= $size_ratio * least(a.size, b.size)
            AND abs(a.size - b.size) >= $size_floor, false) AS size,
        matched AND coalesce(greatest(a.time, b.time) >= $time_ratio * least(a.time, b.time)
            AND abs(a.time - b.time) >= $time_floor, false) AS time,
        matched AND a.types IS DISTINCT FROM b.types AS mime
    FROM joined
"""

_CHANGED: Final = "(status OR size OR time OR mime)"

_COUNTS: Final = f"""
    SELECT count(*) FILTER (fate = 'added'), count(*) FILTER (fate = 'removed'), count(*) FILTER {_CHANGED},
        count(*) FILTER (fate IS NULL AND NOT {_CHANGED}), count(*) FILTER (status), count(*) FILTER (size),
        count(*) FILTER (time), count(*) FILTER (mime)
    FROM endpoints
"""


def _side(name: str) -> str:
    return (
        f"{name}.count, {name}.statuses[:{_TOLD}], {name}.size, {name}.time, "
        f"coalesce({name}.types, [])[:{_TOLD}], {name}.example"
    )


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which ratio on, of the larger median to the smaller, sizes and times count as changed."""

    size_ratio: float = 1.25
    time_ratio: float = 2.0


class Side(msgspec.Struct, frozen=True, rename="camel"):
    """An endpoint in one of the sessions; ``size`` in bytes and ``time`` in milliseconds are medians.

    ``example`` is an entry's id.
    """

    count: int
    statuses: list[int]
    size: float | None
    time: float | None
    mime_types: list[str]
    example: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is asked for: the URL is folded. ``a`` and ``b`` are None where the session does not ask for it."""

    method: str
    url: str
    changes: list[str]
    a: Side | None
    b: Side | None


@dataclass(slots=True)
class EndpointCounts:
    """Endpoints by what became of them; one that has changed may have so in more than one way."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    same: int = 0
    status: int = 0
    size: int = 0
    time: int = 0
    mime: int = 0


@dataclass(slots=True)
class Differences:
    """The first endpoints, by URL and method, of all that ``counts`` counts."""

    counts: EndpointCounts = field(default_factory=EndpointCounts)
    added: list[Endpoint] = field(default_factory=list)
    removed: list[Endpoint] = field(default_factory=list)
    changed: list[Endpoint] = field(default_factory=list)


def compare_captures(
    catalog: Catalog,
    folder: Path,
    captures: tuple[Sequence[Capture], Sequence[Capture]],
    entry_filter: Filter,
    thresholds: Thresholds,
    limit: int,
) -> Differences:
    """Compare those entries of two lists of captures that pass a filter; list up to ``limit`` endpoints of a kind."""
    ids = [[capture.id for capture in of_side] for of_side in captures]
    parts = _count_parts(catalog, [one for of_side in ids for one in of_side], entry_filter)
    found = Differences()
    with (
        disk_errors(),
        tempfile.TemporaryDirectory(dir=folder) as place,
        Spill(Path(place, "rows"), parts) as spill,
    ):
        with _scratch(place) as scratch:
            for side, of_side in enumerate(captures):
                for some in batches(of_side, _SLICE):
                    spill.add(_folded(scratch, _rows(catalog, some, entry_filter), side, parts))
        spill.done()
        for first in range(0, parts, _JOINED):
            release()
            with _scratch(place) as scratch:
                for part in range(first, min(first + _JOINED, parts)):
                    if _join(scratch, spill, part, thresholds):
                        _collect(scratch, found, ids, limit)
    return found


def _count_parts(catalog: Catalog, captures: Sequence[uuid.UUID], entry_filter: Filter) -> int:
    where = entry_filter.where(in_captures(captures))
    sql = f"SELECT count(*), coalesce(sum(strlen(url)), 0)::BIGINT FROM entries WHERE {where.sql}"
    ((rows, urls),) = catalog.rows(sql, where.parameters)
    return 1 + int(max(rows // _PART, urls // _PART_BYTES))


def _rows(catalog: Catalog, some: Batch, entry_filter: Filter) -> pa.Table:
    where = entry_filter.where(some.where)
    return catalog.table(
        f"""
        SELECT {some.position.sql} AS position, ordinal, coalesce(method, '') AS method, url,
            greatest(coalesce(status, 0), 0) AS status, CASE WHEN time_ms >= 0 THEN time_ms END::FLOAT AS time_ms,
            {BODY_SIZE} AS size, {MEDIA_TYPE} AS media_type
        FROM entries WHERE {where.sql}
        """,
        [*some.position.parameters, *where.parameters],
    )


@contextmanager
def _scratch(folder: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory, of which DuckDB writes to the folder what does not fit."""
    database = duckdb.connect(
        config={"memory_limit": _MEMORY, "threads": 1, "temp_directory": folder, "preserve_insertion_order": False}
    )
    with closing(database) as scratch:
        yield scratch


def _folded(scratch: duckdb.DuckDBPyConnection, rows: pa.Table, side: int, parts: int) -> pa.Table:
    scratch.register("rows", rows)
    folded = scratch.execute(_FOLDED, [side, parts]).to_arrow_table()
    scratch.unregister("rows")
    return folded


def _join(scratch: duckdb.DuckDBPyConnection, spill: Spill, part: int, thresholds: Thresholds) -> bool:
    """Find the endpoints of a part; return whether it has any."""
    parameters = {
        "size_ratio": thresholds.size_ratio,
        "time_ratio": thresholds.time_ratio,
        "size_floor": SIZE_FLOOR,
        "time_floor": TIME_FLOOR,
    }
    for memory in (_MEMORY, _MORE_MEMORY):
        rows = spill.part(part)
        if rows is None:
            return False
        scratch.register("rows", rows)
        try:
            scratch.execute(_ENDPOINTS, parameters)
            break
        except duckdb.OutOfMemoryException:
            if memory == _MORE_MEMORY:
                raise
            scratch.execute(f"SET memory_limit = '{_MORE_MEMORY}'")
    scratch.unregister("rows")
    return True


def _collect(
    scratch: duckdb.DuckDBPyConnection, found: Differences, ids: Sequence[Sequence[uuid.UUID]], limit: int
) -> None:
    """Add what is in one part."""
    counts = scratch.execute(_COUNTS).fetchall()[0]
    for name, count in zip(EndpointCounts.__slots__, counts, strict=True):
        setattr(found.counts, name, getattr(found.counts, name) + count)
    kinds = ((found.added, "fate = 'added'"), (found.removed, "fate = 'removed'"), (found.changed, _CHANGED))
    for listed, condition in kinds:
        rows = scratch.execute(
            f"""
            SELECT method, url, status, size, time, mime, {_side("a")}, {_side("b")}
            FROM endpoints WHERE {condition} ORDER BY url, method LIMIT ?
            """,
            [limit],
        ).fetchall()
        listed += (_endpoint(row, ids) for row in rows)
        listed.sort(key=lambda one: (one.url, one.method))
        del listed[limit:]


def _endpoint(row: Sequence[Any], ids: Sequence[Sequence[uuid.UUID]]) -> Endpoint:
    method, url, *flags = row[:6]
    changes = [name for name, flag in zip(("status", "size", "time", "mime"), flags, strict=True) if flag]
    return Endpoint(method, url, changes, _told(row[6:12], ids[0]), _told(row[12:18], ids[1]))


def _told(values: Sequence[Any], captures: Sequence[uuid.UUID]) -> Side | None:
    count, statuses, size, time, mime_types, example = values
    if example is None:
        return None
    entry = entry_id(captures[example >> 32], example & 0xFFFF_FFFF)
    return Side(count, statuses, size, time, mime_types, str(entry))
