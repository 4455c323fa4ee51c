"""What was measured of a goal, and how all of it is told and kept."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from benchmarks import results
from benchmarks.client import percentile
from benchmarks.machine import Machine
from benchmarks.page.goals import GOALS, Goal
from benchmarks.report import machine_line, table

_BY_NAME: Final = {goal.name: goal for goal in GOALS}

#: How much longer everything may take while an import runs.
_BESIDE_IMPORT: Final = 2

_NOTE: Final = """\
Measured with `just bench-page`, in a Chromium without a window or a graphics card. Times go from what a person does (or
the navigation's start) to the first frame that shows it. Each value is the median of a round where a round has several;
*measured* is the median of the rounds, *p90* is of all that was measured. *× a page* is the median of the rounds'
ratios to what the API needs for a plain page of 100 entries by its client's clock in the same round: it tells a slow
page from a slow machine. Beside an import, twice as much may be taken."""


class Finding(msgspec.Struct, frozen=True):
    """What a goal's thing has taken, each time in each round."""

    goal: str
    #: Of which capture.
    what: str
    rounds: list[list[float]]
    #: Milliseconds of a plain page of the API, in each round.
    page_ms: list[float]
    beside_import: bool = False

    @property
    def of(self) -> Goal:
        """The goal."""
        return _BY_NAME[self.goal]

    @property
    def medians(self) -> list[float]:
        """The median of each round."""
        return [statistics.median(values) for values in self.rounds]

    @property
    def median(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.medians)

    @property
    def p90(self) -> float:
        """What nine in ten of all values do not exceed."""
        return percentile([value for values in self.rounds for value in values], 0.9)

    @property
    def ratio(self) -> float | None:
        """The median of the rounds' ratios to a plain page, None where it is no time."""
        if self.of.unit != "ms" or not self.page_ms:
            return None
        return statistics.median(value / page for value, page in zip(self.medians, self.page_ms, strict=True))

    @property
    def subject(self) -> tuple[str, str, bool]:
        """What was measured, of what, and beside what."""
        return self.goal, self.what, self.beside_import

    @property
    def rating(self) -> str:
        """How it compares with the goal."""
        return self.of.rating(self.median, self.p90, _BESIDE_IMPORT if self.beside_import else 1)


class Results(msgspec.Struct):
    """All that a run has found."""

    machine: Machine
    chromium: str
    #: How busy the machine was with other things, in processes that wanted to run, before and after.
    load: tuple[float, float]
    findings: list[Finding]


def report(found: Results) -> str:
    """Return what was found as a document."""
    before, after = found.load
    load = f"Chromium {found.chromium}. Processes that wanted to run: {before:.1f} before, {after:.1f} after."
    head = ("what", "<of", "asked", "p90 asked", "measured", "p90", "× a page", "rounds", "<rating")
    alone = [one for one in found.findings if not one.beside_import]
    beside = [one for one in found.findings if one.beside_import]
    parts = ["# The page, measured", f"{machine_line(found.machine)}\n{load}", _NOTE, table(head, map(_row, alone))]
    if beside:
        parts += ["## While a HAR is imported", table(head, map(_row, beside))]
    return "\n\n".join(parts) + "\n"


def _row(one: Finding) -> tuple[str, ...]:
    allowance = _BESIDE_IMPORT if one.beside_import else 1
    return (
        one.goal,
        one.what,
        f"≤ {one.of.median * allowance:g}",
        "" if one.of.p90 is None else f"≤ {one.of.p90 * allowance:g}",
        f"{_digits(one.median)} {one.of.unit}".strip(),
        _digits(one.p90),
        "" if one.ratio is None else f"{one.ratio:.2g}",
        str(len(one.rounds)),
        one.rating,
    )


def _digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def write(found: Results, folder: Path) -> None:
    """Write ``page.json`` and ``page.md``, with what an earlier run had found of parts that this one left out."""
    kept: list[Finding] = []
    if (earlier := folder / "page.json").exists():
        measured = {one.subject for one in found.findings}
        before = msgspec.json.decode(earlier.read_bytes(), type=Results)
        kept = [one for one in before.findings if one.subject not in measured]
    all_found = msgspec.structs.replace(found, findings=in_order([*kept, *found.findings]))
    results.write_document("page", all_found, report(all_found), folder)


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings as the goals are listed."""
    order = list(_BY_NAME)
    return sorted(findings, key=lambda one: (one.beside_import, order.index(one.goal)))
