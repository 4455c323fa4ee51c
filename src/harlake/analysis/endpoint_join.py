"""Rows of two sides, grouped to endpoints and joined: one partition of all endpoints at a time, in SQL."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

import duckdb
import pyarrow as pa

from harlake.analysis.comparison_options import CHANGES, ComparisonOptions
from harlake.analysis.endpoints import Differences, Endpoint, Side
from harlake.analysis.fact_join import CHANGED, DETAILS, details_of, no_facts
from harlake.analysis.measures import ADDED, REMOVED, Quantity, is_changed, measures, quantiles, side_columns
from harlake.analysis.spill import Spill
from harlake.store.ids import entry_id

#: What DuckDB may use where a database's own limit is not enough: for the percentiles of an endpoint that is requested
#: a million times.
_MORE_MEMORY: Final = "512MB"

#: Statuses and media types that are listed of an endpoint; all are compared.
_LISTED_VALUES: Final = 20

#: Names that are listed of what was folded into an endpoint.
_LISTED_NAMES: Final = 5

#: Values of a parameter that are few: more are no names of what is called.
_FEW_CALLS: Final = 20

#: Ids of a folded URL that are taken for names, where both sides have exactly the same.
_FEW_IDS: Final = 20

NUMBERS: Final = (
    Quantity("count", "count", "count", "count"),
    Quantity("errors", "errors", "count", "status"),
    *quantiles("time", "ms", "time"),
    *quantiles("size", "bytes", "size"),
    *quantiles("transfer", "bytes", "transfer"),
)

#: Sets of values that are compared, and the changes that they are.
_SETS: Final = {"statuses": "status", "mime_types": "mime", "types": "type"}

#: Rows with the key of their endpoint. A URL stays as it is named where both sides have it, and others that are folded
#: like it: two things are never made one. Ids are no names, unless they are few, and the same on both sides.
_KEYED: Final = f"""
    CREATE OR REPLACE TEMP TABLE keyed AS
    WITH names AS (
        SELECT method, folded, name, bool_or(side = 0) AND bool_or(side = 1) AS common, bool_and(by_ids) AS by_ids
        FROM raw GROUP BY ALL
    ), folds AS (
        SELECT method, folded, count(*) FILTER (common) AS common, count(*) AS names, bool_and(by_ids) AS by_ids
        FROM names GROUP BY ALL
    ), calls AS (
        SELECT method, folded, count(DISTINCT call) <= {_FEW_CALLS} AS few FROM raw WHERE call <> '' GROUP BY ALL
    ), apart AS (
        SELECT method, folded, name FROM names JOIN folds USING (method, folded)
        WHERE (names.common AND folds.common > 1
                AND (NOT folds.by_ids OR (folds.common = folds.names AND folds.names <= {_FEW_IDS})))
            OR (folds.names = 1 AND NOT folds.by_ids)
    )
    SELECT raw.* EXCLUDE (operation), raw.operation AS called,
        CASE WHEN apart.name IS NULL THEN raw.folded ELSE raw.name END AS url,
        CASE WHEN operation <> '' THEN operation WHEN calls.few THEN call ELSE '' END AS operation
    FROM raw LEFT JOIN apart USING (method, folded, name) LEFT JOIN calls USING (method, folded)
"""

_KEY: Final = "method, url, operation"


def _quantiles(column: str) -> str:
    return f"""
        SELECT {_KEY}, side, run, quantile_disc({column}, [0.5, 0.9]) AS quantiles, max({column}) AS most
        FROM keyed GROUP BY ALL
    """


_QUANTILES: Final = ("time", "size", "transfer")

_RUNS: Final = f"""
    WITH counted AS (
        SELECT {_KEY}, side, run, count(*) AS count, count(*) FILTER (failed) AS errors,
            list(DISTINCT status) AS statuses, list(DISTINCT media_type) AS mime_types, list(DISTINCT type) AS types,
            min(position * (1::BIGINT << 32) + ordinal) AS example
        FROM keyed GROUP BY ALL
    )
    SELECT counted.*, {
    ", ".join(
        f"{name}_quantiles.quantiles[1] AS {name}_p50, {name}_quantiles.quantiles[2] AS {name}_p90, "
        f"{name}_quantiles.most AS {name}_max"
        for name in _QUANTILES
    )
}
    FROM counted {" ".join(f"JOIN {name}_quantiles USING ({_KEY}, side, run)" for name in _QUANTILES)}
"""

#: Which endpoint each name and operation belongs to.
_CALLED: Final = "SELECT DISTINCT method, name, folded, call, called, url, operation FROM keyed"

#: The names that were folded into each endpoint, without those that are all there is of it.
_NAMES: Final = f"""
    SELECT {_KEY}, count(DISTINCT name) AS name_count, list_sort(list(DISTINCT name))[:{_LISTED_NAMES}] AS names
    FROM keyed GROUP BY ALL HAVING count(DISTINCT name) > 1 OR any_value(name) <> url
"""


def _side_sql(side: int, runs: int) -> str:
    """SQL for the rows of one side: values that all runs have, and those that any has."""
    sets = ", ".join(
        f"list_sort(list_distinct(flatten(list({name})))) AS {name}, "
        f"list_sort(list_reduce(list({name}), lambda one, other: list_intersect(one, other))) AS always_{name}"
        for name in _SETS
    )
    return f"""
        SELECT {_KEY}, count(*) AS runs, min(example) AS example, {sets}, {side_columns(NUMBERS, runs)}
        FROM runs WHERE side = {side} GROUP BY ALL
    """


def _endpoints_sql(options: ComparisonOptions, runs: tuple[int, int]) -> str:
    numbers = ", ".join(
        f"matched AND {is_changed(number, options.thresholds) if number.change not in options.ignored else 'false'}"
        f" AS {number.column}_differs"
        for number in NUMBERS
    )
    flags: dict[str, list[str]] = {change: [] for change in CHANGES}
    for number in NUMBERS:
        flags[number.change].append(f"{number.column}_differs")
    for name, change in _SETS.items():
        flags[change].append(
            f"(matched AND (len(list_intersect(b.{name}, a.{name})) < len(b.{name})"
            f" OR len(list_intersect(a.always_{name}, b.{name})) < len(a.always_{name})))"
        )
    flags["type"] = [f"({flags['type'][0]} AND NOT {flags['mime'][0]})"]
    for change in ("body", "headers", "redirect"):
        flags[change] = [f"(matched AND coalesce(facts.{change}, false))"]
    columns = ", ".join(
        f"{' OR '.join(conditions) if conditions and change not in options.ignored else 'false'} AS changed_{change}"
        for change, conditions in flags.items()
    )
    return f"""
        WITH joined AS (
            SELECT coalesce(a.method, b.method) AS method, coalesce(a.url, b.url) AS url,
                coalesce(a.operation, b.operation) AS operation, a, b,
                a.method IS NOT NULL AND b.method IS NOT NULL AS matched,
                CASE WHEN {REMOVED.format(*runs)} THEN 'a' WHEN {ADDED.format(*runs)} THEN 'b' END AS only_in
            FROM ({_side_sql(0, runs[0])}) a FULL JOIN ({_side_sql(1, runs[1])}) b
            ON a.method = b.method AND a.url = b.url AND a.operation = b.operation
        ), numbers AS (SELECT *, {numbers} FROM joined)
        SELECT numbers.*, {columns} FROM numbers LEFT JOIN changed_facts facts USING ({_KEY})
    """


_CHANGED: Final = f"({' OR '.join(f'changed_{change}' for change in CHANGES)})"

_COUNTED: Final = {
    "added": "only_in = 'b'",
    "removed": "only_in = 'a'",
    "changed": _CHANGED,
    "same": f"matched AND NOT {_CHANGED}",
    "sporadic": "NOT matched AND only_in IS NULL",
    **{change: f"changed_{change}" for change in CHANGES},
}


def join_endpoints(
    database: duckdb.DuckDBPyConnection,
    spill: Spill,
    partition: int,
    options: ComparisonOptions,
    runs: tuple[int, int],
    facts: Spill | None = None,
) -> dict[str, pa.Table]:
    """Return tables ``endpoints`` and ``folded_names`` of a partition, of sides of so many runs; none without rows.

    They are in the database as well. There may be facts of the entries, in the same partitions.

    Rows have the columns ``side`` (0 or 1), ``run``, ``method``, ``name``, ``folded``, ``by_ids``, ``call`` and
    ``operation`` (empty where there is none), ``position`` (of the capture among those of the side), ``ordinal``,
    ``status``, ``failed``, ``time``, ``size``, ``transfer``, ``media_type`` and ``type``.
    """
    tables = _tables_sql(options, runs)
    for is_last in (False, True):
        rows = spill.partition(partition)
        if rows is None:
            return {}
        of_entries = None if facts is None else facts.partition(partition)
        database.register("rows", rows)
        database.register("facts", no_facts() if of_entries is None else of_entries)
        try:
            database.execute("CREATE OR REPLACE TEMP TABLE raw AS SELECT * EXCLUDE (partition) FROM rows")
            database.execute(_KEYED)
            database.execute("DROP TABLE raw")
            return {name: _registered(database, name, sql) for name, sql in tables.items()}
        except duckdb.OutOfMemoryException:
            if is_last:
                raise
            database.execute(f"SET memory_limit = '{_MORE_MEMORY}'")
    raise AssertionError


def _tables_sql(options: ComparisonOptions, runs: tuple[int, int]) -> dict[str, str]:
    """SQL for the tables that become the endpoints, in order."""
    return {
        **{f"{column}_quantiles": _quantiles(column) for column in _QUANTILES},
        "runs": _RUNS,
        "folded_names": _NAMES,
        "called": _CALLED,
        "details": DETAILS,
        "changed_facts": CHANGED,
        "endpoints": _endpoints_sql(options, runs),
    }


def _registered(database: duckdb.DuckDBPyConnection, name: str, sql: str) -> pa.Table:
    """Return what a query yields, and name it: as Arrow columns, for DuckDB holds 256 KiB for each of a table."""
    found = database.execute(sql).to_arrow_table()
    found = found.append_column("number", pa.array(range(len(found)), pa.int32()))
    database.register(name, found)
    return found


def add_endpoints(
    database: duckdb.DuckDBPyConnection,
    tables: Mapping[str, pa.Table],
    differences: Differences,
    captures: Sequence[Sequence[uuid.UUID]],
    options: ComparisonOptions,
) -> None:
    """Add what :func:`join_endpoints` returned to what differs; ``captures`` are those of both sides, by position."""
    columns = ", ".join(f"count(*) FILTER ({condition})" for condition in _COUNTED.values())
    counts = database.execute(f"SELECT {columns} FROM endpoints").fetchall()[0]
    for name, count in zip(_COUNTED, counts, strict=True):
        setattr(differences.counts, name, getattr(differences.counts, name) + count)
    lists = [(getattr(differences, name), _COUNTED[name]) for name in ("added", "removed", "changed")]
    if options.shows_folded:
        ((count,),) = database.execute("SELECT count(*) FROM folded_names").fetchall()
        differences.folded_count += count
        lists.append((differences.folded, "folded_names.number IS NOT NULL"))
    for listed, condition in lists:
        listed += (_endpoint(row, captures) for row in _rows(database, tables, condition, options.limit))
        listed.sort(key=lambda endpoint: (endpoint.url, endpoint.method, endpoint.operation or ""))
        del listed[options.limit :]


def _rows(
    database: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table], condition: str, limit: int
) -> list[dict[str, Any]]:
    # Only what tells rows apart is sorted: of a hundred columns, that would exceed the memory.
    found = database.execute(
        f"""
        SELECT endpoints.number, folded_names.number FROM endpoints LEFT JOIN folded_names USING ({_KEY})
        WHERE {condition} ORDER BY url, method, operation LIMIT ?
        """,
        [limit],
    ).fetchall()
    numbers = pa.array([number for number, _ in found], pa.int32())
    rows: list[dict[str, Any]] = tables["endpoints"].take(numbers).to_pylist()
    names = tables["folded_names"].select(["names", "name_count"])
    for row, (_, number) in zip(rows, found, strict=True):
        row |= {"names": [], "name_count": 0} if number is None else names.slice(number, 1).to_pylist()[0]
        row["details"], row["detail_count"] = details_of(database, row) if len(tables["details"]) else ([], 0)
    return rows


def _endpoint(row: dict[str, Any], captures: Sequence[Sequence[uuid.UUID]]) -> Endpoint:
    return Endpoint(
        row["method"],
        row["url"],
        [change for change in CHANGES if row[f"changed_{change}"]],
        _side(row["a"], captures[0]),
        _side(row["b"], captures[1]),
        row["operation"] or None,
        measures(NUMBERS, row),
        row["details"],
        row["detail_count"],
        row["names"],
        row["name_count"],
    )


def _side(values: dict[str, Any] | None, captures: Sequence[uuid.UUID]) -> Side | None:
    if values is None or values["example"] is None:
        return None
    example = values["example"]
    entry = entry_id(captures[example >> 32], example & 0xFFFF_FFFF)
    statuses, mime_types, types = (values[name][:_LISTED_VALUES] for name in _SETS)
    return Side(
        values["count"],
        statuses,
        values["size_p50"],
        values["time_p50"],
        [value or None for value in mime_types],
        str(entry),
        types,
        values["runs"],
    )
