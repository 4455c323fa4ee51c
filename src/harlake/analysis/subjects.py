"""What two sides add up to: all entries, hosts, third parties and pages, from rows that come a batch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from functools import lru_cache
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from harlake.analysis.comparison_options import ComparisonOptions
from harlake.analysis.endpoint_keys import EndpointKeys
from harlake.analysis.endpoints import Change, Differences, Measure, Subject, Subjects
from harlake.analysis.measures import ADDED, REMOVED, Quantity, is_changed, measures, quantiles, side_columns
from harlake.analysis.parties import registrable_domain
from harlake.store.catalog import Capture
from harlake.store.index import Index

_BYTES: Final = (
    Quantity("content_bytes", "contentBytes", "bytes", "size"),
    Quantity("transfer_bytes", "transferBytes", "bytes", "transfer"),
)
_COUNTS: Final = (
    Quantity("count", "count", "count", "count"),
    Quantity("errors", "errors", "count", "status"),
)
_OF_HOSTS: Final = (*_COUNTS, *_BYTES)
_OF_PAGES: Final = (
    Quantity("count", "count", "count", "count"),
    *quantiles("onLoad", "ms", "time"),
    *quantiles("onContentLoad", "ms", "time"),
)

#: Hosts of which the domains are found at a time.
_HOSTS_AT_ONCE: Final = 10_000

_TABLES: Final = """
    CREATE TABLE hosts (side INTEGER, run INTEGER, host VARCHAR, domain VARCHAR, count BIGINT, errors BIGINT,
        content_bytes DOUBLE, transfer_bytes DOUBLE);
    CREATE TABLE pages (side INTEGER, run INTEGER, name VARCHAR, id VARCHAR, on_load DOUBLE, on_content_load DOUBLE);
"""

_ADD_HOSTS: Final = """
    INSERT INTO hosts SELECT side, run, host, '', count(*), count(*) FILTER (failed), coalesce(sum(size), 0),
        coalesce(sum(transfer), 0) FROM rows GROUP BY side, run, host
"""


def _totals(name: str) -> str:
    """SQL for hosts' numbers by run, and by a name."""
    sums = ", ".join(f"sum({number.column})::DOUBLE AS {number.column}" for number in _OF_HOSTS)
    return f"SELECT side, run, {name} AS name, {sums} FROM hosts GROUP BY ALL"


def _page_column(name: str, column: str) -> str:
    parts = (f"quantile_disc({column}, 0.5)", f"quantile_disc({column}, 0.9)", f"max({column})")
    return ", ".join(f"{sql} AS {name}_{part}" for sql, part in zip(parts, ("p50", "p90", "max"), strict=True))


#: Pages have the names of the other side's where these are the only ones left: titles may have numbers in them.
_PAGES: Final = f"""
    WITH sides AS (
        SELECT name, bool_or(side = 0) AND bool_or(side = 1) AS common, bool_or(side = 1) AS later
        FROM pages GROUP BY name
    ), left_over AS (
        SELECT DISTINCT pages.id, pages.name, later FROM pages JOIN sides USING (name) WHERE NOT common
    ), twins AS (
        SELECT id, min(name) FILTER (NOT later) AS old, min(name) FILTER (later) AS new FROM left_over GROUP BY id
        HAVING count(*) FILTER (later) = 1 AND count(*) FILTER (NOT later) = 1
    )
    SELECT side, run, coalesce(twins.old, pages.name) AS name, count(*)::DOUBLE AS count,
        {_page_column("onLoad", "on_load")}, {_page_column("onContentLoad", "on_content_load")}
    FROM pages LEFT JOIN twins ON pages.name = twins.new AND pages.id = twins.id GROUP BY ALL
"""


class SubjectTables:
    """Tables of hosts and pages in a database, with the runs that have them."""

    def __init__(self, database: duckdb.DuckDBPyConnection, options: ComparisonOptions) -> None:
        self._database = database
        self._options = options
        self._domain = lru_cache(maxsize=4_096)(registrable_domain)
        #: By side and run, the host of the first document, and that of the first entry.
        self._first: dict[tuple[int, int], tuple[str | None, str]] = {}
        database.execute(_TABLES)

    def add_entries(self, rows: pa.Table) -> None:
        """Add entries of one run, in stored order."""
        if not len(rows):
            return
        key = rows["side"][0].as_py(), rows["run"][0].as_py()
        document, first = self._first.get(key, (None, rows["host"][0].as_py()))
        if document is None:
            at = pc.index(rows["type"], "document").as_py()
            document = rows["host"][at].as_py() if at >= 0 else None
        self._first[key] = document, first
        self._database.register("rows", rows)
        self._database.execute(_ADD_HOSTS)
        self._database.unregister("rows")

    def add_pages(self, index: Index, captures: Sequence[Capture], keys: EndpointKeys, side: int, run: int) -> None:
        """Add the pages of one run."""
        sql = """
            SELECT coalesce(title, '') AS title, coalesce(id, '') AS id,
                CASE WHEN on_load >= 0 THEN on_load END AS load,
                CASE WHEN on_content_load >= 0 THEN on_content_load END AS content_load
            FROM pages ORDER BY position, number
        """
        with index.question(captures, ("pages",)) as question:
            for batch in question.batches(sql):
                names = pa.array([_page_name(title, keys) for title in batch["title"].to_pylist()], pa.string())
                self._database.register("rows", pa.Table.from_batches([batch]).append_column("name", names))
                insert = (
                    "INSERT INTO pages SELECT ?, ?, coalesce(nullif(name, ''), id), id, load, content_load FROM rows"
                )
                self._database.execute(insert, [side, run])
                self._database.unregister("rows")

    def compare(self, differences: Differences, runs: tuple[int, int]) -> None:
        """Add to differences what has changed, of sides of so many runs."""
        self._add_domains()
        own = sorted({self._domain(document or first) for document, first in self._first.values()})
        all_entries = self._joined(_totals("''"), _OF_HOSTS, runs, limit=1, changed_only=False)
        differences.totals = all_entries[0].measures if all_entries else []
        third = self._domains_but(own)
        for name, sql, numbers, subjects in (
            ("hosts", f"SELECT * FROM ({_totals('host')}) WHERE name <> ''", _OF_HOSTS, differences.hosts),
            (
                "third-parties",
                f"SELECT * FROM ({_totals('domain')}) WHERE {third}",
                _OF_HOSTS,
                differences.third_parties,
            ),
            ("pages", _PAGES, _OF_PAGES, differences.pages),
        ):
            if name not in self._options.ignored:
                self._compare(sql, numbers, runs, subjects)

    def _add_domains(self) -> None:
        self._database.execute("CREATE TABLE domains (host VARCHAR, domain VARCHAR)")
        with closing(self._database.cursor()) as reading:  # what else is executed ends the answer of a connection
            reading.execute("SELECT DISTINCT host FROM hosts")
            while rows := reading.fetchmany(_HOSTS_AT_ONCE):
                hosts = [host for (host,) in rows]
                found = pa.table({"host": hosts, "domain": [self._domain(host) for host in hosts]})
                self._database.register("found", found)
                self._database.execute("INSERT INTO domains SELECT host, domain FROM found")
                self._database.unregister("found")
        self._database.execute("UPDATE hosts SET domain = domains.domain FROM domains WHERE hosts.host = domains.host")

    def _domains_but(self, own: Sequence[str]) -> str:
        self._database.execute("CREATE TABLE own (domain VARCHAR)")
        if own:
            self._database.executemany("INSERT INTO own VALUES (?)", [[one] for one in own])
        return "name <> '' AND name NOT IN (SELECT domain FROM own)"

    def _compare(self, sql: str, numbers: Sequence[Quantity], runs: tuple[int, int], subjects: Subjects) -> None:
        subjects.listed = self._joined(sql, numbers, runs, self._options.limit)
        counts = self._database.execute("SELECT change, count(*) FROM subjects GROUP BY change").fetchall()
        subjects.counts |= dict(counts)

    def _joined(
        self, sql: str, numbers: Sequence[Quantity], runs: tuple[int, int], limit: int, *, changed_only: bool = True
    ) -> list[Subject]:
        """Make a table ``subjects`` of rows by run, and return the first of those that have changed."""
        thresholds = self._options.thresholds
        flags = ", ".join(
            f"a.name IS NOT NULL AND b.name IS NOT NULL AND "
            f"{is_changed(number, thresholds) if number.change not in self._options.ignored else 'false'}"
            f" AS {number.column}_differs"
            for number in numbers
        )
        differs = " OR ".join(f"{number.column}_differs" for number in numbers)
        sides = [
            f"(SELECT name, count(*) AS runs, {side_columns(numbers, of_side)}"
            f" FROM by_run WHERE side = {side} GROUP BY name)"
            for side, of_side in enumerate(runs)
        ]
        self._database.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE subjects AS
            WITH by_run AS MATERIALIZED ({sql}), joined AS (
                SELECT coalesce(a.name, b.name) AS name, a, b, {flags},
                    {REMOVED.format(*runs)} AS removed, {ADDED.format(*runs)} AS added
                FROM {sides[0]} a FULL JOIN {sides[1]} b ON a.name = b.name
            )
            SELECT *, CASE WHEN added THEN 'added' WHEN removed THEN 'removed'
                WHEN a IS NULL OR b IS NULL THEN 'sporadic' WHEN {differs} THEN 'changed' ELSE 'same' END AS change
            FROM joined
            """
        )
        where = "WHERE change IN ('added', 'removed', 'changed')" if changed_only else ""
        found = self._database.execute(f"SELECT * FROM subjects {where} ORDER BY name LIMIT ?", [limit])
        columns = [column[0] for column in found.description or ()]
        rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
        return [_subject(row, numbers) for row in rows]


def _subject(row: dict[str, Any], numbers: Sequence[Quantity]) -> Subject:
    change: Change = row["change"]
    found: list[Measure] = measures(numbers, row)
    return Subject(row["name"], change, found)


def _page_name(title: str, keys: EndpointKeys) -> str:
    """Return what a page is called on both sides: a title that is a URL is folded."""
    return keys.key(title).folded if "://" in title[:40] else title.strip()
