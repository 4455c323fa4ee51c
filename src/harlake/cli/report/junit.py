"""A report as JUnit's XML, which every CI system reads: a test case for each item.

Valid for both schemas in use: that of Ant's reports (https://github.com/windyroad/JUnit-Schema), and that of Jenkins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from harlake.cli.output import text
from harlake.cli.report.model import ItemOutcome, Report, ReportItem, fact_text

#: What no XML 1.0 document may have, not even as a reference.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_lines(report: Report) -> Iterator[str]:
    """Yield the lines of a document."""
    counted = (ItemOutcome.FAILED, ItemOutcome.MISSING, ItemOutcome.SKIPPED)
    failures, errors, skipped = (sum(item.outcome == outcome for item in report.items) for outcome in counted)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield "<testsuites>"
    yield (
        f'<testsuite package="harlake" id="0" name={_attribute(report.title)} hostname="localhost" '
        f'timestamp="{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}" tests="{len(report.items)}" failures="{failures}" '
        f'errors="{errors}" skipped="{skipped}" time="0">'
    )
    yield "<properties></properties>"
    for item in report.items:
        yield from _case(item)
    yield f"<system-out>{_text(report.summary)}</system-out>"
    yield f"<system-err>{_text(chr(10).join(map(text, report.warnings)))}</system-err>"
    yield "</testsuite>"
    yield "</testsuites>"


def _case(item: ReportItem) -> Iterator[str]:
    begin = f'<testcase classname="harlake.{item.kind}" name={_attribute(item.name)} time="0"'
    facts = ", ".join(map(fact_text, item.facts))
    message = f"{item.name}: {facts or '; '.join(item.notes) or item.kind}"
    body = _text("\n".join(map(text, (facts, *item.notes))).strip())
    match item.outcome:
        case "failed":
            yield f'{begin}><failure type="{item.kind}" message={_attribute(message)}>{body}</failure></testcase>'
        case "missing":
            yield f'{begin}><error type="missing" message={_attribute(message)}>{body}</error></testcase>'
        case "skipped":
            yield f"{begin}><skipped/></testcase>"
        case _:
            yield f"{begin}/>"


def _text(value: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", value))


def _attribute(value: str) -> str:
    return quoteattr(_FORBIDDEN.sub("\ufffd", text(value)))
