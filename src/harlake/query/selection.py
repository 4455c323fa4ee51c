"""Selections: which entries are wanted, in which order, and where they are.

Strategy: numbers first (how many entries, of how many bytes, on which pages), so that an answer can begin with all of
its headers. Then places, a slice at a time, each by a short query of its own: others have their turn in between, and
memory does not depend on how many there are.

Rules:

* A complete capture never changes, but it can be removed. Whoever gets fewer places than were counted is told so.
* In stored order, a slice is what a range of ordinals has, so each row is looked at once, however few are wanted.
* By time, a slice begins behind the last place of the one before. What has no time comes last, in stored order.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from harlake.errors import SessionNotFoundError
from harlake.query.filters import Condition, Filter
from harlake.query.locations import Location, locate_ordinals, locate_where
from harlake.query.pagination import in_captures
from harlake.store.catalog import Capture, Catalog
from harlake.store.ids import parse_id, split_entry_id
from harlake.store.index import is_truncated

#: Ordinals that one query looks at in stored order, and places that one query yields by time.
_BATCH_ENTRIES: Final = 4_096

_TIMED: Final = Condition("started_at IS NOT NULL")
_TIMELESS: Final = Condition("started_at IS NULL")


@dataclass(frozen=True, slots=True)
class SelectionTotals:
    """How many entries there are, how many bytes they have together, and how many the largest of them has."""

    entries: int = 0
    length: int = 0
    largest: int = 0

    @classmethod
    def of(cls, lengths: Sequence[int]) -> SelectionTotals:
        """Return the numbers of entries of the given lengths."""
        return cls(len(lengths), sum(lengths), max(lengths, default=0))

    @classmethod
    def together(cls, parts: Iterable[SelectionTotals]) -> SelectionTotals:
        """Return the numbers of several parts together."""
        parts = list(parts)
        return cls(
            sum(one.entries for one in parts),
            sum(one.length for one in parts),
            max((one.largest for one in parts), default=0),
        )


class Selection(Protocol):
    """Some entries of some captures, in an order.

    ``captures`` are those with wanted entries, in stored order.
    """

    @property
    def captures(self) -> Sequence[Capture]:
        """Return the captures that have any of the entries, in stored order."""

    @property
    def numbers(self) -> SelectionTotals:
        """Return how many entries there are."""

    def page_ids(self, capture: uuid.UUID) -> set[str] | None:
        """Return the ids of the pages that the entries of a capture belong to; None stands for all pages."""

    def batches(self) -> Iterator[Sequence[Location]]:
        """Yield places in their order. Raises SessionNotFoundError where a capture has been removed meanwhile."""


class FilteredSelection:
    """The entries of some captures that pass a filter, in stored order or by time."""

    def __init__(self, catalog: Catalog, captures: Sequence[Capture], entry_filter: Filter, *, by_time: bool) -> None:
        self._catalog = catalog
        self._filter = entry_filter
        self._by_time = by_time
        ids = [capture.id for capture in captures]
        numbers = _numbers(catalog, ids, entry_filter)
        self.captures = [capture for capture in captures if capture.id in numbers] if entry_filter else captures
        self.numbers = SelectionTotals.together(numbers.values())
        self._page_ids = _page_ids(catalog, ids, entry_filter) if entry_filter else None

    def page_ids(self, capture: uuid.UUID) -> set[str] | None:
        """Return the ids of the pages in use where there is a filter; else, all pages are wanted."""
        return None if self._page_ids is None else _whole(self._page_ids[capture])

    def batches(self) -> Iterator[Sequence[Location]]:
        """Yield places in their order. Raises SessionNotFoundError where a capture has been removed meanwhile."""
        missing = self.numbers.entries
        for locations in self._batches_by_time() if self._by_time else self._stored_batches():
            if locations:
                missing -= len(locations)
                yield locations
            if not missing:
                break
        if missing:
            raise SessionNotFoundError(f"{missing} entries were removed while they were being read")

    def _stored_batches(self, *more: Condition) -> Iterator[list[Location]]:
        for capture in self.captures:
            for first in range(0, capture.imported, _BATCH_ENTRIES):
                here = Condition(
                    "capture = ? AND ordinal >= ? AND ordinal < ?", (capture.id, first, first + _BATCH_ENTRIES)
                )
                yield locate_where(self._catalog, [capture.id], self._filter.where(here, *more))

    def _batches_by_time(self) -> Iterator[list[Location]]:
        captures = [capture.id for capture in self.captures]
        order = f"started_at, position, ordinal LIMIT {_BATCH_ENTRIES}"
        where = [in_captures(captures), _TIMED]
        while locations := locate_where(self._catalog, captures, self._filter.where(*where), order):
            yield locations
            where[1] = _behind(locations[-1], captures.index(locations[-1].capture))
        yield from self._stored_batches(_TIMELESS)


class IdSelection:
    """Entries given by id, each once, less those that are unknown, of other captures, or do not pass a filter."""

    def __init__(
        self,
        catalog: Catalog,
        entry_ids: Iterable[str],
        captures: Sequence[Capture] | None,
        entry_filter: Filter,
        *,
        by_time: bool,
    ) -> None:
        """Without ``captures``, those of all sessions count."""
        found = locate_entries(catalog, entry_ids, entry_filter)
        captures = catalog.captures_by_id(list(found)) if captures is None else captures
        self.captures = [capture for capture in captures if capture.id in found]
        locations = [location for capture in self.captures for location in found[capture.id]]
        self.numbers = SelectionTotals.of([location.length for location in locations])
        self._page_refs = {
            capture: {location.page_ref for location in locations} for capture, locations in found.items()
        }
        self._locations = sorted(locations, key=_time) if by_time else locations

    def page_ids(self, capture: uuid.UUID) -> set[str] | None:
        """Return the ids of the pages in use, None where the index does not have them as a whole."""
        return _whole({page_ref for page_ref in self._page_refs[capture] if page_ref is not None})

    def batches(self) -> Iterator[Sequence[Location]]:
        """Yield places in their order."""
        for first in range(0, len(self._locations), _BATCH_ENTRIES):
            yield self._locations[first : first + _BATCH_ENTRIES]


def locate_entries(
    catalog: Catalog,
    entry_ids: Iterable[str],
    entry_filter: Filter = Filter(),  # noqa: B008 - immutable
) -> dict[uuid.UUID, list[Location]]:
    """Return where those of the entries are that pass a filter, by capture, each capture's in stored order."""
    ordinals: dict[tuple[uuid.UUID, uuid.UUID], set[int]] = defaultdict(set)
    for text in entry_ids:
        if (entry_id := parse_id(text)) is not None and entry_id.version == 8:
            least, greatest, ordinal = split_entry_id(entry_id)
            ordinals[least, greatest].add(ordinal)
    found: dict[uuid.UUID, list[Location]] = {}
    for (least, greatest), some in ordinals.items():
        capture = catalog.capture_between(least, greatest)
        if capture is not None and (locations := locate_ordinals(catalog, capture, sorted(some), entry_filter)):
            found[capture] = locations
    return found


def _numbers(catalog: Catalog, captures: Sequence[uuid.UUID], entry_filter: Filter) -> dict[uuid.UUID, SelectionTotals]:
    """Return the numbers of each capture that has any of the wanted entries."""
    where = entry_filter.where(in_captures(captures))
    rows = catalog.rows(
        f"""
        SELECT capture, count(*), sum(length)::BIGINT, max(length) FROM entries
        WHERE {where.sql} GROUP BY capture
        """,
        where.parameters,
    )
    return {capture: SelectionTotals(*numbers) for capture, *numbers in rows}


def _page_ids(catalog: Catalog, captures: Sequence[uuid.UUID], entry_filter: Filter) -> dict[uuid.UUID, set[str]]:
    """Return the ids of those pages that wanted entries refer to, by capture; they are no more than the pages."""
    where = entry_filter.where(in_captures(captures))
    known = in_captures(captures)
    rows = catalog.rows(
        f"""
        SELECT DISTINCT capture, page_ref FROM entries
        WHERE {where.sql} AND (capture, page_ref) IN (SELECT (capture, id) FROM pages WHERE {known.sql})
        """,
        [*where.parameters, *known.parameters],
    )
    found: dict[uuid.UUID, set[str]] = defaultdict(set)
    for capture, page_ref in rows:
        found[capture].add(page_ref)
    return found


def _whole(page_ids: set[str]) -> set[str] | None:
    return None if any(map(is_truncated, page_ids)) else page_ids


def _behind(last: Location, position: int) -> Condition:
    """The condition that an entry comes behind another by time; the first part lets DuckDB pass over row groups."""
    return Condition(
        """
        started_at >= make_timestamptz(?::BIGINT) AND
        (started_at > make_timestamptz(?::BIGINT) OR position > ? OR (position = ? AND ordinal > ?))
        """,
        (last.started_us, last.started_us, position, position, last.ordinal),
    )


def _time(location: Location) -> tuple[bool, int]:
    return location.started_us is None, location.started_us or 0
