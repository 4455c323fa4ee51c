"""``harlake diff`` in a shell: files, folders, sessions, and several a side."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SHARED_HARS
from tests.support.commands import run
from tests.support.hars import entry, har

_CASES = SHARED_HARS.parent / "cases"


def _made(url: str, time: float = 100) -> bytes:
    one: dict[str, Any] = json.loads(entry(1))
    one["request"]["url"], one["time"] = url, time
    return json.dumps(one).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with some HARs, and no data folder."""
    (tmp_path / "a.har").write_bytes(har(_made("https://a.test/main.3f2a1b9c.js")))
    (tmp_path / "b.har.gz").write_bytes(gzip.compress(har(_made("https://a.test/main.77771b9c.js", 5_000))))
    for side, times in (("before", (100, 900, 150)), ("after", (120, 800))):
        (tmp_path / side).mkdir()
        for number, time in enumerate(times):
            (tmp_path / side / f"{number}.har").write_bytes(har(_made("https://a.test/x", time)))
    return tmp_path


@pytest.mark.slow
def test_files_are_compared_without_a_data_folder(folder: Path) -> None:
    """As they are or compressed; nothing is left behind."""
    done = run("harlake diff a.har b.har.gz --fail-on time", folder)
    assert (done.returncode, done.stderr) == (1, "Error: differences: 1 time\n")
    assert "~ GET https://a.test/main.{hash}.js" in done.stdout
    assert not (folder / "harlake-data").exists()
    assert run("harlake diff a.har b.har.gz --ignore time --fail-on changed,added,removed", folder).returncode == 0


@pytest.mark.slow
def test_folders_and_patterns_are_runs(folder: Path) -> None:
    """Medians of runs, whatever noise the baseline has."""
    for sides in (
        "before/ after/",
        "'before/*.har' 'after/?.har'",
        "before/0.har after/0.har -a before/1.har -b after/1.har",
    ):
        done = run(f"harlake diff {sides} --json --fail-on changed", folder)
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert (answer["counts"]["same"], len(answer["b"]["runs"])) == (1, 2), sides


@pytest.mark.slow
def test_sessions_and_files_go_together(folder: Path) -> None:
    """A session is compared with a file, and stays as it is."""
    assert run("harlake import a.har --session before", folder).returncode == 0
    done = run("harlake diff before b.har.gz --json", folder)
    assert json.loads(done.stdout)["changed"][0]["changes"] == ["time"]
    assert run("harlake diff before b.har.gz", folder).returncode == 0
    sessions = run("harlake sessions --json", folder).stdout.splitlines()
    assert len(sessions) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        ("harlake diff none.har a.har", 3, "none.har: no such file"),
        ("harlake diff a.har empty/", 3, "empty/: no HAR is in this folder"),
        ("harlake diff a.har bad.har", 1, "bad.har"),
        ("harlake diff a.har b.har.gz --fold nope", 2, "fold='nope'"),
        ("harlake diff a.har b.har.gz --min-ratio 0.5", 2, "0.5"),
        ("harlake diff a.har b.har.gz --fail-on nope", 2, "--fail-on 'nope'"),
    ],
)
def test_what_cannot_be_compared_is_said(folder: Path, command: str, status: int, said: str) -> None:
    """With the file, or the option."""
    (folder / "empty").mkdir()
    (folder / "bad.har").write_text("{")
    done = run(command, folder)
    assert done.returncode == status, done.stderr
    assert said in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(not _CASES.exists(), reason="the cases are not here")
@pytest.mark.parametrize(
    ("command", "lines"),
    [
        (
            "23a-diff-host.har {}/23b-diff-host.har --map-host uat1.example.com=uat2.example.com",
            ["~ GET https://uat2.example.com/v1/orders"],
        ),
        ("23a-diff-host.har {}/23b-diff-host.har --ignore host", ["~ GET https://*/v1/orders"]),
        (
            "24a-graphql.har {}/24b-graphql.har",
            ["- POST https://api.example.com/graphql (Login)", "~ POST https://api.example.com/graphql (Search)"],
        ),
        ("21a-lower-case-method.har {}/21b-upper-case-method.har", ["0 added, 0 removed, 0 changed, 1 same"]),
    ],
)
def test_cases(folder: Path, command: str, lines: list[str]) -> None:
    """What people have tried."""
    done = run(f"harlake diff {_CASES}/{command.format(_CASES)}", folder)
    assert done.returncode == 0, done.stderr
    for line in lines:
        assert line in done.stdout
