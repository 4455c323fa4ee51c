"""Rows of two sessions, grouped to endpoints and joined: one partition of all endpoints at a time, in SQL."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

import duckdb

from harlake.analysis.endpoints import Differences, Endpoint, EndpointCounts, Side, Thresholds
from harlake.analysis.spill import Spill
from harlake.store.ids import entry_id

#: What DuckDB may use where a database's own limit is not enough: for the medians of an endpoint that is requested a
#: million times.
_MORE_MEMORY: Final = "512MB"

#: Statuses and media types that are listed of an endpoint; all are compared.
_LISTED_VALUES: Final = 20

#: Less is no change, whatever the ratio: bytes, and milliseconds.
SIZE_FLOOR: Final = 1_024
TIME_FLOOR: Final = 50

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
    SELECT method, url, a, b, CASE WHEN b.method IS NULL THEN 'a' WHEN a.method IS NULL THEN 'b' END AS only_in,
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
    SELECT count(*) FILTER (only_in = 'b'), count(*) FILTER (only_in = 'a'), count(*) FILTER {_CHANGED},
        count(*) FILTER (only_in IS NULL AND NOT {_CHANGED}), count(*) FILTER (status), count(*) FILTER (size),
        count(*) FILTER (time), count(*) FILTER (mime)
    FROM endpoints
"""


def _side_columns(name: str) -> str:
    return (
        f"{name}.count, {name}.statuses[:{_LISTED_VALUES}], {name}.size, {name}.time, "
        f"coalesce({name}.types, [])[:{_LISTED_VALUES}], {name}.example"
    )


def join_endpoints(database: duckdb.DuckDBPyConnection, spill: Spill, partition: int, thresholds: Thresholds) -> bool:
    """Make a table ``endpoints`` of a partition's rows; return whether it has any.

    Rows have the columns ``side`` (0 or 1), ``method``, ``url`` (folded), ``position`` (of the capture), ``ordinal``,
    ``status``, ``time_ms``, ``size`` and ``media_type``.
    """
    parameters = {
        "size_ratio": thresholds.size_ratio,
        "time_ratio": thresholds.time_ratio,
        "size_floor": SIZE_FLOOR,
        "time_floor": TIME_FLOOR,
    }
    for is_last in (False, True):
        rows = spill.partition(partition)
        if rows is None:
            return False
        database.register("rows", rows)
        try:
            database.execute(_ENDPOINTS, parameters)
            break
        except duckdb.OutOfMemoryException:
            if is_last:
                raise
            database.execute(f"SET memory_limit = '{_MORE_MEMORY}'")
    database.unregister("rows")
    return True


def add_endpoints(
    database: duckdb.DuckDBPyConnection, differences: Differences, captures: Sequence[Sequence[uuid.UUID]], limit: int
) -> None:
    """Add the table ``endpoints`` to what differs; ``captures`` are those of both sides, by position."""
    counts = database.execute(_COUNTS).fetchall()[0]
    for name, count in zip(EndpointCounts.__slots__, counts, strict=True):
        setattr(differences.counts, name, getattr(differences.counts, name) + count)
    lists = (
        (differences.added, "only_in = 'b'"),
        (differences.removed, "only_in = 'a'"),
        (differences.changed, _CHANGED),
    )
    for listed, condition in lists:
        rows = database.execute(
            f"""
            SELECT method, url, status, size, time, mime, {_side_columns("a")}, {_side_columns("b")}
            FROM endpoints WHERE {condition} ORDER BY url, method LIMIT ?
            """,
            [limit],
        ).fetchall()
        listed += (_endpoint(row, captures) for row in rows)
        listed.sort(key=lambda endpoint: (endpoint.url, endpoint.method))
        del listed[limit:]


def _endpoint(row: Sequence[Any], captures: Sequence[Sequence[uuid.UUID]]) -> Endpoint:
    method, url, *flags = row[:6]
    changes = [name for name, flag in zip(("status", "size", "time", "mime"), flags, strict=True) if flag]
    return Endpoint(method, url, changes, _side(row[6:12], captures[0]), _side(row[12:18], captures[1]))


def _side(values: Sequence[Any], captures: Sequence[uuid.UUID]) -> Side | None:
    count, statuses, size, time, mime_types, example = values
    if example is None:
        return None
    entry = entry_id(captures[example >> 32], example & 0xFFFF_FFFF)
    return Side(count, statuses, size, time, mime_types, str(entry))
