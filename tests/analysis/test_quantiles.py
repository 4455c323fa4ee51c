"""Percentiles: those of SQL up to a number of numbers, and near them beyond, however numbers come."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.analysis import quantiles
from harlake.analysis.quantiles import EXACT, Percentiles, QuantileBins

_NUMBERS = st.floats(0, 1e9) | st.sampled_from([0.0, 1.0, 3.5, -1.0, 1e-3])
_BATCHES = st.lists(st.lists(st.tuples(_NUMBERS, st.integers(0, 2)), max_size=40), max_size=4)
_DATABASE = duckdb.connect()


def _bins(batches: list[list[tuple[float, int]]]) -> QuantileBins:
    bins = QuantileBins(3)
    for batch in batches:
        groups, values = [group for _, group in batch], [value for value, _ in batch]
        bins.add(np.array(groups, np.int64), np.array(values, np.float64))
    return bins


def _of_sql(batches: list[list[tuple[float, int]]], group: int | None) -> Percentiles:
    known = [value for batch in batches for value, of in batch if group in (None, of) and value >= 0]
    columns = ", ".join(f"quantile_disc(x, {share})" for share in (0.5, 0.9, 0.99))
    sql = f"SELECT {columns}, max(x) FROM (SELECT unnest(?) AS x)"
    return Percentiles(*_DATABASE.execute(sql, [known]).fetchall()[0])


@given(_BATCHES)
def test_percentiles_are_those_of_sql(batches: list[list[tuple[float, int]]]) -> None:
    """However numbers come, by group and over all."""
    bins = _bins(batches)
    for group in (None, 0, 1, 2):
        assert bins.percentiles(group) == _of_sql(batches, group)


@given(_BATCHES)
def test_percentiles_of_many_are_within_one_percent(batches: list[list[tuple[float, int]]]) -> None:
    """And never beyond the greatest, which is exact."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quantiles, "EXACT", 0)
        bins = _bins(batches)
        for group in (None, 0, 1, 2):
            found, exact = bins.percentiles(group), _of_sql(batches, group)
            assert found.max == exact.max
            for name in ("p50", "p90", "p99"):
                one, expected = getattr(found, name), getattr(exact, name)
                assert one == (expected if expected is None else pytest.approx(expected, rel=0.01, abs=1e-6))
                assert one is None or one <= (found.max or 0)


@pytest.mark.parametrize("count", [EXACT, EXACT + 1])
def test_up_to_a_hundred_thousand_are_exact(count: int) -> None:
    """As many as are kept; one more, and they are near."""
    values = np.random.default_rng(1).permutation(count).astype(np.float64)
    bins = QuantileBins(1)
    for piece in np.array_split(values, 7):
        bins.add(np.zeros(len(piece), np.int64), piece)
    found = bins.percentiles()
    exact = [-(-count * percent // 100) - 1 for percent in (50, 90, 99)]
    assert found.max == count - 1
    assert [found.p50, found.p90, found.p99] == (exact if count <= EXACT else pytest.approx(exact, rel=0.01))
