"""Facts in words: the numbers themselves, ratios, and what is allowed."""

from __future__ import annotations

import pytest

from harlake.cli.report.model import Figure, Report, ReportItem, fact_text


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (Figure("time", "ms", 100, 5_000), "time 100 ms → 5.0 s (× 50.00)"),
        (Figure("size", "bytes", None, 1_500, 1_000), "size 1.5 kB, at most 1.0 kB"),
        (Figure("", "count", 3, 2, None, 4), "3 → 2 (× 0.67), at least 4"),
        (Figure("time", "ms", 100, 90, spread=(80, 120)), "time 100 ms → 90.0 ms (× 0.90) (was 80.0 ms to 120 ms)"),
        (Figure("time", "ms", 0, 90), "time 0.0 ms → 90.0 ms"),
        (Figure("time", "ms"), "time unknown"),
        (Figure("status", words="200 → 500\x1b"), "status 200 → 500\\x1b"),
    ],
)
def test_facts(fact: Figure, words: str) -> None:
    """In one line, without what a terminal obeys."""
    assert fact_text(fact) == words


def test_items_by_kind() -> None:
    """Those that fail come first."""
    items = [
        ReportItem("passed", "a", "passed"),
        ReportItem("missing", "b", "missing"),
        ReportItem("passed", "c", "passed"),
    ]
    report = Report("title", {"passed": 2, "missing": 1}, items)
    assert {kind: [item.name for item in of] for kind, of in report.by_kind().items()} == {
        "missing": ["b"],
        "passed": ["a", "c"],
    }
    assert [item.name for item in report.failing] == ["b"]
    assert report.summary == "2 passed, 1 missing"
