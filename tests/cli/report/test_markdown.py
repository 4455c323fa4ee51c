"""Markdown: tables that stay tables, and code spans for what was captured."""

from __future__ import annotations

import re

from hypothesis import given, settings

from harlake.cli.report.markdown import markdown_lines
from harlake.cli.report.model import Figure, Report, ReportItem
from tests.support.reports import reports


@settings(max_examples=40)
@given(reports)
def test_any_report_is_tables(report: Report) -> None:
    """Each row has as many cells as its head, whatever is in it, and no HTML is made of what was captured."""
    for line in markdown_lines(report):
        assert "\n" not in line
        assert "\r" not in line
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 7, line
        outside = re.sub(r"(?<!\\)(`+)(?!`).*?(?<!`)\1(?!`)|\\.", "", line)
        assert "<script" not in outside


def test_rows() -> None:
    """The numbers as they were and are, the ratio, and what is allowed."""
    item = ReportItem("changed", "GET http://a.test/`x`|y", "noted", [Figure("time", "ms", 100, 250, 200)])
    assert list(markdown_lines(Report("A", {"changed": 1}, [item]))) == [
        "## ✅ A",
        "",
        "1 changed",
        "",
        "### changed",
        "",
        "| | | before | after | ratio | limit |",
        "|---|---|---:|---:|---:|---:|",
        "| ℹ️ ``GET http://a.test/`x`\\|y`` | time | 100 ms | 250 ms | 2.50 | at most 200 ms |",
    ]
