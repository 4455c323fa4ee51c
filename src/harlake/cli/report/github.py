"""A report as GitHub's workflow commands, which annotate a run.

Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterator

from harlake.cli.output import text
from harlake.cli.report.model import ItemOutcome, Report, fact_text


def github_lines(report: Report) -> Iterator[str]:
    """Yield a command for each item that fails or is worth a note, and one that sums up."""
    for item in report.items:
        if not item.is_failing and item.outcome != ItemOutcome.NOTED:
            continue
        said = [fact_text(fact) for fact in item.facts] + [text(note) for note in item.notes]
        command = "error" if item.is_failing else "notice"
        yield f"::{command} title={_property(f'{item.kind}: {item.name}')}::{_data(f'{item.name}: ' + ', '.join(said))}"
    for warning in report.warnings:
        yield f"::warning::{_data(warning)}"
    yield f"::notice title={_property(report.title)}::{_data(report.summary)}"


def _data(value: str) -> str:
    return text(value).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
