"""GitHub's workflow commands: a line each, whatever is in it."""

from __future__ import annotations

import re

from hypothesis import given, settings

from harlake.cli.report.github import github_lines
from harlake.cli.report.model import Figure, Report, ReportItem
from tests.support.reports import reports

_COMMAND = re.compile(r"::(error|notice|warning)( title=[^:,\n\r]*)?::[^\n\r]*")


@settings(max_examples=40)
@given(reports)
def test_any_report_is_commands(report: Report) -> None:
    """None ends a line or a property early, and nothing begins another one."""
    lines = list(github_lines(report))
    assert all(_COMMAND.fullmatch(line) for line in lines)
    assert sum(line.startswith("::error") for line in lines) == len(report.failing)


def test_what_is_said() -> None:
    """What fails is an error, what is known of it behind it; what passes says nothing."""
    items = [
        ReportItem("failed", "requests, all", "failed", [Figure("", "count", None, 30, 3)], ["100% of\nthem"]),
        ReportItem("passed", "time.p90", "passed"),
    ]
    assert list(github_lines(Report("A", {"failed": 1, "passed": 1}, items))) == [
        "::error title=failed%3A requests%2C all::requests, all: 30, at most 3, 100%25 of\\x0athem",
        "::notice title=A::1 failed, 1 passed",
    ]
