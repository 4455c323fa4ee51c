"""The frames of a capture, and the entries in each: what is read when whole frames are searched or exported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import overload

import numpy as np
import numpy.typing as npt

from harlake.query.conditions import Condition
from harlake.query.filters import Filter
from harlake.store.capture_groups import GROUP_ROWS, capture_groups
from harlake.store.capture_object import Frame
from harlake.store.catalog import Capture
from harlake.store.index import Index
from harlake.store.index_files import file_numbers


@dataclass(frozen=True, slots=True)
class FrameEntry:
    """An entry in the text of its frame, and what a line about it begins with."""

    ordinal: int
    start: int
    length: int
    method: str | None
    url: str
    status: int | None


class Frames(Sequence[Frame]):
    """Frames of a capture, in order, in 24 bytes each: one of 40 million small entries has 20,000 of a MiB."""

    def __init__(self, numbers: npt.NDArray[np.int64]) -> None:
        """Of each frame its start, its length, and the length of its text."""
        self._numbers = numbers

    @overload
    def __getitem__(self, number: int) -> Frame: ...

    @overload
    def __getitem__(self, number: slice) -> Frames: ...

    def __getitem__(self, number: int | slice) -> Frame | Frames:
        found = self._numbers[number]
        return Frames(found) if isinstance(number, slice) else Frame(*found.tolist())

    def __len__(self) -> int:
        return len(self._numbers)


def capture_frames(index: Index, captures: Sequence[Capture]) -> Iterator[tuple[Capture, Frames]]:
    """Yield each capture with its frames, in order."""
    for capture, files in groupby(_file_frames(index, captures, Filter()), lambda found: found[0]):
        numbers = np.concatenate([of_file for _, _, of_file in files])
        # A frame whose entries are in two files is the last one of the first and the first one of the second.
        yield capture, Frames(numbers[np.diff(numbers[:, 0], prepend=-1) != 0])


def filtered_frames(
    index: Index, captures: Sequence[Capture], entry_filter: Filter
) -> Iterator[tuple[Capture, int | None, Frame]]:
    """Yield frames that have entries which pass a filter, in order, with their captures.

    Where a capture's rows are in several files, a frame comes with the number of the one that has its entries, and
    again with the next one, if that has the rest.
    """
    for capture, file, numbers in _file_frames(index, captures, entry_filter):
        for frame in Frames(numbers):
            yield capture, file, frame


def entries_in_frame(
    index: Index, capture: Capture, file: int | None, frame: Frame, entry_filter: Filter
) -> list[FrameEntry]:
    """Return those entries of a frame, and of a file, that pass the filter, in order."""
    where = entry_filter.where(Condition("frame_start = ?", (frame.start,)))
    rows = index.rows(
        [capture],
        f"SELECT ordinal, start, length, method, url, status FROM entries WHERE {where.sql} ORDER BY ordinal",
        where.parameters,
        file=file,
    )
    return [FrameEntry(*row) for row in rows]


def _file_frames(
    index: Index, captures: Sequence[Capture], entry_filter: Filter
) -> Iterator[tuple[Capture, int | None, npt.NDArray[np.int64]]]:
    """Yield captures, files of each that has several, and the numbers of the frames that have entries which pass."""
    where = entry_filter.where()
    for group in capture_groups(captures, GROUP_ROWS):
        files = file_numbers(group[0], "entries")
        for file in files if len(files) > 1 else [None]:
            rows = index.table(
                group,
                f"""
                SELECT DISTINCT position, frame_start, frame_length, frame_text_length FROM entries WHERE {where.sql}
                ORDER BY position, frame_start
                """,
                where.parameters,
                file=file,
            )
            position, *numbers = (column.to_numpy().astype(np.int64) for column in rows.columns)
            ends = np.searchsorted(position, np.arange(len(group) + 1))
            frames = np.stack(numbers, axis=1)
            for capture, (start, end) in zip(group, pairwise(ends), strict=True):
                yield capture, file, frames[start:end]
