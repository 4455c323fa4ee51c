"""The rows with the greatest numbers: those of a sort, however they come."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harlake.analysis.top_keys import TopKeys

_NUMBERS = st.floats(0, 1e9) | st.sampled_from([0.0, 1.0, 3.5, -1.0])


@given(st.lists(st.lists(_NUMBERS, max_size=30), max_size=4), st.integers(1, 12))
def test_top_rows_are_those_of_a_sort(batches: list[list[float]], length: int) -> None:
    """The greatest come first, of equal ones the earliest."""
    top = TopKeys(length)
    for position, values in enumerate(batches):
        top.add(np.array(values, np.float64), np.full(len(values), position), np.arange(len(values)))
    rows = [(-value, position, row) for position, one in enumerate(batches) for row, value in enumerate(one)]
    expected = sorted(row for row in rows if row[0] <= 0)[:length]
    assert [(-key.value, key.position, key.ordinal) for key in top.keys] == expected
