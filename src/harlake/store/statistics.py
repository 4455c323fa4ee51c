"""Sums, percentiles and a histogram of a session's entries.

Strategy: DuckDB groups by what is a text, and says which hosts are the largest; then everything that is a number is
read once, a slice of rows at a time, and summed up by NumPy. So a filter is evaluated four times, however much is
asked, others have their turn in between, and nothing depends on how many entries, hosts or media types there are.

Rules:

* What is negative or NULL is unknown, and counts nowhere.
* Percentiles are within 1 % (:mod:`harlake.store.bins`), maxima exact.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from harlake.store.behind import Behind
from harlake.store.bins import Bins, Percentiles, Top
from harlake.store.catalog import ISO, Catalog, StoredCapture
from harlake.store.filters import FAILED, Condition, Filter
from harlake.store.ids import entry_id
from harlake.store.pages import Key, among, of_captures

#: Rows of each list that is cut; the rest is counted.
LISTED: Final = 100

#: Rows that are read at a time, of some 80 bytes each.
_SLICE: Final = 65_536

#: Rows of the lists of the slowest, the largest and the failed.
_SHOWN: Final = 10

#: About as many bars as a histogram has.
_BARS: Final = 60

_SECOND: Final = 1_000
_MINUTE: Final = 60 * _SECOND
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR

#: Milliseconds that a bar can stand for; beyond, days.
_WIDTHS: Final = (
    *(1, 2, 5, 10, 20, 50, 100, 200, 500),
    *(seconds * _SECOND for seconds in (1, 2, 5, 10, 15, 30)),
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 3, 6, 12)),
)

#: Sums of absurd sizes stop here.
_MAX_SUM: Final = 2**63 - 1

_SUMS: Final = """
    count(*) AS count, count(*) FILTER (failed) AS errors,
    coalesce(sum(content_size) FILTER (content_size >= 0), 0) AS content_bytes,
    coalesce(sum(transfer_size) FILTER (transfer_size >= 0), 0) AS transfer_bytes
"""
_SUMS_OF_SUMS: Final = f"""
    sum(count)::BIGINT AS count, sum(errors)::BIGINT AS errors,
    least(sum(content_bytes), {_MAX_SUM})::BIGINT AS content_bytes,
    least(sum(transfer_bytes), {_MAX_SUM})::BIGINT AS transfer_bytes
"""

#: Statuses by their first digit, as the filter names them: 0 is no response.
_STATUS_CLASS: Final = """
    CASE WHEN coalesce(status, 0) <= 0 THEN '0' WHEN status BETWEEN 100 AND 999 THEN status // 100 || 'xx'
    ELSE 'other' END
"""


@dataclass(frozen=True, slots=True)
class Sums:
    """Entries and bytes of all that have ``name`` in common; bytes of responses' bodies, and as transferred."""

    name: str | None
    count: int
    errors: int
    content_bytes: int
    transfer_bytes: int


@dataclass(frozen=True, slots=True)
class Groups:
    """The largest of the groups that entries fall into, by count, and how many groups there are."""

    listed: list[Sums]
    of: int


@dataclass(frozen=True, slots=True)
class Bar:
    """Entries that started within one interval of a histogram, from ``start`` on."""

    start: str
    count: int
    errors: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """Entries over time: one bar for each interval from the first to the last entry."""

    interval_ms: int
    buckets: list[Bar]


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a single entry; the URL as it is indexed."""

    id: str
    method: str | None
    url: str
    status: int | None
    time: float | None
    content_size: int | None
    type: str
    error: str | None


@dataclass(frozen=True, slots=True)
class PageTimes:
    """A page of a capture: when it began to load, when it had loaded in milliseconds, and how many entries it has."""

    id: str | None
    title: str | None
    started_date_time: str | None
    on_content_load: float | None
    on_load: float | None
    entries: int


@dataclass(frozen=True, slots=True)
class Host:
    """A host's sums and times."""

    sums: Sums
    times: dict[str, Percentiles]


@dataclass(frozen=True, slots=True)
class Measures:
    """What has been summed up over all entries; ``times`` by the names of :data:`TIMES`.

    ``hosts`` are the largest of ``host_count``.
    """

    sums: Sums
    request_bytes: int
    first_started: str | None
    last_started: str | None
    times: dict[str, Percentiles]
    hosts: list[Host]
    host_count: int
    histogram: Histogram
    slowest: list[Shown]
    largest: list[Shown]
    failures: list[Shown]


#: Measures in milliseconds, and their columns.
TIMES: Final = {"time": "time_ms", "wait": "wait_ms", "connect": "connect_ms"}

_SIZES: Final = ("content_size", "transfer_size", "request_size")

_NUMBERS: Final = ", ".join(
    [
        *(f"coalesce({column}, -1) AS {name}" for name, column in TIMES.items()),
        *(f"coalesce({column}, -1) AS {column}" for column in _SIZES),
    ]
)


class Measured:
    """Those entries of some captures that pass a filter."""

    def __init__(self, catalog: Catalog, captures: Sequence[StoredCapture], wanted: Filter) -> None:
        self._catalog = catalog
        self._captures = captures
        self._wanted = wanted
        self._ids = [capture.id for capture in captures]
        self._where = wanted.where(of_captures(self._ids))

    def kinds(self) -> dict[str, Groups]:
        """Return sums by ``type``, ``status`` class, ``method`` and ``media_type``."""
        rows = self._rows(
            f"""
            WITH cells AS MATERIALIZED (
                SELECT type, status, method, media_type, {_SUMS}
                FROM (SELECT *, {FAILED} AS failed FROM entries WHERE {self._where.sql}) GROUP BY ALL
            ), kinds AS (
                SELECT 'type' AS kind, type AS name, {_SUMS_OF_SUMS} FROM cells GROUP BY name
                UNION ALL SELECT 'status', {_STATUS_CLASS} AS name, {_SUMS_OF_SUMS} FROM cells GROUP BY name
                UNION ALL SELECT 'method', method, {_SUMS_OF_SUMS} FROM cells GROUP BY method
                UNION ALL SELECT 'media_type', media_type, {_SUMS_OF_SUMS} FROM cells GROUP BY media_type
            )
            SELECT *, count(*) OVER (PARTITION BY kind) FROM kinds
            QUALIFY row_number() OVER (PARTITION BY kind ORDER BY count DESC, name NULLS LAST) <= {LISTED}
            ORDER BY kind, count DESC, name NULLS LAST
            """
        )
        found = {kind: Groups([], 0) for kind in ("type", "status", "method", "media_type")}
        for kind, *sums, of in rows:
            found[kind] = Groups([*found[kind].listed, Sums(*sums)], of)
        return found

    def measures(self) -> Measures:
        """Return everything that is summed up by reading rows."""
        ((first, last, first_ms, last_ms),) = self._rows(
            f"""
            SELECT strftime(min(started_at), {ISO}), strftime(max(started_at), {ISO}),
                epoch_ms(min(started_at)), epoch_ms(max(started_at))
            FROM entries WHERE {self._where.sql} AND isfinite(started_at)
            """
        )
        hosts = self._rows(
            f"""
            SELECT host, hash(host), count(*) AS count, count(*) OVER () FROM entries WHERE {self._where.sql}
            GROUP BY host ORDER BY count DESC, host NULLS LAST LIMIT {LISTED}
            """
        )
        width = 0 if first_ms is None else bar_width(last_ms - first_ms)
        bars = range(first_ms // width, last_ms // width + 1) if width else range(0)
        summary = _Summary([code for _, code, *_ in hosts], bars)
        with closing(Behind("statistics")) as behind:
            for position, capture in enumerate(self._captures):
                for start in range(0, capture.imported, _SLICE):
                    behind.do(summary.add, position, self._slice(capture.id, start, width or 1))
            behind.wait()
        sums = [Sums(name, *summary.sums(number)) for number, (name, *_) in enumerate(hosts)]
        return Measures(
            Sums(None, *summary.sums()),
            _whole(summary.bytes["request_size"].sum()),
            first,
            last,
            {name: bins.percentiles() for name, bins in summary.times.items()},
            [
                Host(one, {name: bins.percentiles(number) for name, bins in summary.times.items()})
                for number, one in enumerate(sums)
            ],
            hosts[0][-1] if hosts else 0,
            Histogram(width, self._bars(summary, bars, width)),
            *self._shown(summary.slowest.keys, summary.largest.keys, summary.failures),
        )

    def _slice(self, capture: uuid.UUID, start: int, width: int) -> pa.Table:
        """Read some rows; ``bar`` is the one that an entry belongs to, or far from all."""
        where = self._wanted.where(
            Condition("capture = ? AND ordinal >= ? AND ordinal < ?", (capture, start, start + _SLICE))
        )
        return self._catalog.table(
            f"""
            SELECT ordinal, hash(host) AS host, {FAILED}::UTINYINT AS failed, {_NUMBERS},
                CASE WHEN isfinite(started_at) THEN floor(epoch_ms(started_at) / {width})::BIGINT
                    ELSE {_MAX_SUM} END AS bar
            FROM entries WHERE {where.sql}
            """,
            where.parameters,
        )

    def _shown(self, *lists: Sequence[Key]) -> list[list[Shown]]:
        """Return what is shown of entries, for each list of keys."""
        found: dict[tuple[int, int], Shown] = {}
        for position in {key.position for keys in lists for key in keys}:
            capture = self._ids[position]
            ordinals = {key.ordinal for keys in lists for key in keys if key.position == position}
            rows = self._catalog.rows(
                f"""
                SELECT ordinal, method, url, status, time_ms, content_size, type, error
                FROM entries WHERE capture = ? AND {among(sorted(ordinals))}
                """,
                [capture],
            )
            found |= {(position, row[0]): Shown(str(entry_id(capture, row[0])), *row[1:]) for row in rows}
        # Entries whose session is removed meanwhile are not there any more.
        places = [[(key.position, key.ordinal) for key in keys] for keys in lists]
        return [[found[place] for place in some if place in found] for some in places]

    def _bars(self, summary: _Summary, bars: range, width: int) -> list[Bar]:
        """Return bars with their starts, which DuckDB writes: Python knows no year after 9999."""
        starts = self._catalog.rows(
            f"SELECT strftime(make_timestamptz(bar * {width} * 1000), {ISO}) FROM range(?, ?) every(bar)",
            [bars.start, bars.stop],
        )
        return [Bar(start, *counts) for (start,), counts in zip(starts, summary.bars(), strict=True)]

    def pages(self) -> tuple[list[PageTimes], int]:
        """Return the first pages, in stored order, and how many there are."""
        where = of_captures(self._ids)
        rows = self._catalog.rows(
            f"""
            SELECT p.capture, p.id, p.title, strftime(p.started_at, {ISO}),
                CASE WHEN on_content_load >= 0 THEN on_content_load END, CASE WHEN on_load >= 0 THEN on_load END,
                count(*) OVER ()
            FROM pages p JOIN captures c ON c.id = p.capture WHERE {where.sql}
            ORDER BY c.created_at, c.id, p.number LIMIT {LISTED}
            """,
            where.parameters,
        )
        ids = list({row[1] for row in rows if row[1] is not None})
        entries = self._entries_of_pages(ids) if ids else {}
        listed = [
            PageTimes(page, title, started, content, load, entries.get((capture, page), 0))
            for capture, page, title, started, content, load, _ in rows
        ]
        return listed, rows[0][-1] if rows else 0

    def _entries_of_pages(self, ids: Sequence[str]) -> dict[tuple[uuid.UUID, str], int]:
        rows = self._catalog.rows(
            f"""
            SELECT capture, page_ref, count(*) FROM entries
            WHERE {self._where.sql} AND page_ref IN (SELECT unnest(?)) GROUP BY ALL
            """,
            [*self._where.parameters, ids],
        )
        return {(capture, page): count for capture, page, count in rows}

    def _rows(self, sql: str) -> list[Any]:
        return self._catalog.rows(sql, self._where.parameters)


class _Summary:
    """Sums over rows; by hosts that are given by their hashes, and by bars of the histogram."""

    def __init__(self, hosts: Sequence[int], bars: range) -> None:
        self._hosts = pa.array(hosts, pa.uint64())
        self._bars = bars
        groups = len(hosts) + 1  # the last one is for all other hosts
        self._counts = np.zeros((groups, 2), np.int64)
        self._by_bar = np.zeros((len(bars), 2), np.int64)
        self.bytes = {column: np.zeros(groups) for column in _SIZES}
        self.times = {name: Bins(groups) for name in TIMES}
        self.slowest, self.largest = Top(_SHOWN), Top(_SHOWN)
        self.failures: list[Key] = []

    def add(self, position: int, rows: pa.Table) -> None:
        """Add rows of the capture at that position, in stored order."""
        groups = len(self._counts)
        host = _array(pc.fill_null(pc.index_in(rows["host"], value_set=self._hosts), groups - 1)).astype(np.int64)
        failed, ordinals = _array(rows["failed"]), _array(rows["ordinal"])
        self._counts += np.bincount(host * 2 + failed, minlength=2 * groups).reshape(-1, 2)
        for column, sums in self.bytes.items():
            sums += np.bincount(host, np.maximum(_array(rows[column]), 0), groups)
        for name, bins in self.times.items():
            bins.add(host, _array(rows[name]))
        self.slowest.add(_array(rows["time"]), position, ordinals)
        self.largest.add(_array(rows["content_size"]), position, ordinals)
        first = np.flatnonzero(failed)[: _SHOWN - len(self.failures)]
        self.failures += (Key(None, position, int(ordinal)) for ordinal in ordinals[first])
        bar = _array(rows["bar"])
        known = bar < self._bars.stop
        self._by_bar += np.bincount(
            (bar[known] - self._bars.start) * 2 + failed[known], minlength=self._by_bar.size
        ).reshape(-1, 2)

    def sums(self, host: int | None = None) -> tuple[int, int, int, int]:
        """Return what :class:`Sums` has of a host, or of all."""
        some = slice(None) if host is None else slice(host, host + 1)
        counts = self._counts[some]
        sizes = (_whole(self.bytes[column][some].sum()) for column in ("content_size", "transfer_size"))
        return (int(counts.sum()), int(counts[:, 1].sum()), *sizes)  # type: ignore[return-value]

    def bars(self) -> list[tuple[int, int]]:
        """Return entries and failed ones by bar."""
        return [(int(one.sum()), int(one[1])) for one in self._by_bar]


def _whole(number: float) -> int:
    return min(int(number), _MAX_SUM)


def _array(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    found: npt.NDArray[Any] = column.to_numpy()
    return found


def bar_width(span_ms: int) -> int:
    """Return how many milliseconds each bar of a histogram stands for: a round number that makes about 60 of them."""
    wanted = span_ms / _BARS
    found = next((width for width in _WIDTHS if width >= wanted), None)
    return found or _DAY * max(1, -(-span_ms // (_BARS * _DAY)))
