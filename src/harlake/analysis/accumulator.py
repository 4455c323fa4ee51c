"""Totals over entries' rows that come a batch at a time, in memory that does not depend on how many there are.

Strategy: which hosts and pages are of interest is known beforehand, by their hashes, and so are the buckets of the
histogram. Each row gets the numbers of what it belongs to, by which NumPy counts and adds up.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from harlake.analysis.histogram import TimeAxis
from harlake.analysis.quantiles import Percentiles, QuantileBins
from harlake.analysis.top_keys import TopKeys
from harlake.query.pagination import RowKey

#: Measures in milliseconds, and their columns.
TIMES: Final = {"time": "time_ms", "wait": "wait_ms", "connect": "connect_ms"}

SIZES: Final = ("content_size", "transfer_size", "request_size")

#: Rows of the lists of the slowest, the largest and the failed.
_LISTED: Final = 10

#: Totals of absurd sizes stop here.
MAX_TOTAL: Final = 2**63 - 1

#: When an entry started of which that is not known, in microseconds.
_NEVER: Final = 2**63 - 1


class Times(NamedTuple):
    """Percentiles of each of :data:`TIMES`."""

    time: Percentiles
    wait: Percentiles
    connect: Percentiles


class Accumulator:
    """Totals over rows; by hosts and pages, which are given by their hashes, and by the buckets of a histogram."""

    def __init__(self, hosts: Sequence[int], pages: Collection[int | None], axis: TimeAxis) -> None:
        self._hosts = pa.array(hosts, pa.uint64())
        self._pages = pa.array([code for code in pages if code is not None], pa.uint64())
        self._axis = axis
        groups = len(hosts) + 1  # the last one is for all other hosts
        self._by_host = np.zeros((groups, 2), np.int64)
        self._by_page = np.zeros(len(self._pages) + 1, np.int64)
        self._by_bucket = np.zeros((axis.count, 2), np.int64)
        self._bytes = {column: np.zeros(groups) for column in SIZES}
        self._times = {name: QuantileBins(groups) for name in TIMES}
        self._slowest, self._largest = TopKeys(_LISTED), TopKeys(_LISTED)
        self.failures: list[RowKey] = []

    def add(self, rows: pa.Table) -> None:
        """Add rows, in stored order.

        Columns: ``position`` of the capture, ``ordinal``, ``host`` and ``page`` as hashes, ``failed`` as 0 or 1,
        ``started``, and numbers by their names, negative where they are not known.
        """
        positions, ordinals, failed = _array(rows["position"]), _array(rows["ordinal"]), _array(rows["failed"])
        groups = len(self._by_host)
        host = _positions(rows["host"], self._hosts)
        self._by_host += np.bincount(host * 2 + failed, minlength=2 * groups).reshape(-1, 2)
        for column, totals in self._bytes.items():
            totals += np.bincount(host, np.maximum(_array(rows[column]), 0), groups)
        for name, bins in self._times.items():
            bins.add(host, _array(rows[name]))
        self._slowest.add(_array(rows["time"]), positions, ordinals)
        self._largest.add(_array(rows["content_size"]), positions, ordinals)
        first = np.flatnonzero(failed)[: _LISTED - len(self.failures)]
        self.failures += (RowKey(None, int(positions[row]), int(ordinals[row])) for row in first)
        if len(self._pages):
            self._by_page += np.bincount(_positions(rows["page"], self._pages), minlength=len(self._by_page))
        started = _array(pc.fill_null(rows["started"].cast(pa.int64()), _NEVER))
        bucket = started // self._axis.width - self._axis.first
        known = bucket < self._axis.count
        if not known.all():
            bucket, failed = bucket[known], failed[known]
        self._by_bucket += np.bincount(bucket * 2 + failed, minlength=self._by_bucket.size).reshape(-1, 2)

    @property
    def slowest(self) -> list[RowKey]:
        """The entries that took longest."""
        return self._slowest.keys

    @property
    def largest(self) -> list[RowKey]:
        """The entries with the largest bodies."""
        return self._largest.keys

    def times(self, host: int | None = None) -> Times:
        """Return percentiles of a host, or of all."""
        return Times(**{name: bins.percentiles(host) for name, bins in self._times.items()})

    def counts(self, host: int | None = None) -> tuple[int, int]:
        """Return the entries of a host, or of all, and how many of them failed."""
        counts = self._by_host if host is None else self._by_host[host]
        return int(counts.sum()), int(counts[..., 1].sum())

    def bytes(self, column: str, host: int | None = None) -> int:
        """Return the total of one of :data:`SIZES`, of a host or of all."""
        by_host = self._bytes[column]
        return min(int(by_host.sum() if host is None else by_host[host]), MAX_TOTAL)

    def of_page(self, code: int | None) -> int:
        """Return the entries of a page, given by its hash; a page without an id has none."""
        return 0 if code is None else int(self._by_page[self._pages.index(code).as_py()])

    def buckets(self) -> list[tuple[int, int]]:
        """Return entries and failed ones by bucket."""
        return [(int(counts.sum()), int(counts[1])) for counts in self._by_bucket]


def _positions(column: pa.ChunkedArray, values: pa.Array) -> npt.NDArray[np.int64]:
    """Return the positions of a column's values among those given; of others, the next number."""
    return _array(pc.fill_null(pc.index_in(column, value_set=values), len(values))).astype(np.int64)


def _array(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = column.to_numpy()
    return array
