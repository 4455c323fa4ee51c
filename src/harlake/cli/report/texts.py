"""A report in lines, for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from harlake.cli.output import text
from harlake.cli.report.model import Report, fact_text

_MARKS: Final = {"added": "+", "removed": "-", "changed": "~"}


def text_lines(report: Report) -> Iterator[str]:
    """Yield the lines of a report, and a last one that sums it up."""
    for item in report.items:
        facts = ", ".join(map(fact_text, item.facts))
        mark = _MARKS.get(item.kind) or f"{item.kind}:"
        yield f"{mark} {text(item.name)}  {facts}".rstrip()
        for note in item.notes:
            yield f"    {text(note)}"
    yield report.summary
