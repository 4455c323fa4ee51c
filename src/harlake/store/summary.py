"""Sums over entries' rows that come a slice at a time, in memory that does not depend on how many there are.

Strategy: which hosts and pages are of interest is known beforehand, by their hashes, and so are the bars of the
histogram. Each row gets the numbers of what it belongs to, by which NumPy counts and adds up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from harlake.store.bins import Bins, Percentiles, Top
from harlake.store.histogram import Bars
from harlake.store.pages import Key

#: Measures in milliseconds, and their columns.
TIMES: Final = {"time": "time_ms", "wait": "wait_ms", "connect": "connect_ms"}

SIZES: Final = ("content_size", "transfer_size", "request_size")

#: Rows of the lists of the slowest, the largest and the failed.
_SHOWN: Final = 10

#: Sums of absurd sizes stop here.
MAX_SUM: Final = 2**63 - 1

#: When an entry started of which that is not known, in microseconds.
_NEVER: Final = 2**63 - 1


class Times(NamedTuple):
    """Percentiles of each of :data:`TIMES`."""

    time: Percentiles
    wait: Percentiles
    connect: Percentiles


class Summary:
    """Sums over rows; by hosts, by the pages of each capture, and by bars of a histogram.

    Hosts and pages are given by their hashes, pages in a list for each capture.
    """

    def __init__(self, hosts: Sequence[int], pages: Sequence[Sequence[int]], bars: Bars) -> None:
        self._hosts = pa.array(hosts, pa.uint64())
        self._pages = [pa.array(hashes, pa.uint64()) for hashes in pages]
        self._bars = bars
        groups = len(hosts) + 1  # the last one is for all other hosts
        self._by_host = np.zeros((groups, 2), np.int64)
        self._by_page = [np.zeros(len(hashes) + 1, np.int64) for hashes in pages]
        self._by_bar = np.zeros((bars.count, 2), np.int64)
        self._bytes = {column: np.zeros(groups) for column in SIZES}
        self._times = {name: Bins(groups) for name in TIMES}
        self._slowest, self._largest = Top(_SHOWN), Top(_SHOWN)
        self.failures: list[Key] = []

    def add(self, position: int, rows: pa.Table) -> None:
        """Add rows of the capture at that position, in stored order.

        Columns: ``ordinal``, ``host`` and ``page`` as hashes, ``failed`` as 0 or 1, ``started``, and numbers by their
        names, negative where they are not known.
        """
        ordinals, failed = _array(rows["ordinal"]), _array(rows["failed"])
        groups = len(self._by_host)
        host = _numbers(rows["host"], self._hosts)
        self._by_host += np.bincount(host * 2 + failed, minlength=2 * groups).reshape(-1, 2)
        for column, sums in self._bytes.items():
            sums += np.bincount(host, np.maximum(_array(rows[column]), 0), groups)
        for name, bins in self._times.items():
            bins.add(host, _array(rows[name]))
        self._slowest.add(_array(rows["time"]), position, ordinals)
        self._largest.add(_array(rows["content_size"]), position, ordinals)
        first = np.flatnonzero(failed)[: _SHOWN - len(self.failures)]
        self.failures += (Key(None, position, int(ordinal)) for ordinal in ordinals[first])
        if len(self._pages[position]):
            page = _numbers(rows["page"], self._pages[position])
            self._by_page[position] += np.bincount(page, minlength=len(self._by_page[position]))
        bar = _array(pc.fill_null(rows["started"].cast(pa.int64()), _NEVER)) // self._bars.width - self._bars.first
        known = bar < self._bars.count
        if not known.all():
            bar, failed = bar[known], failed[known]
        self._by_bar += np.bincount(bar * 2 + failed, minlength=self._by_bar.size).reshape(-1, 2)

    @property
    def slowest(self) -> list[Key]:
        """The entries that took longest."""
        return self._slowest.keys

    @property
    def largest(self) -> list[Key]:
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
        """Return the sum of one of :data:`SIZES`, of a host or of all."""
        sums = self._bytes[column]
        return min(int(sums.sum() if host is None else sums[host]), MAX_SUM)

    def of_page(self, position: int, id_hash: int) -> int:
        """Return the entries of a page of the capture at that position."""
        return int(self._by_page[position][self._pages[position].index(id_hash).as_py()])

    def bars(self) -> list[tuple[int, int]]:
        """Return entries and failed ones by bar."""
        return [(int(one.sum()), int(one[1])) for one in self._by_bar]


def _numbers(column: pa.ChunkedArray, values: pa.Array) -> npt.NDArray[np.int64]:
    """Return the places of a column's values among those given; of others, the next number."""
    return _array(pc.fill_null(pc.index_in(column, value_set=values), len(values))).astype(np.int64)


def _array(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    found: npt.NDArray[Any] = column.to_numpy()
    return found
