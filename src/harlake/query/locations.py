"""Where entries are: in which frame of their capture's object, and from where to where in its text."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from harlake.query.conditions import Condition
from harlake.query.filters import Filter
from harlake.store.capture_object import Frame
from harlake.store.catalog import Capture, Catalog
from harlake.store.ids import parse_id, split_entry_id
from harlake.store.index import Index

#: Entries that are looked up in one query.
_LOOKED_UP: Final = 256


class Location(NamedTuple):
    """Where an entry of a capture is: in which frame, and from where to where in the frame's text.

    ``started_us`` is in microseconds since 1970, None where the entry does not say when it started.
    """

    capture: uuid.UUID
    ordinal: int
    frame: Frame
    start: int
    length: int
    page_ref: str | None
    started_us: int | None

    def cut(self, text: bytes) -> bytes:
        """Return the entry out of its frame's text."""
        return text[self.start : self.start + self.length]


def locate_entries(
    catalog: Catalog,
    index: Index,
    entry_ids: Iterable[str],
    entry_filter: Filter = Filter(),  # noqa: B008 - immutable
) -> dict[uuid.UUID, list[Location]]:
    """Return where those of the entries are that pass a filter, by capture, each capture's in stored order."""
    ordinals: dict[tuple[uuid.UUID, uuid.UUID], set[int]] = defaultdict(set)
    for text in entry_ids:
        if (entry_id := parse_id(text)) is not None and entry_id.version == 8:
            least, greatest, ordinal = split_entry_id(entry_id)
            ordinals[least, greatest].add(ordinal)
    by_capture: dict[uuid.UUID, list[Location]] = {}
    for (least, greatest), of_capture in ordinals.items():
        capture = catalog.capture_between(least, greatest)
        if capture is not None and (locations := locate_ordinals(index, capture, sorted(of_capture), entry_filter)):
            by_capture[capture.id] = locations
    return by_capture


def locate_ordinals(
    index: Index,
    capture: Capture,
    ordinals: Sequence[int],
    entry_filter: Filter = Filter(),  # noqa: B008 - immutable
) -> list[Location]:
    """Return where entries of a capture are, given in order, in that order.

    Entries that are unknown, or do not pass the filter, are left out. A few are looked up at a time: so DuckDB holds
    little, however far apart they are.
    """
    locations: list[Location] = []
    for first in range(0, len(ordinals), _LOOKED_UP):
        batch = ordinals[first : first + _LOOKED_UP]
        among = "ordinal BETWEEN ? AND ? AND list_contains(?, ordinal)"
        where = entry_filter.where(Condition(among, (batch[0], batch[-1], list(batch))))
        locations += locate_where(index, [capture], where)
    return locations


def locate_where(index: Index, captures: Sequence[Capture], where: Condition, order: str = "row") -> list[Location]:
    """Return where those entries are whose rows meet a condition, in an order, which may have a limit.

    The condition and the order may name a capture's ``position`` among the captures.
    """
    # A capture's position instead of its id: that would be made a Python object for each row, in twice the time.
    rows = index.rows(
        captures,
        f"""
        SELECT position, ordinal, frame_start, frame_length, frame_text_length, start, length,
            page_ref, epoch_us(started_at)
        FROM entries WHERE {where.sql} ORDER BY {order}
        """,
        where.parameters,
    )
    locations: list[Location] = []
    last: tuple[int, int] | None = None
    for at, ordinal, frame_start, frame_length, text_length, *rest in rows:
        if (at, frame_start) != last:  # else it is the frame of the entry before, as one object
            last = at, frame_start
            capture, frame = captures[at].id, Frame(frame_start, frame_length, text_length)
        locations.append(Location(capture, ordinal, frame, *rest))
    return locations
