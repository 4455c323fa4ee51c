"""What a session consists of, summed up; again at once when asked again, as complete captures never change."""

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

#: Answers that are kept, each of some 100 KiB.
_KEPT: Final = 16


@dataclass(frozen=True, slots=True)
class SessionStatistics:
    """A session summed up, and what should be known of that."""

    statistics: Statistics
    warnings: list[str]

    def limited(self) -> dict[str, tuple[int, int]]:
        """Return the names of the lists that are cut: how many are listed, of how many."""
        statistics = self.statistics
        lists = {
            "hosts": (len(statistics.hosts), statistics.host_count),
            **{name: (len(groups.listed), groups.of) for name, groups in statistics.groups.items()},
            "pages": (len(statistics.pages), statistics.page_count),
        }
        return {name: (listed, of) for name, (listed, of) in lists.items() if listed < of}


class _Recent:
    """The latest answers, by what they depend on: the captures, in their order, and the filter."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, ...], SessionStatistics] = OrderedDict()

    def get(self, key: tuple[str, ...]) -> SessionStatistics | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: tuple[str, ...], answer: SessionStatistics) -> None:
        with self._lock:
            self._kept[key] = answer
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)


#: Of all folders: no two captures have the same id.
_recent: Final = _Recent()


def session_statistics(data_dir: DataDir, session: uuid.UUID, entry_filter: Filter) -> SessionStatistics:
    """Sum up a session's entries that pass a filter. Raises BadRequestError where the filter makes no sense."""
    captures = data_dir.catalog.captures(session)
    ids = [capture.id for capture in captures]
    key = (*map(str, ids), entry_filter.digest())
    found = _recent.get(key)
    if found is None:
        warnings = check_filter(data_dir.catalog, ids, entry_filter)
        found = SessionStatistics(summarize(data_dir.catalog, captures, entry_filter), warnings)
        _recent.put(key, found)
    return found
