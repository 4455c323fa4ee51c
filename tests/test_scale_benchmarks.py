"""The benchmark of scale judges what it finds, keeps it, and calculates with it. No timing is asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.files import generated
from benchmarks.scale import index_time, plan, results
from benchmarks.scale.__main__ import ROWS
from benchmarks.scale.findings import Finding, Taken, against
from benchmarks.scale.goals import CLIENTS, GOALS, REMOVAL, S3
from benchmarks.varied import chunks
from tests.support.postgres import find_programs
from tests.support.s3 import weed

_ROOT = Path(__file__).parent.parent

#: Rows that do not take long in small.
_QUICK = ("import", "export", "nodes")


def test_each_row_has_goals() -> None:
    """Whatever is asked for can be measured, and what is measured was asked for."""
    assert {goal.row for goal in GOALS} == set(ROWS)


def test_goals_are_upper_or_lower_bounds() -> None:
    """A removal should be short, a ratio of rates high."""
    assert [REMOVAL.rating(value) for value in (100, 101, 1001)] == ["reached", "met", "NOT MET"]
    assert [CLIENTS.rating(value) for value in (1.8, 1.5, 1.4)] == ["reached", "met", "NOT MET"]


def test_versions_are_compared_round_by_round() -> None:
    """A slow round hits both, and does not change their ratio; work of different size is taken into account."""
    now, before = Taken([1.0, 9.0, 2.0], [0.5, 0.5, 0.5]), Taken([2.0, 9.0, 8.0], [1.0, 1.0, 1.0])
    found = against(REMOVAL, "x", now, before)
    assert (found.values, found.by_processor, found.value) == ([0.5, 1.0, 0.25], [0.5, 0.5, 0.5], 0.5)
    assert against(REMOVAL, "x", now, before, (10, 20)).value == 1.0


def test_rows_replace_those_of_earlier_runs(tmp_path: Path) -> None:
    """Rows are measured one at a time; the document has all of them, in the order of the goals."""
    results.write([Finding(S3.name, "old", [0.5]), Finding(REMOVAL.name, "kept", [50.0])], tmp_path)
    results.write([Finding(S3.name, "new", [0.95])], tmp_path)
    assert [one.what for one in results.read(tmp_path)] == ["kept", "new"]
    text = (tmp_path / "scale.md").read_text()
    (line,) = [line for line in text.splitlines() if "| new" in line]
    assert "≥ 0.6" in line
    assert "reached" in line


@pytest.mark.parametrize("entries", [1, 4_001])
def test_varied_entries_are_a_har(entries: int) -> None:
    """Entries are as many as asked for, refer to pages that there are, and have URLs of their own."""
    log = json.loads(b"".join(chunks(entries)))["log"]
    assert len(log["entries"]) == entries
    assert {entry["pageref"] for entry in log["entries"]} == {page["id"] for page in log["pages"]}
    assert len({entry["request"]["url"] for entry in log["entries"]}) > 0.99 * entries


def test_varied_entries_come_from_their_seed() -> None:
    """The same seed gives the same bytes, another one another file."""
    one, same, other = (b"".join(chunks(50, seed)) for seed in (1, 1, 2))
    assert one == same != other


def test_rows_of_the_index_are_timed(tmp_path: Path) -> None:
    """It uses interfaces that may change."""
    with generated(tmp_path, "tiny", 0, entries=600) as file:
        assert index_time.microseconds(file.path, tmp_path) > 0


def test_plans_follow_from_what_was_measured() -> None:
    """A billion entries of 1,000 stored bytes are a terabyte; 64 cores, 4 s a GB, import 16 GB/s."""
    inputs = plan.Inputs(
        entry_har=2_000,
        entry_object=1_000,
        entry_index=100,
        capture_catalog=1_000,
        import_puts=2,
        question_gets=1,
        export_gets=2,
        import_gb=4.0,
        import_gb_a_second=0.25,
        import_small=0.036,
        page=0.01,
        filtered=0.02,
        statistics=0.1,
        listed=1_000_000,
    )
    follows = {name: value for name, _, value in [*plan.result_rows(inputs), *plan.node_rows(inputs)]}
    assert follows["bytes of capture objects"] == "1,000 GB"
    assert follows["storage a month"] == "$25"
    assert follows["requests of all imports"] == "2,000,000, $10.00"
    assert follows["exporting everything as stored"] == "2,476,837, $0.99"
    assert follows["HAR that K cores import a second"] == "16.0 GB"
    assert follows["statistics: entries a second"] == "640,000,000"
    assert follows["processor time of all imports"].startswith("12 core hours")


@pytest.mark.parametrize(
    "row", [pytest.param(row, marks=pytest.mark.slow if row in _QUICK else pytest.mark.long) for row in ROWS]
)
def test_a_row_is_measured_in_small(row: str, tmp_path: Path) -> None:
    """Each row has its findings; the earlier version is this one."""
    if row in ("s3", "nodes") and not (weed() and find_programs()):
        pytest.skip("SeaweedFS or PostgreSQL is not installed")
    command = [sys.executable, "-m", "benchmarks.scale", "--small", "--before", str(_ROOT), "--row", row]
    subprocess.run(
        [*command, "--folder", str(tmp_path), "--results", str(tmp_path)], cwd=_ROOT, check=True, capture_output=True
    )
    assert {one.of.row for one in results.read(tmp_path)} == {row}
