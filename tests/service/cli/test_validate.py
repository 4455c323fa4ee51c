"""``harlake validate``: a line a problem, in a shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import json_lines, output, run
from tests.support.hars import har, numbered, saved


@pytest.mark.slow
def test_validate(tmp_path: Path) -> None:
    """A line a problem, with line and column; no data folder is needed, and none is made."""
    saved(tmp_path / "good.har", numbered(2))
    saved(tmp_path / "bad.har", numbered(1) + b"\n\n  x")
    saved(tmp_path / "part.har", har(b'{"request":{"url":"http://a/"}},\n {"request":1}'))
    done = run("harlake validate good.har bad.har part.har", tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert "good.har: valid, 2 entries, by Google Chrome 120.0.0" in lines
    assert any(line.startswith("bad.har:3:3: Invalid JSON format") for line in lines)
    assert any(line.startswith("part.har:2:2: ") for line in lines)
    assert any(line.startswith("part.har: valid, 1 of 2 entries importable") for line in lines)
    (answer,) = json_lines(output("harlake validate --json good.har", tmp_path))
    assert (answer["file"], answer["entryCount"]) == ("good.har", 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.har", "good.har", "part.har"]
