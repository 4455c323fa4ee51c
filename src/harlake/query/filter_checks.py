"""What is wrong with a filter that only the index can tell, and what it cannot see."""

from __future__ import annotations

from collections.abc import Sequence

from harlake.query.filters import Filter
from harlake.query.totals import count_truncated_urls
from harlake.store.catalog import Capture
from harlake.store.index import Index


def check_filter(index: Index, captures: Sequence[Capture], entry_filter: Filter) -> list[str]:
    """Return the warnings about a filter of the captures' entries: where it cannot see all that it asks for.

    Raises BadRequestError where it has a pattern that is no regular expression.
    """
    check_patterns(index, entry_filter)
    return filter_warnings(index, captures, entry_filter)


def check_patterns(index: Index, entry_filter: Filter) -> None:
    """Raise BadRequestError where a filter has a pattern that is no regular expression."""
    for pattern in entry_filter.patterns:
        index.check_pattern(pattern)


def filter_warnings(index: Index, captures: Sequence[Capture], entry_filter: Filter) -> list[str]:
    """Return the warnings about a filter whose patterns have been checked."""
    if entry_filter.reads_urls and (count := count_truncated_urls(index, captures)):
        return [truncated_urls_warning(count)]
    return []


def truncated_urls_warning(count: int) -> str:
    """Return the warning about a filter that reads URLs, of which so many are truncated."""
    return f"of {count} URLs, the filter sees the first 1,024 bytes only"
