"""What a session consists of, summed up."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from harlake.store import pages
from harlake.store.data_dir import DataDir
from harlake.store.filters import Filter
from harlake.store.statistics import Groups, Measured, Measures, PageTimes


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


def session_statistics(data_dir: DataDir, session: uuid.UUID, wanted: Filter) -> Statistics:
    """Sum up a session's entries that pass a filter. Raises BadRequestError where the filter makes no sense."""
    captures = data_dir.catalog.captures(session)
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
