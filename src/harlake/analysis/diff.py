"""Two sides of sessions and captures, compared: what is asked for on one only, and what is answered otherwise."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from harlake.analysis.comparison import Run, compare_runs
from harlake.analysis.comparison_options import ComparisonOptions
from harlake.analysis.endpoints import Differences
from harlake.errors import SessionNotFoundError
from harlake.query.filter_checks import check_patterns, truncated_urls_warning
from harlake.query.filters import Filter
from harlake.query.totals import count_truncated_urls
from harlake.store.catalog import Capture
from harlake.store.data_dir import DataDir
from harlake.store.ids import parse_id


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """A session or capture that is compared, and its captures."""

    id: uuid.UUID
    name: str
    entry_count: int
    captures: list[Capture]


@dataclass(frozen=True, slots=True)
class Diff:
    """What differs, and what should be known of it."""

    differences: Differences
    warnings: list[str]


def find_run(data_dir: DataDir, run: str) -> ComparedRun:
    """Return the session or capture of an id. Raises SessionNotFoundError."""
    parsed = parse_id(run)
    session = None if parsed is None else data_dir.catalog.session(parsed)
    if session is not None:
        return ComparedRun(session.id, session.name, session.entry_count, data_dir.catalog.captures(session.id))
    for capture in [] if parsed is None else data_dir.catalog.captures_by_id([parsed]):
        return ComparedRun(capture.id, str(capture.id), capture.imported, [capture])
    raise SessionNotFoundError(f"no session or capture {run!r}")


def diff_runs(
    data_dir: DataDir,
    a: Sequence[ComparedRun],
    b: Sequence[ComparedRun],
    entry_filter: Filter,
    options: ComparisonOptions,
) -> Diff:
    """Compare the entries of two sides that pass a filter. Raises BadRequestError where it makes no sense."""
    check_patterns(data_dir.index, entry_filter)
    warnings: list[str] = []
    # A session may be compared with itself.
    captures = list(dict.fromkeys(capture for run in (*a, *b) for capture in run.captures))
    if count := count_truncated_urls(data_dir.index, captures):
        warnings = [truncated_urls_warning(count)] if entry_filter.reads_urls else []
        warnings.append(f"of {count} URLs, the first 1,024 bytes only are compared")
    runs = [Run(run.captures) for run in a], [Run(run.captures) for run in b]
    differences = compare_runs(data_dir.index, data_dir.scratch, runs, entry_filter, options, data_dir.captures)
    return Diff(differences, [*warnings, *differences.warnings])
