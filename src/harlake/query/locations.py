"""Where entries are: in which frame of their capture's object, and from where to where in its text."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

from harlake.query.filters import Condition, Filter
from harlake.query.pagination import capture_position
from harlake.store.capture_object import Frame
from harlake.store.catalog import Catalog

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


def capture_frames(catalog: Catalog, capture: uuid.UUID) -> list[Frame]:
    """Return the frames of a capture that hold entries, in order."""
    rows = catalog.rows("SELECT start, length, text_length FROM frames WHERE capture = ? ORDER BY number", [capture])
    return [Frame(*row) for row in rows]


def locate_ordinals(
    catalog: Catalog,
    capture: uuid.UUID,
    ordinals: Sequence[int],
    entry_filter: Filter = Filter(),  # noqa: B008 - immutable
) -> list[Location]:
    """Return where entries of a capture are, given in order, in that order; those unknown or unwanted are left out.

    A few at a time: so DuckDB holds little, however far apart they are.
    """
    locations: list[Location] = []
    for first in range(0, len(ordinals), _LOOKED_UP):
        some = ordinals[first : first + _LOOKED_UP]
        among = "capture = ? AND ordinal BETWEEN ? AND ? AND list_contains(?, ordinal)"
        where = entry_filter.where(Condition(among, (capture, some[0], some[-1], list(some))))
        locations += locate_where(catalog, [capture], where)
    return locations


def locate_where(
    catalog: Catalog, captures: Sequence[uuid.UUID], where: Condition, order: str = "ordinal"
) -> list[Location]:
    """Return where those entries are whose rows meet a condition, in an order, which may have a limit.

    ``captures`` are the only ones that the condition allows; ``position`` stands for a capture's place among them.
    Frames are looked up without a join, of which DuckDB would hold more.
    """
    position = capture_position(captures)
    # A capture's place instead of its id: that would be made a Python object for each row, in twice the time.
    rows = catalog.rows(
        f"""
        SELECT {position.sql} AS position, frame, ordinal, start, length, page_ref, epoch_us(started_at) FROM entries
        WHERE {where.sql} ORDER BY {order}
        """,
        [*position.parameters, *where.parameters],
    )
    numbers: dict[int, set[int]] = defaultdict(set)
    for location, number, *_ in rows:
        numbers[location].add(number)
    frames = {location: _frames(catalog, captures[location], some) for location, some in numbers.items()}
    return [
        Location(captures[location], ordinal, frame, start, length, page_ref, started_us)
        for location, number, ordinal, start, length, page_ref, started_us in rows
        if (frame := frames[location].get(number)) is not None  # gone, where the capture was removed just now
    ]


def _frames(catalog: Catalog, capture: uuid.UUID, numbers: set[int]) -> dict[int, Frame]:
    """Return frames of a capture by their numbers."""
    rows = catalog.rows(
        """
        SELECT number, start, length, text_length FROM frames
        WHERE capture = ? AND number BETWEEN ? AND ? AND list_contains(?, number)
        """,
        [capture, min(numbers), max(numbers), list(numbers)],
    )
    return {number: Frame(*frame) for number, *frame in rows}
