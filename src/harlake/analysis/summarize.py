"""Sums, percentiles and a histogram of a session's entries.

Strategy: DuckDB groups by what is a text, and says which hosts are the largest; then everything that is a number is
read once, a slice of rows at a time, and summed up by NumPy. So a filter is evaluated three times, however much is
asked, others have their turn in between, and nothing depends on how many entries, hosts or media types there are.

Rules:

* What is negative or NULL is unknown, and counts nowhere.
* Percentiles are within 2 % (:mod:`harlake.analysis.quantiles`), maxima exact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from harlake.analysis.accumulator import MAX_SUM, SIZES, TIMES, Accumulator
from harlake.analysis.histogram import Buckets, TimeSpan
from harlake.analysis.results import Bucket, EntrySummary, Groups, Histogram, HostTotals, PageTimes, Statistics, Totals
from harlake.pipeline.background import BackgroundWorker
from harlake.query.batches import Batch, batches
from harlake.query.filters import HOST, MEDIA_TYPE, Filter
from harlake.query.pagination import RowKey, has_ordinal, in_captures
from harlake.store.catalog import Capture, Catalog
from harlake.store.ids import entry_id
from harlake.store.timestamps import ISO_FORMAT

#: Rows of each list that is cut; the rest is counted.
LISTED: Final = 100

#: Rows that are read at a time, of some 90 bytes each.
_SLICE: Final = 65_536

#: Statuses by their first digit, as the filter names them: 0 is no response.
_STATUS_CLASS: Final = """
    CASE WHEN coalesce(status, 0) <= 0 THEN '0' WHEN status BETWEEN 100 AND 999 THEN status // 100 || 'xx'
    ELSE 'other' END
"""

#: Lists of groups, by what entries have in common.
_GROUPED: Final = {"types": "type", "statuses": _STATUS_CLASS, "methods": "method", "mimeTypes": MEDIA_TYPE}

#: Sums of groups over the cells that they consist of.
_ADDED: Final = f"""
    sum(count)::BIGINT AS count, coalesce(sum(count) FILTER (failed), 0)::BIGINT AS errors,
    least(coalesce(sum(content_bytes), 0), {MAX_SUM})::BIGINT AS content_bytes,
    least(coalesce(sum(transfer_bytes), 0), {MAX_SUM})::BIGINT AS transfer_bytes
"""

_NUMBERS: Final = ", ".join(
    [
        *(f"coalesce({column}, -1) AS {name}" for name, column in TIMES.items()),
        *(f"coalesce({column}, -1) AS {column}" for column in SIZES),
    ]
)


def summarize(catalog: Catalog, captures: Sequence[Capture], entry_filter: Filter) -> Statistics:
    """Sum up those entries of some captures that pass a filter."""
    return _Question(catalog, captures, entry_filter).answer()


@dataclass(frozen=True, slots=True)
class _Page:
    """A page: the hash of its capture and its id, and what is told of it."""

    hash: int | None
    told: tuple[str | None, str | None, str | None, float | None, float | None]


class _Question:
    """Those entries of some captures that pass a filter."""

    def __init__(self, catalog: Catalog, captures: Sequence[Capture], entry_filter: Filter) -> None:
        self._catalog = catalog
        self._captures = captures
        self._filter = entry_filter
        self._ids = [capture.id for capture in captures]
        self._where = entry_filter.where(in_captures(self._ids))

    def answer(self) -> Statistics:
        hosts, host_count, span = self._hosts()
        pages, page_count = self._pages()
        bars = span.bars()
        summary = Accumulator([code for _, code in hosts], {page.hash for page in pages}, bars)
        with closing(BackgroundWorker("statistics")) as behind:
            for some in batches(self._captures, _SLICE):
                behind.submit(summary.add, self._slice(some))
            groups = self._groups()
            behind.wait()
        slowest, largest, failures = self._shown(summary.slowest, summary.largest, summary.failures)
        return Statistics(
            _sums(summary, None),
            summary.bytes("request_size"),
            span.first,
            span.last,
            summary.times(),
            [HostTotals(_sums(summary, name, number), summary.times(number)) for number, (name, _) in enumerate(hosts)],
            host_count,
            groups,
            Histogram(bars.width // 1_000, self._bars(summary, bars)),
            slowest,
            largest,
            failures,
            [PageTimes(*page.told, summary.of_page(page.hash)) for page in pages],
            page_count,
        )

    def _hosts(self) -> tuple[list[tuple[str | None, int]], int, TimeSpan]:
        """Return the largest hosts with their hashes, how many hosts there are, and when entries started."""
        rows = self._rows(
            f"""
            SELECT {HOST}, code, count(*) OVER (),
                strftime(min(first) OVER (), {ISO_FORMAT}), strftime(max(last) OVER (), {ISO_FORMAT}),
                epoch_us(min(first) OVER ()), epoch_us(max(last) OVER ())
            FROM (
                SELECT host, hash(host) AS code, count(*) AS count, min(started_at) AS first, max(started_at) AS last
                FROM entries WHERE {self._where.sql} GROUP BY host
            )
            ORDER BY count DESC, {HOST} NULLS LAST LIMIT {LISTED}
            """
        )
        if not rows:
            return [], 0, TimeSpan(None, None, None, None)
        return [(host, code) for host, code, *_ in rows], rows[0][2], TimeSpan(*rows[0][3:])

    def _groups(self) -> dict[str, Groups]:
        """Return the largest groups of each list."""
        listed = " UNION ALL ".join(
            f"SELECT '{one}' AS list, {name} AS name, {_ADDED} FROM cells GROUP BY name"
            for one, name in _GROUPED.items()
        )
        rows = self._rows(
            f"""
            WITH cells AS MATERIALIZED (
                SELECT any_value(type) AS type, any_value(status) AS status, any_value(method) AS method,
                    any_value(media_type) AS media_type, any_value(failed) AS failed, count(*) AS count,
                    sum(content_size) FILTER (content_size >= 0) AS content_bytes,
                    sum(transfer_size) FILTER (transfer_size >= 0) AS transfer_bytes
                FROM entries WHERE {self._where.sql} GROUP BY hash(type, status, method, media_type, failed)
            ), groups AS ({listed})
            SELECT *, count(*) OVER (PARTITION BY list) FROM groups
            QUALIFY row_number() OVER (PARTITION BY list ORDER BY count DESC, name NULLS LAST) <= {LISTED}
            ORDER BY list, count DESC, name NULLS LAST
            """
        )
        found = {one: Groups([], 0) for one in _GROUPED}
        for one, *sums, of in rows:
            found[one] = Groups([*found[one].listed, Totals(*sums)], of)
        return found

    def _pages(self) -> tuple[list[_Page], int]:
        """Return the first pages, in stored order, and how many there are."""
        where = in_captures(self._ids)
        rows = self._catalog.rows(
            f"""
            SELECT count(*) OVER (), {_page_hash("p.capture", "p.id")}, p.id, p.title,
                strftime(p.started_at, {ISO_FORMAT}),
                CASE WHEN on_content_load >= 0 THEN on_content_load END, CASE WHEN on_load >= 0 THEN on_load END
            FROM pages p JOIN captures c ON c.id = p.capture WHERE {where.sql}
            ORDER BY c.created_at, c.id, p.number LIMIT {LISTED}
            """,
            where.parameters,
        )
        return [_Page(code, tuple(told)) for _, code, *told in rows], rows[0][0] if rows else 0

    def _slice(self, some: Batch) -> pa.Table:
        """Read some rows, as :meth:`Summary.add` takes them."""
        where = self._filter.where(some.where)
        return self._catalog.table(
            f"""
            SELECT {some.position.sql}::INTEGER AS position, ordinal, hash(host) AS host,
                {_page_hash("capture", "page_ref")} AS page, failed::UTINYINT AS failed, started_at AS started,
                {_NUMBERS}
            FROM entries WHERE {where.sql} {some.order}
            """,
            [*some.position.parameters, *where.parameters],
        )

    def _shown(self, *lists: Sequence[RowKey]) -> list[list[EntrySummary]]:
        """Return what is shown of entries, for each list of keys."""
        ordinals: dict[int, set[int]] = defaultdict(set)
        for key in (key for keys in lists for key in keys):
            ordinals[key.position].add(key.ordinal)
        found: dict[tuple[int, int], EntrySummary] = {}
        for position, some in ordinals.items():
            capture = self._ids[position]
            rows = self._catalog.rows(
                f"""
                SELECT ordinal, method, url, status, time_ms, content_size, type, error
                FROM entries WHERE capture = ? AND {has_ordinal(sorted(some))}
                """,
                [capture],
            )
            found |= {(position, row[0]): EntrySummary(str(entry_id(capture, row[0])), *row[1:]) for row in rows}
        # Entries whose session is removed meanwhile are not there any more.
        places = [[(key.position, key.ordinal) for key in keys] for keys in lists]
        return [[found[place] for place in some if place in found] for some in places]

    def _bars(self, summary: Accumulator, bars: Buckets) -> list[Bucket]:
        """Return bars with their starts, which DuckDB writes: Python knows no year after 9999."""
        starts = self._catalog.rows(
            f"SELECT strftime(make_timestamptz(bar * {bars.width}), {ISO_FORMAT}) FROM range(?, ?) every(bar)",
            [bars.first, bars.first + bars.count],
        )
        return [Bucket(start, *counts) for (start,), counts in zip(starts, summary.bars(), strict=True)]

    def _rows(self, sql: str) -> list[Any]:
        return self._catalog.rows(sql, self._where.parameters)


def _page_hash(capture: str, page: str) -> str:
    """SQL for what identifies a page; entries without one are not those of a page without an id."""
    return f"CASE WHEN {page} IS NOT NULL THEN hash({capture}, {page}) END"


def _sums(summary: Accumulator, name: str | None, host: int | None = None) -> Totals:
    return Totals(
        name, *summary.counts(host), summary.bytes("content_size", host), summary.bytes("transfer_size", host)
    )
