"""The frames of a capture, and the entries in each: what is read when whole frames are searched or exported."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from harlake.query.conditions import Condition, in_captures
from harlake.query.filters import Filter
from harlake.store.capture_object import Frame
from harlake.store.catalog import Catalog


@dataclass(frozen=True, slots=True)
class FrameEntry:
    """An entry in the text of its frame, and what a line about it begins with."""

    ordinal: int
    start: int
    length: int
    method: str | None
    url: str
    status: int | None


def capture_frames(catalog: Catalog, capture: uuid.UUID) -> list[Frame]:
    """Return the frames of a capture that hold entries, in order."""
    rows = catalog.rows("SELECT start, length, text_length FROM frames WHERE capture = ? ORDER BY number", [capture])
    return [Frame(*row) for row in rows]


def frames_by_number(catalog: Catalog, capture: uuid.UUID, numbers: Collection[int]) -> dict[int, Frame]:
    """Return frames of a capture by their numbers, of which there is one at least; those that are gone are left out."""
    rows = catalog.rows(
        """
        SELECT number, start, length, text_length FROM frames
        WHERE capture = ? AND number BETWEEN ? AND ? AND list_contains(?, number)
        """,
        [capture, min(numbers), max(numbers), list(numbers)],
    )
    return {number: Frame(*frame) for number, *frame in rows}


def frame_numbers(catalog: Catalog, capture: uuid.UUID, entry_filter: Filter) -> list[int]:
    """Return the numbers of a capture's frames with entries that pass the filter, in order."""
    where = entry_filter.where(in_captures([capture]))
    rows = catalog.rows(f"SELECT DISTINCT frame FROM entries WHERE {where.sql} ORDER BY frame", where.parameters)
    return [number for (number,) in rows]


def entries_in_frame(catalog: Catalog, capture: uuid.UUID, number: int, entry_filter: Filter) -> list[FrameEntry]:
    """Return the entries of a frame that pass the filter, in order."""
    where = entry_filter.where(in_captures([capture]), Condition("frame = ?", (number,)))
    rows = catalog.rows(
        f"SELECT ordinal, start, length, method, url, status FROM entries WHERE {where.sql} ORDER BY ordinal",
        where.parameters,
    )
    return [FrameEntry(*row) for row in rows]
