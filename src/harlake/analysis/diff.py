"""Two sessions, compared: what is asked for in one of them only, and what is answered otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from harlake.analysis import comparison
from harlake.analysis.comparison import Differences, Thresholds
from harlake.query import pagination
from harlake.query.filters import Filter
from harlake.store.data_dir import DataDir
from harlake.store.sessions import Session


@dataclass(frozen=True, slots=True)
class Diff:
    """What differs, and what should be known of it."""

    differences: Differences
    warnings: list[str]

    def limited(self) -> dict[str, tuple[int, int]]:
        """Return the names of the lists that are cut: how many are listed, of how many."""
        found = self.differences
        lists = {
            "added": (len(found.added), found.counts.added),
            "removed": (len(found.removed), found.counts.removed),
            "changed": (len(found.changed), found.counts.changed),
        }
        return {name: (listed, of) for name, (listed, of) in lists.items() if listed < of}


def diff_sessions(
    data_dir: DataDir, a: Session, b: Session, entry_filter: Filter, thresholds: Thresholds, limit: int
) -> Diff:
    """Compare the entries of two sessions that pass a filter. Raises BadRequestError where it makes no sense."""
    captures = data_dir.catalog.captures(a.id), data_dir.catalog.captures(b.id)
    ids = [capture.id for side in captures for capture in side]
    pagination.check_patterns(data_dir.catalog, entry_filter)
    warnings: list[str] = []
    if cut := pagination.count_cut_urls(data_dir.catalog, ids):
        warnings = [pagination.filter_of_cut_urls(cut)] if entry_filter.reads_urls else []
        warnings.append(f"of {cut} URLs, the first 1,024 bytes only are compared")
    found = comparison.compare_captures(data_dir.catalog, data_dir.scratch, captures, entry_filter, thresholds, limit)
    return Diff(found, warnings)
