"""What a session consists of, summed up; and again at once, as complete captures never change."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harlake.store import pages
from harlake.store.catalog import StoredCapture
from harlake.store.data_dir import DataDir
from harlake.store.filters import Filter
from harlake.store.statistics import Groups, Measured, Measures, PageTimes

#: Answers that are kept, each of some 100 KiB.
_KEPT: Final = 16


@dataclass(frozen=True, slots=True)
class Statistics:
    """Sums over the entries of a session that pass a filter, and its first pages of ``page_count``."""

    measures: Measures
    types: Groups
    statuses: Groups
    methods: Groups
    media_types: Groups
    pages: list[PageTimes]
    page_count: int
    warnings: list[str]

    def limited(self) -> dict[str, tuple[int, int]]:
        """Return the names of the lists that are cut: how many are listed, of how many."""
        lists = {
            "hosts": (len(self.measures.hosts), self.measures.host_count),
            "types": (len(self.types.listed), self.types.of),
            "methods": (len(self.methods.listed), self.methods.of),
            "mimeTypes": (len(self.media_types.listed), self.media_types.of),
            "pages": (len(self.pages), self.page_count),
        }
        return {name: (listed, of) for name, (listed, of) in lists.items() if listed < of}


class _Recent:
    """The latest answers, by what they depend on: the captures, in their order, and the filter."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, ...], Statistics] = OrderedDict()

    def get(self, key: tuple[str, ...]) -> Statistics | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: tuple[str, ...], statistics: Statistics) -> None:
        with self._lock:
            self._kept[key] = statistics
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)


#: Of all folders: no two captures have the same id.
_recent: Final = _Recent()


def session_statistics(data_dir: DataDir, session: uuid.UUID, wanted: Filter) -> Statistics:
    """Sum up a session's entries that pass a filter. Raises BadRequestError where the filter makes no sense."""
    captures = data_dir.catalog.captures(session)
    key = (*(str(capture.id) for capture in captures), wanted.digest())
    found = _recent.get(key)
    if found is None:
        found = _summed_up(data_dir, captures, wanted)
        _recent.put(key, found)
    return found


def _summed_up(data_dir: DataDir, captures: Sequence[StoredCapture], wanted: Filter) -> Statistics:
    warnings = pages.check(data_dir.catalog, [capture.id for capture in captures], wanted)
    measured = Measured(data_dir.catalog, captures, wanted)
    kinds = measured.kinds()
    loaded, page_count = measured.pages()
    return Statistics(
        measured.measures(),
        kinds["type"],
        kinds["status"],
        kinds["method"],
        kinds["media_type"],
        loaded,
        page_count,
        warnings,
    )
