"""The statistics of a session, and a cache of them: complete captures never change."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from harlake.analysis.results import Statistics
from harlake.analysis.summarize import summarize
from harlake.query.filter_checks import check_filter
from harlake.query.filters import Filter
from harlake.store.data_dir import DataDir

#: Statistics in a cache, each of some 100 KiB.
_CACHED: Final = 16


@dataclass(frozen=True, slots=True)
class SessionStatistics:
    """A session summed up, and what should be known of that."""

    statistics: Statistics
    warnings: list[str]


class StatisticsCache:
    """The latest statistics of one data folder, by what they depend on: captures, in their order, and the filter."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: OrderedDict[tuple[str, ...], SessionStatistics] = OrderedDict()

    def get(self, key: tuple[str, ...]) -> SessionStatistics | None:
        """Return the statistics of a key, None where they are not there."""
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
            return self._entries.get(key)

    def put(self, key: tuple[str, ...], statistics: SessionStatistics) -> None:
        """Keep statistics, in place of those that were asked for least recently."""
        with self._lock:
            self._entries[key] = statistics
            if len(self._entries) > _CACHED:
                self._entries.popitem(last=False)


def session_statistics(
    data_dir: DataDir, cache: StatisticsCache, session: uuid.UUID, entry_filter: Filter
) -> SessionStatistics:
    """Sum up a session's entries that pass a filter. Raises BadRequestError where the filter makes no sense."""
    captures = data_dir.catalog.captures(session)
    key = (*(str(capture.id) for capture in captures), entry_filter.digest())
    statistics = cache.get(key)
    if statistics is None:
        warnings = check_filter(data_dir.index, captures, entry_filter)
        statistics = SessionStatistics(summarize(data_dir.index, captures, entry_filter), warnings)
        cache.put(key, statistics)
    return statistics
