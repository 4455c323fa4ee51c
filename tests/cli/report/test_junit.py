"""JUnit's XML: what its schemas demand, whatever is in it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from hypothesis import given, settings

from harlake.cli.report.junit import junit_lines
from harlake.cli.report.model import Figure, Report, ReportItem
from tests.support.reports import reports

_SUITE = {"package", "id", "name", "hostname", "timestamp", "tests", "failures", "errors", "skipped", "time"}


def _check(document: str) -> ElementTree.Element:
    """Check what both schemas demand: order of elements, attributes and their types."""
    root = ElementTree.fromstring(document.encode())  # noqa: S314 - of our own
    (suite,) = root
    assert (root.tag, root.attrib, suite.tag, set(suite.keys()) ^ _SUITE) == ("testsuites", {}, "testsuite", set())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
    assert all(suite.attrib[name].isdigit() for name in ("id", "tests", "failures", "errors", "skipped", "time"))
    assert suite.attrib["name"].strip()
    first, *cases, out, err = suite
    assert [one.tag for one in (first, out, err)] == ["properties", "system-out", "system-err"]
    assert len(cases) == int(suite.attrib["tests"])
    for case in cases:
        assert (case.tag, set(case.keys()) ^ {"name", "classname", "time"}) == ("testcase", set())
        assert len(case) <= 1
        for inner in case:
            assert inner.tag in ("failure", "error", "skipped")
            assert inner.tag == "skipped" or inner.attrib["type"]
    return suite


@settings(max_examples=40)
@given(reports)
def test_any_report_is_valid(report: Report) -> None:
    """Well formed, and as the schemas have it."""
    suite = _check("\n".join(junit_lines(report)))
    assert int(suite.attrib["failures"]) == sum(item.outcome == "failed" for item in report.items)
    assert int(suite.attrib["errors"]) == sum(item.outcome == "missing" for item in report.items)


def test_a_failure_says_why() -> None:
    """In its message, and again with the notes in its text."""
    item = ReportItem("failed", "time.p90", "failed", [Figure("", "ms", 100, 250, 200)], ["GET http://a.test/<x>"])
    suite = _check("\n".join(junit_lines(Report("A", {"failed": 1}, [item]))))
    (failure,) = suite[1]
    assert failure.attrib["message"] == "time.p90: 100 ms → 250 ms (× 2.50), at most 200 ms"
    assert failure.text == "100 ms → 250 ms (× 2.50), at most 200 ms\nGET http://a.test/<x>"
