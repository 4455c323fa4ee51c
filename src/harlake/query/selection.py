"""Selections: which entries are asked for, in which order, and where they are.

Strategy: totals first (how many entries, of how many bytes, on which pages), so that an answer can begin with all of
its headers. Then locations, a batch at a time, each by a query of its own: memory does not depend on how many there
are.

Rules:

* A complete capture never changes, but it can be removed. Whoever gets fewer locations than were counted is told so.
* In stored order, a batch is what small captures have, or a range of ordinals: each row is looked at once, however few
  pass the filter.
* By time, a batch begins after the last entry of the one before. What has no time comes last, in stored order.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol

from harlake.errors import SessionNotFoundError
from harlake.query.batches import batches
from harlake.query.conditions import Condition
from harlake.query.filters import Filter
from harlake.query.locations import Location, locate_entries, locate_where
from harlake.query.totals import SelectionTotals, totals_by_capture
from harlake.store.catalog import Capture, Catalog
from harlake.store.index import Index
from harlake.store.index_columns import is_truncated

#: Ordinals that one query looks at in stored order, and locations that one query yields by time, unless it is said.
_BATCH_ENTRIES: Final = 4_096

_TIMED: Final = Condition("started_at IS NOT NULL")
_TIMELESS: Final = Condition("started_at IS NULL")


class Selection(Protocol):
    """Entries of captures, in an order."""

    @property
    def captures(self) -> Sequence[Capture]:
        """Return the captures that have any of the entries, in stored order."""

    @property
    def totals(self) -> SelectionTotals:
        """Return how many entries there are, and how large they are."""

    def page_ids(self, capture: uuid.UUID) -> set[str] | None:
        """Return the ids of the pages that the entries of a capture belong to; None stands for all pages."""

    def batches(self, size: int | None = None) -> Iterator[Sequence[Location]]:
        """Yield locations in the order of the entries, up to ``size`` at a time.

        Raises SessionNotFoundError where a capture has been removed meanwhile.
        """


class FilteredSelection:
    """The entries of captures that pass a filter, in stored order or by time."""

    def __init__(self, index: Index, captures: Sequence[Capture], entry_filter: Filter, *, by_time: bool) -> None:
        self._index = index
        self._filter = entry_filter
        self._by_time = by_time
        totals = totals_by_capture(index, captures, entry_filter)
        self.captures = [capture for capture in captures if capture.id in totals] if entry_filter else captures
        self.totals = SelectionTotals.together(totals.values())
        self._page_ids = _page_ids(index, captures, entry_filter) if entry_filter else None

    def page_ids(self, capture: uuid.UUID) -> set[str] | None:
        """Return the ids of the pages in use where there is a filter; else None, for all pages."""
        return None if self._page_ids is None else _unless_truncated(self._page_ids[capture])

    def batches(self, size: int | None = None) -> Iterator[Sequence[Location]]:
        """Yield locations in the order of the entries, up to ``size`` at a time.

        Raises SessionNotFoundError where a capture has been removed meanwhile.
        """
        size = size or _BATCH_ENTRIES
        missing = self.totals.entries
        for locations in self._batches_by_time(size) if self._by_time else self._stored_batches(size):
            if locations:
                missing -= len(locations)
                yield locations
            if not missing:
                break
        if missing:
            raise SessionNotFoundError(f"{missing} entries were removed while they were being read")

    def _stored_batches(self, size: int, *more: Condition) -> Iterator[list[Location]]:
        for batch in batches(self.captures, size):
            where = self._filter.where(batch.where, *more)
            yield locate_where(self._index, batch.captures, where, file=batch.file)

    def _batches_by_time(self, size: int) -> Iterator[list[Location]]:
        positions = {capture.id: position for position, capture in enumerate(self.captures)}
        order = f"started_at, row LIMIT {size}"
        where = _TIMED
        while locations := locate_where(self._index, self.captures, self._filter.where(where), order):
            yield locations
            where = _after(locations[-1], positions[locations[-1].capture])
        yield from self._stored_batches(size, _TIMELESS)


class IdSelection:
    """Entries given by id, each once, less those that are unknown, of other captures, or do not pass a filter."""

    def __init__(
        self,
        catalog: Catalog,
        index: Index,
        entry_ids: Iterable[str],
        captures: Sequence[Capture] | None,
        entry_filter: Filter,
        *,
        by_time: bool,
    ) -> None:
        """Without ``captures``, those of all sessions count."""
        by_capture = locate_entries(catalog, index, entry_ids, entry_filter)
        captures = catalog.captures_by_id(list(by_capture)) if captures is None else captures
        self.captures = [capture for capture in captures if capture.id in by_capture]
        locations = [location for capture in self.captures for location in by_capture[capture.id]]
        self.totals = SelectionTotals.of([location.length for location in locations])
        self._page_refs = {
            capture: {location.page_ref for location in of_capture} for capture, of_capture in by_capture.items()
        }
        self._locations = sorted(locations, key=_time_key) if by_time else locations

    def page_ids(self, capture: uuid.UUID) -> set[str] | None:
        """Return the ids of the pages in use, None where the index does not have them as a whole."""
        return _unless_truncated({page_ref for page_ref in self._page_refs[capture] if page_ref is not None})

    def batches(self, size: int | None = None) -> Iterator[Sequence[Location]]:
        """Yield locations in the order of the entries, up to ``size`` at a time."""
        size = size or _BATCH_ENTRIES
        for first in range(0, len(self._locations), size):
            yield self._locations[first : first + size]


def _page_ids(index: Index, captures: Sequence[Capture], entry_filter: Filter) -> dict[uuid.UUID, set[str]]:
    """Return the ids of those pages that entries refer to which pass a filter, by capture: at most, all pages' ids."""
    # To DuckDB, an entry without a page and a page without an id are equal.
    where = entry_filter.where(Condition("page_ref IS NOT NULL"))
    rows = index.rows(
        captures,
        f"""
        SELECT DISTINCT capture, page_ref FROM entries
        WHERE {where.sql} AND (capture, page_ref) IN (SELECT (capture, id) FROM pages)
        """,
        where.parameters,
        tables=["entries", "pages"],
    )
    page_ids: dict[uuid.UUID, set[str]] = defaultdict(set)
    for capture, page_ref in rows:
        page_ids[capture].add(page_ref)
    return page_ids


def _unless_truncated(page_ids: set[str]) -> set[str] | None:
    return None if any(map(is_truncated, page_ids)) else page_ids


def _after(last: Location, position: int) -> Condition:
    """The condition that an entry comes after another by time; the first part lets DuckDB pass over row groups."""
    return Condition(
        """
        started_at >= make_timestamptz(?::BIGINT) AND
        (started_at > make_timestamptz(?::BIGINT) OR position > ? OR (position = ? AND ordinal > ?))
        """,
        (last.started_us, last.started_us, position, position, last.ordinal),
    )


def _time_key(location: Location) -> tuple[bool, int]:
    return location.started_us is None, location.started_us or 0
