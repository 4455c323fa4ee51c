"""Percentiles: within 2 % of the exact ones, however numbers come."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.analysis.quantiles import QuantileBins

_PRECISION = 0.02
_NUMBERS = st.floats(0, 1e9) | st.sampled_from([0.0, 1.0, 3.5, -1.0])


@given(st.lists(st.lists(st.tuples(_NUMBERS, st.integers(0, 2)), max_size=40), max_size=4))
def test_percentiles_are_within_two_percent(batches: list[list[tuple[float, int]]]) -> None:
    """However numbers come, percentiles are near the exact ones, by group and over all, and maxima exact."""
    bins = QuantileBins(3)
    for batch in batches:
        groups, values = [group for _, group in batch], [value for value, _ in batch]
        bins.add(np.array(groups, np.int64), np.array(values, np.float64))
    for group in (None, 0, 1, 2):
        known = sorted(value for batch in batches for value, of in batch if group in (None, of) and value >= 0)
        found = bins.percentiles(group)
        assert found.max == (known[-1] if known else None)
        for share, percentile in ((0.5, found.p50), (0.9, found.p90), (0.99, found.p99)):
            exact = known[math.ceil(len(known) * share) - 1] if known else None
            assert percentile == (exact if exact is None else pytest.approx(exact, rel=_PRECISION, abs=0.01))
