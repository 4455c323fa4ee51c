"""Groups of captures that follow each other: what is asked about together, and kept together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from harlake.store.catalog import Capture

#: Captures of a group, and rows, where these are not held: those of a question's batch are merged as they come.
GROUP_CAPTURES: Final = 1_024
GROUP_ROWS: Final = 40_960


def capture_groups(
    captures: Sequence[Capture], rows: int, most: int = GROUP_CAPTURES, table: str = "entries"
) -> Iterator[Sequence[Capture]]:
    """Yield captures that follow each other: up to ``most``, of up to so many rows together, or one that has more.

    Of a list that has become longer, all groups but the last are the same as before.
    """
    first = held = 0
    for number, capture in enumerate(captures):
        count = capture.rows_of(table)
        if number > first and (held + count > rows or number - first == most):
            yield captures[first:number]
            first, held = number, 0
        held += count
    if captures[first:]:
        yield captures[first:]
