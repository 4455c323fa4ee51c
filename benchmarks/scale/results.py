"""Findings as they are kept: ``scale.json``, and ``scale.md`` that is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from benchmarks import results
from benchmarks.machine import Machine, this_machine
from benchmarks.scale.findings import Finding
from benchmarks.scale.goals import GOALS
from benchmarks.scale.report import report

_NAME: Final = "scale"


class Results(msgspec.Struct):
    """What was found, each row when it was last measured; the machine is that of the last run."""

    machine: Machine
    findings: list[Finding]


def write(found: Sequence[Finding], folder: Path) -> None:
    """Write what was found, and keep what earlier runs have found of other rows."""
    rows = {one.of.row for one in found}
    order = [goal.name for goal in GOALS]
    kept = [one for one in read(folder) if one.goal in order and one.of.row not in rows]
    every = Results(this_machine(), sorted([*kept, *found], key=lambda one: order.index(one.goal)))
    results.write_document(_NAME, every, report(every.machine, every.findings), folder)


def read(folder: Path) -> list[Finding]:
    """Return what was found by earlier runs."""
    path = folder / f"{_NAME}.json"
    return msgspec.json.decode(path.read_bytes(), type=Results).findings if path.exists() else []
