"""``harlake check --budget`` and ``harlake diff``: budgets, forms of reports, and what fails."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.support.commands import json_lines, output, run, server_setting
from tests.support.hars import entry, har, saved
from tests.support.server import Server


def _entry(number: int, time: float, **more: Any) -> bytes:
    return json.dumps(json.loads(entry(number)) | {"time": time, **more}).encode()


@pytest.fixture
def at(at_server: Server, tmp_path: Path) -> dict[str, str]:
    """A service with the sessions Before and After, of which the second is slower, and asks for something else."""
    saved(tmp_path / "before.har", har(_entry(1, 100), _entry(2, 100)))
    saved(tmp_path / "after.har", har(_entry(1, 100), _entry(2, 400), _entry(3, 1).replace(b"example", b"tracker")))
    settings = server_setting(at_server)
    for name in ("Before", "After"):
        output(f"harlake import -q {name.lower()}.har --session {name}", tmp_path, **settings)
    return settings


def _budget(folder: Path, *rules: dict[str, Any], **more: Any) -> None:
    saved(folder / "budget.json", json.dumps({"rules": rules, **more}).encode())


def test_a_budget_that_is_kept(at: dict[str, str], tmp_path: Path) -> None:
    """Status 0, a line a rule; filters choose the entries of all of them."""
    _budget(tmp_path, {"metric": "time.max", "max": "150ms"}, {"forbid": {"status": "5xx"}})
    assert output("harlake check Before --budget budget.json", tmp_path, **at).splitlines() == [
        "passed: time.max  100 ms, at most 150 ms",
        "passed: forbidden: status=5xx  0, at most 0",
        "2 passed",
    ]
    assert "passed: time.max  1.0 ms" in output(
        "harlake check After --budget budget.json --host '*.tracker.test,tracker.test'", tmp_path, **at
    )


@pytest.mark.slow
def test_what_fails_and_what_is_tolerated(at: dict[str, str], tmp_path: Path) -> None:
    """Status 1 for what is over the budget, or unknown; not for what is no worse than the baseline."""
    rules = ({"metric": "time.max", "max": 50}, {"forbid": {"host": "tracker.test"}}, {"metric": "onLoad", "max": 1})
    _budget(tmp_path, *rules)
    done = run("harlake check After --budget budget.json", tmp_path, **at)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[0] == "failed: time.max  400 ms, at most 50.0 ms"
    assert "    GET http://tracker.test/3?q=é 200" in done.stdout
    assert done.stdout.splitlines()[-1] == "2 failed, 1 missing"
    _budget(tmp_path, {"metric": "time.max", "max": 50})
    tolerated = "harlake check Before --budget budget.json --baseline After --baseline Before --not-worse"
    assert "tolerated: time.max  100 ms → 100 ms (× 1.00)" in output(tolerated, tmp_path, **at)
    assert run("harlake check After --budget budget.json --baseline Before --not-worse", tmp_path, **at).returncode == 1


@pytest.mark.slow
def test_a_budget_beside_a_comparison(at: dict[str, str], tmp_path: Path) -> None:
    """A is the baseline; the rules come first."""
    _budget(tmp_path, {"metric": "time.max", "maxIncrease": "10%"})
    done = run("harlake diff Before After --budget budget.json", tmp_path, **at)
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "failed: time.max  100 ms → 400 ms (× 4.00), at most 110 ms"
    assert lines[-1].startswith("1 rules failed, ")
    assert run("harlake diff After Before --budget budget.json", tmp_path, **at).returncode == 0
    (answer,) = json_lines(run("harlake diff Before After --budget budget.json --json", tmp_path, **at).stdout)
    assert answer["check"]["counts"]["failed"] == 1


@pytest.mark.slow
def test_files(tmp_path: Path) -> None:
    """Held against a budget as they are: nothing is kept of them."""
    saved(tmp_path / "a.har", har(_entry(1, 100), _entry(2, 300)))
    saved(tmp_path / "b.har", har(_entry(1, 100), _entry(2, 200)))
    _budget(tmp_path, {"metric": "time.max", "max": 250, "notWorse": True})
    assert run("harlake check a.har --budget budget.json --baseline b.har", tmp_path).returncode == 1
    assert "tolerated" in output("harlake check a.har --budget budget.json --baseline a.har", tmp_path)
    assert output("harlake check b.har a.har b.har --budget budget.json", tmp_path).startswith(
        "passed: time.max  200 ms"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.har", "b.har", "budget.json"]


def test_lighthouse(at: dict[str, str], tmp_path: Path) -> None:
    """Its budget.json as it is."""
    limits = [{"resourceType": "total", "budget": 2}]
    saved(tmp_path / "budget.json", json.dumps([{"path": "/*", "resourceCounts": limits}]).encode())
    assert output("harlake check Before --budget budget.json", tmp_path, **at).endswith("1 passed\n")
    assert run("harlake check After --budget budget.json", tmp_path, **at).returncode == 1


@pytest.mark.slow
@pytest.mark.parametrize("command", ["check After --budget budget.json", "diff Before After --fail-on added"])
def test_forms(at: dict[str, str], tmp_path: Path, command: str) -> None:
    """Each in one file, or on standard output; the status is the same."""
    _budget(tmp_path, {"metric": "time.max", "max": 50})
    written: dict[str, str] = {}
    for form in ("text", "json", "junit", "github", "markdown", "html"):
        done = run(f"harlake {command} --format {form} -o report", tmp_path, **at)
        assert (done.returncode, done.stdout) == (1, ""), form
        written[form] = (tmp_path / "report").read_text("utf-8")
        assert run(f"harlake {command} --format {form} -o -", tmp_path, **at).returncode == 1
    assert json.loads(written["json"])["counts"]
    (suite,) = ElementTree.fromstring(written["junit"])  # noqa: S314 - of our own
    assert suite.attrib["failures"] == "1"
    assert written["github"].startswith("::")
    assert written["markdown"].startswith("## ❌ ")
    assert written["html"].startswith("<!DOCTYPE html>")
    assert not re.search("(src|href|url)[=(]", written["html"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "status", "complaint"),
    [
        (
            '{"rules": [{"metric": "requests", "max": 1}, {"maxx": 1}]}',
            2,
            "budget.rules[1]: Object contains unknown",
        ),
        ('{"rules": [{"metric": "nope", "max": 1}]}', 2, "budget.rules[0].metric: 'nope' is no metric"),
        ('{"rules": [{"metric": "time.p50", "max": "1kB"}]}', 2, "budget.rules[0].max: '1kB' is no time"),
        ('{"rules":\n [{,}]}', 2, "budget.json:2:4: no JSON"),
        ("", 2, "budget.json:1:1: no JSON"),
        ("[]", 2, "budget is empty"),
        ("1", 2, "budget: Expected "),
        ("\xff", 2, "budget.json:1:1: no JSON"),
        ('{"rules": [' + " " * 300_000 + "]}", 2, "it has more than 256 KiB"),
    ],
)
def test_what_is_no_budget(at: dict[str, str], tmp_path: Path, text: str, status: int, complaint: str) -> None:
    """Status 2, and one line that names the place."""
    saved(tmp_path / "budget.json", text.encode())
    done = run("harlake check Before --budget budget.json", tmp_path, **at)
    assert (done.returncode, done.stdout) == (status, "")
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("check A", "--budget says"),
        ("check --budget budget.json", "A budget is for a RUN"),
        ("check --host a.test", "A budget is for a RUN"),
        ("check --format html", "A budget is for a RUN"),
        ("check A --repair --budget budget.json", "--repair is for the store"),
        ("check A --not-worse --budget budget.json", "needs a --baseline"),
        ("check --server http://127.0.0.1:1", "a store is checked in its folder"),
        ("diff A B --not-worse", "goes with --budget"),
        ("diff A B --format xml", "'xml' is not one of"),
    ],
)
def test_wrong_usage(command: str, complaint: str, tmp_path: Path) -> None:
    """What does not go together."""
    done = run(f"harlake {command}", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr
