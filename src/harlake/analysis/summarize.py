"""Totals, percentiles and a histogram of a session's entries.

Strategy: DuckDB groups by what is a text, and says which hosts are the largest; then everything that is a number is
read once, a batch of rows at a time, and summed up by NumPy. So a filter is evaluated three times, however much is
asked, and nothing depends on how many entries, hosts or media types there are.

Rules:

* What is negative or NULL is unknown, and counts nowhere.
* Percentiles are exact up to 100,000 entries, and within 1 % above (:mod:`harlake.analysis.quantiles`), maxima always.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from harlake.analysis.accumulator import MAX_TOTAL, SIZES, TIMES, Accumulator
from harlake.analysis.histogram import TimeAxis, TimeSpan
from harlake.analysis.results import Bucket, EntrySummary, Groups, Histogram, HostTotals, PageTimes, Statistics, Totals
from harlake.pipeline.background import BackgroundWorker
from harlake.query.batches import Batch, batches
from harlake.query.conditions import HOST, MEDIA_TYPE
from harlake.query.filters import Filter
from harlake.query.lookups import lookups
from harlake.query.pagination import RowKey
from harlake.store.catalog import Capture
from harlake.store.ids import entry_id
from harlake.store.index import Index
from harlake.store.index_files import ROWS_PER_GROUP
from harlake.store.timestamps import ISO_FORMAT

#: Rows of each list that is cut; the rest is counted.
LISTED: Final = 100

#: Rows that are read at a time, of some 90 bytes each: whole row groups, for what a batch needs of one is read anyway.
_BATCH_ROWS: Final = 6 * ROWS_PER_GROUP

#: Statuses by their first digit, as the filter names them: 0 is no response.
_STATUS_CLASS: Final = """
    CASE WHEN coalesce(status, 0) <= 0 THEN '0' WHEN status BETWEEN 100 AND 999 THEN status // 100 || 'xx'
    ELSE 'other' END
"""

#: What entries have in common, by the name of a list of groups.
_GROUPED_BY: Final = {"types": "type", "statuses": _STATUS_CLASS, "methods": "method", "mime_types": MEDIA_TYPE}

#: Totals of groups over the cells that they consist of.
_GROUP_TOTALS: Final = f"""
    sum(count)::BIGINT AS count, coalesce(sum(count) FILTER (failed), 0)::BIGINT AS errors,
    least(coalesce(sum(content_bytes), 0), {MAX_TOTAL})::BIGINT AS content_bytes,
    least(coalesce(sum(transfer_bytes), 0), {MAX_TOTAL})::BIGINT AS transfer_bytes
"""

_NUMBERS: Final = ", ".join(
    [
        *(f"coalesce({column}, -1) AS {name}" for name, column in TIMES.items()),
        *(f"coalesce({column}, -1) AS {column}" for column in SIZES),
    ]
)


def summarize(index: Index, captures: Sequence[Capture], entry_filter: Filter) -> Statistics:
    """Sum up those entries of captures that pass a filter."""
    return _Summarizer(index, captures, entry_filter).statistics()


@dataclass(frozen=True, slots=True)
class _Page:
    """A page: the hash of its capture and its id, and its members as :class:`PageTimes` has them."""

    hash: int | None
    members: tuple[str | None, str | None, str | None, float | None, float | None]


class _Summarizer:
    """Sums up those entries of captures that pass a filter."""

    def __init__(self, index: Index, captures: Sequence[Capture], entry_filter: Filter) -> None:
        self._index = index
        self._captures = captures
        self._filter = entry_filter
        self._where = entry_filter.where()

    def statistics(self) -> Statistics:
        hosts, host_count, span = self._hosts()
        pages, page_count = self._pages()
        axis = span.axis()
        rows = Accumulator([code for _, code in hosts], {page.hash for page in pages}, axis)
        with ThreadPoolExecutor(1, "statistics") as thread, closing(BackgroundWorker(thread)) as worker:
            for batch in batches(self._captures, _BATCH_ROWS):
                worker.submit(rows.add, self._rows(batch))
            groups = self._groups()
            worker.wait()
        slowest, largest, failures = self._entries(rows.slowest, rows.largest, rows.failures)
        return Statistics(
            _totals(rows, None),
            rows.bytes("request_size"),
            span.first,
            span.last,
            rows.times(),
            [HostTotals(_totals(rows, name, number), rows.times(number)) for number, (name, _) in enumerate(hosts)],
            host_count,
            groups,
            Histogram(axis.width // 1_000, self._buckets(rows, axis)),
            slowest,
            largest,
            failures,
            [PageTimes(*page.members, rows.of_page(page.hash)) for page in pages],
            page_count,
        )

    def _hosts(self) -> tuple[list[tuple[str | None, int]], int, TimeSpan]:
        """Return the largest hosts with their hashes, how many hosts there are, and when entries started."""
        rows = self._grouped(
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
            f"SELECT '{listing}' AS list, {name} AS name, {_GROUP_TOTALS} FROM cells GROUP BY name"
            for listing, name in _GROUPED_BY.items()
        )
        rows = self._grouped(
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
        groups = {listing: Groups([], 0) for listing in _GROUPED_BY}
        for listing, *totals, of in rows:
            groups[listing] = Groups([*groups[listing].listed, Totals(*totals)], of)
        return groups

    def _pages(self) -> tuple[list[_Page], int]:
        """Return the first pages, in stored order, and how many there are."""
        rows = self._index.rows(
            self._captures,
            f"""
            SELECT count(*) OVER (), {_page_hash("capture", "id")}, id, title, strftime(started_at, {ISO_FORMAT}),
                CASE WHEN on_content_load >= 0 THEN on_content_load END, CASE WHEN on_load >= 0 THEN on_load END
            FROM pages ORDER BY position, number LIMIT {LISTED}
            """,
            tables=["pages"],
        )
        return [_Page(code, tuple(members)) for _, code, *members in rows], rows[0][0] if rows else 0

    def _rows(self, batch: Batch) -> pa.Table:
        """Read rows, as :meth:`Accumulator.add` takes them."""
        where = self._filter.where(batch.where)
        return self._index.table(
            batch.captures,
            f"""
            SELECT ({batch.position})::INTEGER AS position, ordinal, hash(host) AS host,
                {_page_hash("capture", "page_ref")} AS page, failed::UTINYINT AS failed, started_at AS started,
                {_NUMBERS}
            FROM entries WHERE {where.sql} {batch.order}
            """,
            where.parameters,
            file=batch.file,
        )

    def _entries(self, *lists: Sequence[RowKey]) -> list[list[EntrySummary]]:
        """Return the entries of each list of keys."""
        ordinals: dict[int, set[int]] = defaultdict(set)
        for key in (key for keys in lists for key in keys):
            ordinals[key.position].add(key.ordinal)
        entries: dict[tuple[int, int], EntrySummary] = {}
        for lookup in lookups(self._captures, ordinals):
            rows = self._index.rows(
                lookup.captures,
                f"""
                SELECT position, ordinal, method, url, status, time_ms, content_size, type, error
                FROM entries WHERE {lookup.where}
                """,
                file=lookup.file,
            )
            for at, ordinal, *columns in rows:
                summary = EntrySummary(str(entry_id(lookup.captures[at].id, ordinal)), *columns)
                entries[lookup.positions[at], ordinal] = summary
        # Entries whose session is removed meanwhile are not there any more.
        at = [[(key.position, key.ordinal) for key in keys] for keys in lists]
        return [[entries[key] for key in keys if key in entries] for keys in at]

    def _buckets(self, rows: Accumulator, axis: TimeAxis) -> list[Bucket]:
        """Return buckets with their starts, which DuckDB writes: Python knows no year after 9999."""
        starts = self._index.rows(
            [],
            f"SELECT strftime(make_timestamptz(bucket * {axis.width}), {ISO_FORMAT}) FROM range(?, ?) every(bucket)",
            [axis.first, axis.first + axis.count],
        )
        return [Bucket(start, *counts) for (start,), counts in zip(starts, rows.buckets(), strict=True)]

    def _grouped(self, sql: str) -> list[Any]:
        return self._index.rows(self._captures, sql, self._where.parameters)


def _page_hash(capture: str, page: str) -> str:
    """SQL for what identifies a page; entries without one are not those of a page without an id."""
    return f"CASE WHEN {page} IS NOT NULL THEN hash({capture}, {page}) END"


def _totals(rows: Accumulator, name: str | None, host: int | None = None) -> Totals:
    return Totals(name, *rows.counts(host), rows.bytes("content_size", host), rows.bytes("transfer_size", host))
