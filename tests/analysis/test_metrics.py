"""Metrics by their names, and amounts as people write them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from harlake.analysis.metrics import Increase, parse_amount, parse_increase, parse_metric


@pytest.mark.parametrize(
    ("name", "column", "unit", "share", "word"),
    [
        ("requests", None, "count", None, None),
        ("transferBytes", "transfer_size", "bytes", None, "sum"),
        ("time.p90", "time_ms", "ms", Fraction(9, 10), None),
        ("wait.p99.9", "wait_ms", "ms", Fraction(999, 1000), None),
        ("contentSize.max", "content_size", "bytes", None, "max"),
        ("onLoad", "on_load", "ms", None, "max"),
        ("onContentLoad.p100", "on_content_load", "ms", Fraction(1), None),
    ],
)
def test_metrics(name: str, column: str | None, unit: str, share: Fraction | None, word: str | None) -> None:
    """Counts, sums, and statistics of what entries and pages have; of pages, the greatest if nothing is said."""
    metric = parse_metric(name)
    assert (metric.name, metric.column, metric.unit, metric.share, metric.word) == (name, column, unit, share, word)
    assert metric.of_pages == name.startswith("on")


@pytest.mark.parametrize(
    "name", ["", "time", "time.p", "time.p101", "time.p1000", "nope.p50", "requests.p50", "time.P50", "time.p٥"]
)
def test_what_is_no_metric(name: str) -> None:
    """It is refused, with those that there are."""
    with pytest.raises(ValueError, match="there are requests, "):
        parse_metric(name)


@pytest.mark.parametrize(
    ("value", "unit", "amount"),
    [
        (300, "bytes", 300),
        ("300kB", "bytes", 300_000),
        ("20KiB", "bytes", 20_480),
        ("1.5 s", "ms", 1_500),
        ("1500ms", "ms", 1_500),
        (0, "count", 0),
        ("12", "count", 12),
        (2.5, "ms", 2.5),
    ],
)
def test_amounts(value: str | float, unit: str, amount: float) -> None:
    """Numbers, and texts with units."""
    assert parse_amount(value, unit) == amount


@pytest.mark.parametrize(
    ("value", "unit"),
    [("3kB", "ms"), ("2s", "bytes"), ("2s", "count"), (-1, "ms"), (float("inf"), "ms"), ("", "count"), ("x", "ms")],
)
def test_what_is_no_amount(value: str | float, unit: str) -> None:
    """Another unit, less than nothing, no number."""
    with pytest.raises(ValueError, match="is no"):
        parse_amount(value, unit)


def test_increases() -> None:
    """A share of the baseline's, or an amount."""
    assert parse_increase("10%", "ms") == Increase(0.1, is_share=True)
    assert parse_increase("10 %", "ms").limit(200) == pytest.approx(220)
    assert parse_increase("50kB", "bytes").limit(1_000) == 51_000
    with pytest.raises(ValueError, match="is no"):
        parse_increase("%", "ms")
