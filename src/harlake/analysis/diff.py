"""Two sessions, compared: what is asked for in one of them only, and what is answered otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from harlake.analysis.comparison import compare_captures
from harlake.analysis.endpoints import Differences, Thresholds
from harlake.query.filter_checks import check_patterns, truncated_urls_warning
from harlake.query.filters import Filter
from harlake.query.totals import count_truncated_urls
from harlake.store.data_dir import DataDir
from harlake.store.sessions import Session


@dataclass(frozen=True, slots=True)
class Diff:
    """What differs, and what should be known of it."""

    differences: Differences
    warnings: list[str]


def diff_sessions(
    data_dir: DataDir, a: Session, b: Session, entry_filter: Filter, thresholds: Thresholds, limit: int
) -> Diff:
    """Compare the entries of two sessions that pass a filter. Raises BadRequestError where it makes no sense."""
    captures = data_dir.catalog.captures(a.id), data_dir.catalog.captures(b.id)
    check_patterns(data_dir.index, entry_filter)
    warnings: list[str] = []
    # A session may be compared with itself.
    if count := count_truncated_urls(data_dir.index, list(dict.fromkeys([*captures[0], *captures[1]]))):
        warnings = [truncated_urls_warning(count)] if entry_filter.reads_urls else []
        warnings.append(f"of {count} URLs, the first 1,024 bytes only are compared")
    differences = compare_captures(data_dir.index, data_dir.scratch, captures, entry_filter, thresholds, limit)
    return Diff(differences, warnings)
