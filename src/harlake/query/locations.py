"""Where entries are: in which frame of their capture's object, and from where to where in its text."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from harlake.query.conditions import Condition, capture_position
from harlake.query.filters import Filter
from harlake.query.frames import frames_by_number
from harlake.store.capture_object import Frame
from harlake.store.catalog import Catalog
from harlake.store.ids import parse_id, split_entry_id

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
        if capture is not None and (locations := locate_ordinals(catalog, capture, sorted(of_capture), entry_filter)):
            by_capture[capture] = locations
    return by_capture


def locate_ordinals(
    catalog: Catalog,
    capture: uuid.UUID,
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
        among = "capture = ? AND ordinal BETWEEN ? AND ? AND list_contains(?, ordinal)"
        where = entry_filter.where(Condition(among, (capture, batch[0], batch[-1], list(batch))))
        locations += locate_where(catalog, [capture], where)
    return locations


def locate_where(
    catalog: Catalog, captures: Sequence[uuid.UUID], where: Condition, order: str = "ordinal"
) -> list[Location]:
    """Return where those entries are whose rows meet a condition, in an order, which may have a limit.

    ``captures`` are the only ones that the condition allows; it and the order may name a capture's ``position`` among
    them. Frames are looked up without a join, of which DuckDB would hold more.
    """
    position = capture_position(captures)
    # A capture's position instead of its id: that would be made a Python object for each row, in twice the time.
    rows = catalog.rows(
        f"""
        SELECT {position.sql} AS position, frame, ordinal, start, length, page_ref, epoch_us(started_at) FROM entries
        WHERE {where.sql} ORDER BY {order}
        """,
        [*position.parameters, *where.parameters],
    )
    numbers: dict[int, set[int]] = defaultdict(set)
    for at, number, *_ in rows:
        numbers[at].add(number)
    frames = {at: frames_by_number(catalog, captures[at], of_capture) for at, of_capture in numbers.items()}
    return [
        Location(captures[at], ordinal, frame, start, length, page_ref, started_us)
        for at, number, ordinal, start, length, page_ref, started_us in rows
        if (frame := frames[at].get(number)) is not None  # gone, where the capture was removed just now
    ]
