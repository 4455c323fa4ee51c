"""The benchmark of the page judges what it finds, and everything that it does can be done. No timing is asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.machine import Machine
from benchmarks.page import captures, findings, goals
from benchmarks.page.findings import Finding, Results
from tests.support.browser import browser_program

_ROOT = Path(__file__).parent.parent.parent
_MACHINE = Machine("2026-01-01", 2, "A processor", 1 << 34, {"harlake": "0"})

#: What a visit to each capture measures.
_VISIT = {
    goals.FIRST_ROWS, goals.ALL_PANELS, goals.FILTER, goals.TEXT_FILTER, goals.JUMP, goals.SORTED_JUMP, goals.FRAMES,
    goals.ENTRY, goals.HEAP, goals.NODES,
}  # fmt: skip


def test_a_goal_is_met_in_the_median_and_nearly_always() -> None:
    """Where 90 % are asked for, too; beside an import, twice as much may be taken."""
    assert [goals.JUMP.rating(*pair) for pair in ((100, 150), (101, 150), (100, 151))] == ["met", "NOT MET", "NOT MET"]
    assert goals.JUMP.rating(200, 300, 2) == "met"
    assert goals.ENTRY.rating(100, 10_000) == "met"


def test_rounds_are_compared_with_a_page_of_the_same_round() -> None:
    """A slow round hits both, and does not change their ratio."""
    found = Finding(goals.JUMP.name, "x", [[10, 20, 90], [100, 200, 900]], [10, 100])
    assert (found.medians, found.median, found.ratio) == ([20, 200], 110, 2)
    assert found.p90 == 900


def test_what_was_found_is_a_document(tmp_path: Path) -> None:
    """All goals are in it, what was measured beside an import in a table of its own."""
    alone = [Finding(goal.name, "x", [[goal.median]], [1.0]) for goal in goals.GOALS]
    beside = [Finding(goals.JUMP.name, "x", [[1000.0]], [1.0], beside_import=True)]
    findings.write(Results(_MACHINE, "1.2", (0.5, 1.5), findings.in_order([*beside, *alone])), tmp_path)
    text = (tmp_path / "page.md").read_text()
    before, after = text.split("## While a HAR is imported")
    assert before.count("| met") == len(goals.GOALS)
    assert "NOT MET" in after
    assert len(json.loads((tmp_path / "page.json").read_text())["findings"]) == len(goals.GOALS) + 1


def test_what_a_run_leaves_out_stays(tmp_path: Path) -> None:
    """What it measures again is replaced."""
    for measured in ([(goals.JUMP, 10.0), (goals.ENTRY, 20.0)], [(goals.ENTRY, 30.0)]):
        found = [Finding(goal.name, "x", [[value]], [1.0]) for goal, value in measured]
        findings.write(Results(_MACHINE, "1.2", (0.5, 1.5), found), tmp_path)
    kept = json.loads((tmp_path / "page.json").read_text())["findings"]
    assert {one["goal"]: one["rounds"] for one in kept} == {goals.JUMP.name: [[10]], goals.ENTRY.name: [[30]]}


def test_the_long_body_is_a_har_of_about_its_size() -> None:
    """It has one entry, whose body is JSON."""
    log = json.loads(b"".join(captures._with_body(10_000)))["log"]
    (entry,) = log["entries"]
    text = entry["response"]["content"]["text"]
    assert 9_000 < len(text) < 11_000
    assert json.loads(text)[-1] is None


@pytest.mark.long
@pytest.mark.browser
def test_everything_is_measured_in_small(tmp_path: Path) -> None:
    """Each goal has its findings, of each capture that it is measured on, alone and beside an import."""
    if browser_program() is None:
        pytest.skip("there is no Chromium: install Debian's package chromium")
    options = ["--small", "--folder", str(tmp_path / "captures"), "--results", str(tmp_path)]
    subprocess.run([sys.executable, "-m", "benchmarks.page", *options], cwd=_ROOT, check=True, capture_output=True)
    found = [
        (one["goal"], one["beside_import"]) for one in json.loads((tmp_path / "page.json").read_text())["findings"]
    ]
    twice = [(goal.name, beside) for goal in _VISIT for beside in (False, True) for _ in range(2)]
    used = [(goals.HEAP.name, False), (goals.NODES.name, False)]
    once = [(goals.LARGE_BODY.name, False), (goals.LARGE_BODY.name, True), (goals.UPLOAD_HEAP.name, False)]
    assert sorted(found) == sorted([*twice, *used, *once])
