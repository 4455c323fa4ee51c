"""Groups of captures: each capture in one of them, in order, and none is too large."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from harlake.store.capture_groups import capture_groups
from harlake.store.capture_object import Frame
from harlake.store.catalog import Capture

_FRAME = Frame(0, 0, 0)
_SIZES = st.lists(st.integers(0, 12), max_size=20)


def _captures(sizes: list[int]) -> list[Capture]:
    return [Capture(uuid.UUID(int=number), count, _FRAME, 12 - count, True, True) for number, count in enumerate(sizes)]


@given(_SIZES, st.integers(1, 10), st.integers(1, 5), st.sampled_from(["entries", "pages"]))
def test_groups_are_all_captures(sizes: list[int], size: int, most: int, table: str) -> None:
    """Each once, in order; no group is too large, unless it is one capture, and none could be joined with the next."""
    captures = _captures(sizes)
    groups = list(capture_groups(captures, size, most, table))
    assert [capture for group in groups for capture in group] == captures
    assert all(0 < len(group) <= most for group in groups)
    rows = [sum(capture.rows_of(table) for capture in group) for group in groups]
    assert all(count <= size or len(group) == 1 for count, group in zip(rows, groups, strict=True))
    for group, count, following in zip(groups, rows, groups[1:], strict=False):
        assert len(group) == most or count + following[0].rows_of(table) > size


@given(_SIZES, _SIZES, st.integers(1, 10), st.integers(1, 5))
def test_a_longer_list_has_the_same_groups(sizes: list[int], more: list[int], size: int, most: int) -> None:
    """All but the last, which may have become longer."""
    captures = _captures([*sizes, *more])
    groups = list(capture_groups(captures[: len(sizes)], size, most))
    assert list(capture_groups(captures, size, most))[: len(groups[:-1])] == groups[:-1]
