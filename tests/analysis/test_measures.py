"""Numbers of both sides as SQL: medians over runs, spreads, and what is a change."""

from __future__ import annotations

import duckdb
import pytest

from harlake.analysis.endpoints import Thresholds
from harlake.analysis.measures import Quantity, is_changed, measures, side_columns

_COUNT = Quantity("count", "count", "count", "count")
_TIME = Quantity("time", "time", "ms", "time")


def _compared(number: Quantity, a: list[float], b: list[float], runs: tuple[int, int]) -> tuple[bool, object]:
    sides = [
        f"(SELECT {side_columns([number], of)} FROM (SELECT unnest({values}) AS {number.column}))"
        for of, values in zip(runs, (a, b), strict=True)
    ]
    sql = f"SELECT a, b, {is_changed(number, Thresholds())} AS {number.column}_differs FROM {sides[0]} a, {sides[1]} b"
    with duckdb.connect() as database:
        found = database.execute(sql)
        columns = [column[0] for column in found.description or ()]
        row = dict(zip(columns, found.fetchall()[0], strict=True))
    (measure,) = measures([number], row)
    return measure.changed, (measure.a, measure.b, measure.spread_a)


@pytest.mark.parametrize(
    ("number", "a", "b", "runs", "changed", "values"),
    [
        (_TIME, [100.0], [200.0], (1, 1), True, (100, 200, (100, 100))),
        (_TIME, [100.0], [199.0], (1, 1), False, (100, 199, (100, 100))),
        (_TIME, [10.0], [59.0], (1, 1), False, (10, 59, (10, 10))),
        (_TIME, [100.0, 900.0, 150.0], [800.0], (3, 1), False, (150, 800, (100, 900))),
        (_TIME, [100.0, 900.0, 150.0], [901.0], (3, 1), True, (150, 901, (100, 900))),
        (_COUNT, [1], [50], (1, 1), True, (1, 50, (1, 1))),
        (_COUNT, [20], [21], (1, 1), False, (20, 21, (20, 20))),
        (_COUNT, [4], [4], (3, 1), False, (0, 4, (0, 4))),
    ],
)
def test_changes(
    number: Quantity,
    a: list[float],
    b: list[float],
    runs: tuple[int, int],
    changed: bool,
    values: object,
) -> None:
    """Ratio and difference must be reached, outside of the spread; a count that a run lacks is 0."""
    assert _compared(number, a, b, runs) == (changed, values)
