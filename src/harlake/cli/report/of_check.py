"""The report of sessions that were held against a budget."""

from __future__ import annotations

from typing import Any, Final

from harlake.cli.report.model import Figure, ItemOutcome, Report, ReportItem

#: What the API calls otherwise: it passes, and is worth a note.
_TOLERATED: Final = "tolerated"


def check_report(answer: dict[str, Any]) -> Report:
    """Return the report of an answer of ``POST /api/check``."""
    sessions, baseline = ([one["name"] for one in answer.get(side) or ()] for side in ("sessions", "baseline"))
    title = f"{', '.join(sessions)} against its budget"
    if baseline:
        title += f" and {', '.join(baseline)}"
    counts = {kind: count for kind, count in answer["counts"].items() if count}
    return Report(title, counts, [_item(rule) for rule in answer["rules"]], list(answer.get("warnings") or ()))


def _item(rule: dict[str, Any]) -> ReportItem:
    values = [value for value in rule.get("baselineValues") or () if value is not None]
    fact = Figure(
        "",
        rule["unit"],
        rule.get("baseline"),
        rule.get("value"),
        rule.get("maximum"),
        rule.get("minimum"),
        (min(values), max(values)) if len(values) > 1 else None,
    )
    notes = [rule["reason"]] if rule.get("reason") else []
    notes += (
        f"{entry.get('method') or '?'} {entry['url']} {entry.get('status') or 'no response'} ({entry['id']})"
        for entry in rule.get("entries") or ()
    )
    listed = len(rule.get("entries") or ())
    if listed and rule.get("value") is not None and len(rule["values"]) == 1 and rule["value"] > listed:
        notes.append(f"and {int(rule['value']) - listed:,} more")
    facts = [] if rule["outcome"] in ("missing", "skipped") and rule.get("value") is None else [fact]
    outcome = ItemOutcome.NOTED if rule["outcome"] == _TOLERATED else ItemOutcome(rule["outcome"])
    return ReportItem(rule["outcome"], rule["name"], outcome, facts, notes)
