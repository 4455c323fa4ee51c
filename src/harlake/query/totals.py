"""How many entries pass a filter, and how large they are."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from harlake.limits import MAX_TEXT_BYTES
from harlake.query.conditions import Condition
from harlake.query.filters import Filter
from harlake.query.matches import find_matches
from harlake.store.catalog import Capture
from harlake.store.index import Index
from harlake.store.index_columns import ELLIPSIS

#: The condition that the index has only the beginning of a URL.
_URL_IS_TRUNCATED: Final = f"(strlen(url) > {MAX_TEXT_BYTES - 4} AND url LIKE '%{ELLIPSIS}')"


@dataclass(frozen=True, slots=True)
class SelectionTotals:
    """How many entries there are, how many bytes they have together, and how many the largest of them has."""

    entries: int = 0
    length: int = 0
    largest: int = 0

    @classmethod
    def of(cls, lengths: Sequence[int]) -> SelectionTotals:
        """Return the totals of entries of the given lengths."""
        return cls(len(lengths), sum(lengths), max(lengths, default=0))

    @classmethod
    def together(cls, parts: Iterable[SelectionTotals]) -> SelectionTotals:
        """Return the totals of several parts together."""
        parts = list(parts)
        return cls(
            sum(part.entries for part in parts),
            sum(part.length for part in parts),
            max((part.largest for part in parts), default=0),
        )


def count_entries(index: Index, captures: Sequence[Capture], entry_filter: Filter) -> int:
    """Return how many entries of the captures pass the filter."""
    return find_matches(index, captures, entry_filter).total


def count_truncated_urls(index: Index, captures: Sequence[Capture]) -> int:
    """Return how many entries of the captures have URLs of which the index has only the beginning."""
    return count_entries(index, captures, Filter((Condition(_URL_IS_TRUNCATED),)))


def totals_by_capture(
    index: Index, captures: Sequence[Capture], entry_filter: Filter
) -> dict[uuid.UUID, SelectionTotals]:
    """Return the totals of each capture that has any entry that passes the filter."""
    where = entry_filter.where()
    rows = index.rows(
        captures,
        f"""
        SELECT capture, count(*), sum(length)::BIGINT, max(length) FROM entries
        WHERE {where.sql} GROUP BY capture
        """,
        where.parameters,
    )
    return {capture: SelectionTotals(*totals) for capture, *totals in rows}
