"""The frames of a capture, and the entries in each: what is read when whole frames are searched or exported."""

from __future__ import annotations

from dataclasses import dataclass

from harlake.query.conditions import Condition
from harlake.query.filters import Filter
from harlake.store.capture_object import Frame
from harlake.store.catalog import Capture
from harlake.store.index import Index


@dataclass(frozen=True, slots=True)
class FrameEntry:
    """An entry in the text of its frame, and what a line about it begins with."""

    ordinal: int
    start: int
    length: int
    method: str | None
    url: str
    status: int | None


def capture_frames(index: Index, capture: Capture, entry_filter: Filter = Filter()) -> list[Frame]:  # noqa: B008
    """Return the frames of a capture with entries that pass a filter, in order."""
    where = entry_filter.where()
    rows = index.rows(
        [capture],
        f"""
        SELECT DISTINCT frame_start, frame_length, frame_text_length FROM entries WHERE {where.sql}
        ORDER BY frame_start
        """,
        where.parameters,
    )
    return [Frame(*row) for row in rows]


def entries_in_frame(index: Index, capture: Capture, frame: Frame, entry_filter: Filter) -> list[FrameEntry]:
    """Return the entries of a frame that pass the filter, in order."""
    where = entry_filter.where(Condition("frame_start = ?", (frame.start,)))
    rows = index.rows(
        [capture],
        f"SELECT ordinal, start, length, method, url, status FROM entries WHERE {where.sql} ORDER BY ordinal",
        where.parameters,
    )
    return [FrameEntry(*row) for row in rows]
