"""Findings as Markdown: a line for each thing that was measured, beside what it should be."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Final

from benchmarks.machine import Machine
from benchmarks.report import machine_line, table
from benchmarks.scale.findings import Finding

_NOTE: Final = """\
Measured with `just bench-scale`, beside an earlier version, on the same machine and in turns. A value is the median of
its rounds, *spread* the lowest and the highest of them. *By processor time* is the same ratio made of the processor
time of the services, which other work on the machine hardly changes; of two nodes, it is what they would do where all
else has cores of its own. ≤ is *at most*, ≥ *at least*."""


def report(machine: Machine, findings: Sequence[Finding]) -> str:
    """Return all findings as a document."""
    days = sorted({one.at[:10] for one in findings})
    parts = ["# harlake at scale, measured", machine_line(machine), _NOTE, f"Rows are of {', '.join(days)}."]
    return "\n\n".join([*parts, "## Goals", _goals(findings), "## What they are made of", _measured(findings)]) + "\n"


def _goals(findings: Sequence[Finding]) -> str:
    head = ("what", "<of", "must", "reach for", "measured", "spread", "by processor time", "rounds", "<rating")
    return table(head, [_goal(one) for one in findings])


def _goal(one: Finding) -> tuple[str, ...]:
    sign = "≥" if one.of.at_least else "≤"
    cpu = digits(statistics.median(one.by_processor)) if one.by_processor else ""
    return (
        one.of.name,
        one.what,
        f"{sign} {one.of.must:g}",
        f"{sign} {one.of.reach:g}",
        f"{digits(one.value)} {one.of.unit}".strip(),
        f"{digits(min(one.values))} … {digits(max(one.values))}",
        cpu,
        str(len(one.values)),
        one.rating,
    )


def _measured(findings: Sequence[Finding]) -> str:
    rows = [
        (one.of.name, one.what, ", ".join(f"{name} {digits(statistics.median(v))}" for name, v in one.measured.items()))
        for one in findings
        if one.measured
    ]
    return table(("what", "<of", "<medians"), rows)


def digits(value: float) -> str:
    """Return a number with as many digits as mean something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
