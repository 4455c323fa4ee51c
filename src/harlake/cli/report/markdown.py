"""A report as GitHub's Markdown, for comments and job summaries; what was captured is in code spans only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from harlake.cli.output import text
from harlake.cli.report.model import Figure, Report, ReportItem, limits, number_text

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&:@$])")
_OUTCOMES: Final = {"failed": "❌", "missing": "❓", "passed": "✅", "noted": "ℹ️", "skipped": "⏭️"}


def markdown_lines(report: Report) -> Iterator[str]:
    """Yield the lines of a report."""
    yield f"## {'❌' if report.failing else '✅'} {_plain(report.title)}"
    yield ""
    yield _plain(report.summary)
    for kind, items in report.by_kind().items():
        yield ""
        yield f"### {_plain(kind)}"
        yield ""
        yield "| | | before | after | ratio | limit |"
        yield "|---|---|---:|---:|---:|---:|"
        for item in items:
            yield from _rows(item)
    for warning in report.warnings:
        yield ""
        yield f"> {_plain(warning)}"


def _rows(item: ReportItem) -> Iterator[str]:
    name = f"{_OUTCOMES[item.outcome]} {_code(item.name)}"
    for fact in item.facts or [Figure("")]:
        yield f"| {name} | {_plain(fact.name) or _notes(item)} | {' | '.join(_cells(fact))} |"
        name = ""
    if item.facts and item.facts[0].name == "" and not item.notes:
        return
    if item.notes and (item.facts and item.facts[0].name):
        yield f"| | {_notes(item)} | | | | |"


def _cells(fact: Figure) -> list[str]:
    if fact.words.strip():
        before, arrow, after = fact.words.partition(" → ")
        return [_code(before) if arrow else "", _code(after if arrow else before), "", ""]
    ratio = f"{fact.ratio:.2f}" if fact.ratio is not None else ""
    known = ["" if one is None else _plain(number_text(one, fact.unit)) for one in (fact.before, fact.after)]
    return [*known, ratio, _plain(", ".join(limits(fact)))]


def _notes(item: ReportItem) -> str:
    return "<br>".join(_code(note) for note in item.notes)


def _plain(value: str) -> str:
    return _SPECIAL.sub(r"\\\1", text(value))


def _code(value: str) -> str:
    """Return a code span: its fence is longer than any of the backticks in it, and bars do not end a table's cell.

    A backslash before a bar is left out: it would make that the end of the cell.
    """
    value = re.sub(r"\\*\|", r"\\|", text(value))
    longest = max((len(run) for run in re.findall("`+", value)), default=0)
    fence = "`" * (longest + 1)
    space = " " if value.startswith("`") or value.endswith("`") else ""
    return f"{fence}{space}{value}{space}{fence}" if value.strip() else ""
