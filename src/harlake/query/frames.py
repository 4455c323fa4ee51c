"""The frames of a capture, and the entries in each: what is read when whole frames are searched or exported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from harlake.query.batches import capture_groups
from harlake.query.conditions import Condition
from harlake.query.filters import Filter
from harlake.store.capture_object import Frame
from harlake.store.catalog import Capture
from harlake.store.index import Index

#: Entries of small captures whose frames are asked for at a time.
_GROUP_ENTRIES: Final = 16_384


@dataclass(frozen=True, slots=True)
class FrameEntry:
    """An entry in the text of its frame, and what a line about it begins with."""

    ordinal: int
    start: int
    length: int
    method: str | None
    url: str
    status: int | None


def capture_frames(
    index: Index,
    captures: Sequence[Capture],
    entry_filter: Filter = Filter(),  # noqa: B008 - immutable
) -> Iterator[tuple[Capture, list[Frame]]]:
    """Yield each capture with those of its frames that have entries which pass a filter, in order."""
    where = entry_filter.where()
    for group in capture_groups(captures, _GROUP_ENTRIES):
        frames: list[list[Frame]] = [[] for _ in group]
        rows = index.rows(
            group,
            f"""
            SELECT DISTINCT position, frame_start, frame_length, frame_text_length FROM entries WHERE {where.sql}
            ORDER BY position, frame_start
            """,
            where.parameters,
        )
        for position, *frame in rows:
            frames[position].append(Frame(*frame))
        yield from zip(group, frames, strict=True)


def entries_in_frame(index: Index, capture: Capture, frame: Frame, entry_filter: Filter) -> list[FrameEntry]:
    """Return the entries of a frame that pass the filter, in order."""
    where = entry_filter.where(Condition("frame_start = ?", (frame.start,)))
    rows = index.rows(
        [capture],
        f"SELECT ordinal, start, length, method, url, status FROM entries WHERE {where.sql} ORDER BY ordinal",
        where.parameters,
    )
    return [FrameEntry(*row) for row in rows]
