"""Numbers of both sides, compared, as SQL: medians over runs, their spread, and whether they differ by enough.

Strategy: there is a row for each key and run. Rows of a side become one, which has each number's median, least and
greatest; then both sides are joined. What a run does not have at all counts as 0 where the number is a count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from harlake.analysis.endpoints import Measure, Thresholds, Unit


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of each run: its column, its name in answers, and the change that it is where it differs."""

    column: str
    name: str
    unit: Unit
    change: str


def quantiles(column: str, unit: Unit, change: str) -> tuple[Quantity, ...]:
    """Return the numbers that are p50, p90 and maximum of a column."""
    return tuple(Quantity(f"{column}_{part}", f"{column}.{part}", unit, change) for part in ("p50", "p90", "max"))


def side_columns(numbers: Sequence[Quantity], runs: int) -> str:
    """SQL for the columns of one side of ``runs``, over its runs' rows: of each number three."""
    return ", ".join(_of_side(number, runs) for number in numbers)


def _of_side(number: Quantity, runs: int) -> str:
    name = number.column
    if number.unit != "count":
        return f"median({name}) AS {name}, min({name}) AS {name}_least, max({name}) AS {name}_most"
    return (
        f"list_aggregate(list_resize(list({name}), {runs}, 0), 'median') AS {name}, "
        f"CASE WHEN count(*) < {runs} THEN 0 ELSE min({name}) END AS {name}_least, max({name}) AS {name}_most"
    )


def is_changed(number: Quantity, thresholds: Thresholds) -> str:
    """SQL for whether a number of two joined rows ``a`` and ``b`` differs by enough, and more than runs of ``a`` do."""
    ratios = {"count": thresholds.count_ratio, "ms": thresholds.time_ratio, "bytes": thresholds.size_ratio}
    floors = {"count": thresholds.min_count, "ms": thresholds.min_ms, "bytes": thresholds.min_bytes}
    a, b = f"a.{number.column}", f"b.{number.column}"
    return (
        f"coalesce(greatest({a}, {b}) >= '{ratios[number.unit]!r}'::DOUBLE * least({a}, {b})"
        f" AND abs({a} - {b}) >= '{floors[number.unit]!r}'::DOUBLE"
        f" AND ({b} < {a}_least OR {b} > {a}_most), false)"
    )


def measures(numbers: Sequence[Quantity], row: Mapping[str, Any]) -> list[Measure]:
    """Return the measures of a joined row: of structs ``a`` and ``b``, and of flags by the names of columns."""
    return [_measure(number, row) for number in numbers]


def _measure(number: Quantity, row: Mapping[str, Any]) -> Measure:
    a, b = (row[side] or {} for side in "ab")
    return Measure(
        number.name,
        number.unit,
        a.get(number.column),
        b.get(number.column),
        _spread(a, number.column),
        _spread(b, number.column),
        bool(row[f"{number.column}_differs"]),
    )


def _spread(side: Mapping[str, Any], column: str) -> tuple[float, float] | None:
    least, most = side.get(f"{column}_least"), side.get(f"{column}_most")
    return None if least is None or most is None else (least, most)


#: SQL for the condition that something is in so many of the runs that it belongs to the side: of the baseline, in all.
ADDED: Final = "(a.runs IS NULL AND 2 * b.runs >= {1})"
REMOVED: Final = "(b.runs IS NULL AND a.runs >= {0})"
