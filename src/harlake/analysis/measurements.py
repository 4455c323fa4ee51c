"""Metrics of captures, measured in the index; headers, in the entries themselves.

Strategy: each rule is a question of its own over all entries that it is about. A percentile is the entry at its rank in
sorted order, as ``quantile_disc`` has it; DuckDB sorts on the disk what it cannot in memory, so that it is exact
however many entries there are.

Rules:

* What is negative or NULL is unknown. A sum of which nothing is known, and a statistic of nothing, is None.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from harlake.analysis.budget import Budget, BudgetRule
from harlake.analysis.header_check import lacks_headers
from harlake.analysis.metrics import COUNTS, Metric
from harlake.analysis.parties import registrable_domain
from harlake.query.conditions import HOST, Condition
from harlake.query.filters import Filter, parse_filter
from harlake.query.frames import FrameEntry, entries_in_frame, filtered_frames
from harlake.store.catalog import Capture
from harlake.store.data_dir import DataDir
from harlake.store.ids import entry_id
from harlake.store.index import Index

#: Entries that are listed of what is forbidden; all are counted.
_LISTED: Final = 10

#: Totals of absurd sizes stop here.
_MAX_TOTAL: Final = 2**53

#: The first document, of whose host the first party is.
_FIRST_DOCUMENT: Final = "SELECT url, host FROM entries WHERE type = 'document' AND host <> '' ORDER BY row LIMIT 1"


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """An entry that should not be there, or should be otherwise."""

    id: str
    method: str | None
    url: str
    status: int | None


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured by one rule: ``value`` is None where nothing is known, ``of`` how many it is about.

    ``unknown`` is how many of them do not tell.
    """

    value: float | None
    of: int = 0
    unknown: int = 0
    entries: list[FoundEntry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MainDocument:
    """The first document of captures, and the globs of the domain that it is in."""

    url: str | None = None
    hosts: tuple[str, ...] = ()


def main_document(index: Index, captures: Sequence[Capture]) -> MainDocument:
    """Return the first document of captures; whose domain its host is in is the first party."""
    for url, host in index.rows(captures, _FIRST_DOCUMENT):
        domain = registrable_domain(host)
        return MainDocument(url, (domain, f"*.{domain}"))
    return MainDocument()


class Measurer:
    """Measures what the rules of a budget are about, in captures."""

    def __init__(
        self,
        data_dir: DataDir,
        captures: Sequence[Capture],
        budget: Budget,
        entry_filter: Filter,
        document: MainDocument,
    ) -> None:
        self._data_dir = data_dir
        self._captures = captures
        self._filter = entry_filter
        self._first_party = tuple(budget.first_party) if budget.first_party is not None else document.hosts

    def measure(self, rule: BudgetRule) -> Measurement:
        """Return what a rule is about."""
        if rule.metric is None or (rule.third_party is not None and not self._first_party):
            return Measurement(None)
        if rule.metric.of_pages:
            return self._of_pages(rule.metric, rule.page)
        entry_filter = self._entries_of(rule)
        if rule.headers:
            return self._without_headers(rule, entry_filter)
        if rule.metric.column is None:
            return self._count(rule, entry_filter)
        return self._statistic(rule.metric, "entries", entry_filter.where())

    def _entries_of(self, rule: BudgetRule) -> Filter:
        conditions = (*self._filter.conditions, *rule.entry_filter.conditions)
        if rule.third_party is not None:
            sign = "!" if rule.third_party else ""
            parties = parse_filter(("host", f"{sign}{glob}") for glob in self._first_party)
            conditions = (*conditions, Condition(f"{HOST} IS NOT NULL"), *parties.conditions)
        return Filter(conditions)

    def _count(self, rule: BudgetRule, entry_filter: Filter) -> Measurement:
        assert rule.metric is not None
        where = entry_filter.where()
        ((value, of),) = self._rows(
            f"SELECT {COUNTS[rule.metric.name]}, count(*) FROM entries WHERE {where.sql}", where.parameters
        )
        found: list[FoundEntry] = []
        if rule.lists_entries and value:
            rows = self._rows(
                f"""
                SELECT position, ordinal, method, url, status FROM entries WHERE {where.sql} ORDER BY row
                LIMIT {_LISTED}
                """,
                where.parameters,
            )
            found = [FoundEntry(self._id(at, ordinal), *columns) for at, ordinal, *columns in rows]
        return Measurement(float(value), of, 0, found)

    def _of_pages(self, metric: Metric, pages: Sequence[str]) -> Measurement:
        where = Condition(f"id IN ({', '.join('?' * len(pages))})", tuple(pages)) if pages else Condition("true")
        return self._statistic(metric, "pages", where)

    def _statistic(self, metric: Metric, table: str, where: Condition) -> Measurement:
        known = f"{metric.column} >= 0 AND isfinite({metric.column}::DOUBLE)"
        computed = f"{metric.word}({metric.column}) FILTER ({known})" if metric.word else "NULL"
        ((value, of, count),) = self._rows(
            f"SELECT {computed}, count(*), count(*) FILTER ({known}) FROM {table} WHERE {where.sql}",
            where.parameters,
            table,
        )
        if metric.word == "sum" and not of:
            return Measurement(0.0)  # of no entries, that is known
        if metric.share is not None and count:
            rank = max(math.ceil(count * metric.share), 1)
            ((value,),) = self._rows(
                f"""
                SELECT {metric.column} FROM {table} WHERE {where.sql} AND {known}
                ORDER BY {metric.column} LIMIT 1 OFFSET {rank - 1:d}
                """,
                where.parameters,
                table,
            )
        return Measurement(None if value is None else min(float(value), _MAX_TOTAL), of, of - count)

    def _without_headers(self, rule: BudgetRule, entry_filter: Filter) -> Measurement:
        """Count entries that lack a header, by reading them all."""
        count = of = 0
        found: list[FoundEntry] = []
        for lacks, capture, row in self._read(rule, entry_filter):
            of += 1
            count += lacks
            if lacks and len(found) < _LISTED:
                found.append(FoundEntry(str(entry_id(capture.id, row.ordinal)), row.method, row.url, row.status))
        return Measurement(float(count), of, 0, found)

    def _read(self, rule: BudgetRule, entry_filter: Filter) -> Iterator[tuple[bool, Capture, FrameEntry]]:
        for capture, file, frame in filtered_frames(self._data_dir.index, self._captures, entry_filter):
            with self._data_dir.captures.open(capture.id) as stored:
                text = stored.text(frame)
            for row in entries_in_frame(self._data_dir.index, capture, file, frame, entry_filter):
                entry = text[row.start : row.start + row.length]
                yield lacks_headers(entry, rule.of, rule.headers), capture, row

    def _id(self, position: int, ordinal: int) -> str:
        return str(entry_id(self._captures[position].id, ordinal))

    def _rows(self, sql: str, parameters: Sequence[object] = (), table: str = "entries") -> list[Any]:
        return self._data_dir.index.rows(self._captures, sql, parameters, tables=[table])
