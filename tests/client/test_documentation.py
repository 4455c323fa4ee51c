"""docs/python.md is complete and true: all methods are there, and its examples work."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import harlake
from tests.conftest import ROOT

_TEXT = (ROOT / "docs" / "python.md").read_text("utf-8")


@pytest.mark.slow
def test_examples_work_when_pasted(tmp_path: Path) -> None:
    """All of them, one after the other."""
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    program = "\n".join(re.findall(r"```python\n(.*?)```", _TEXT, re.DOTALL))
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Release 1 30 of 30\n")
    assert done.stdout.endswith("Invalid query\n")
    assert (tmp_path / "documents.har").exists()


def test_every_method_is_documented() -> None:
    """Each public one is named."""
    public = {name for name in vars(harlake.Client) if not name.startswith("_")}
    assert {name for name in public if f"{name}(" not in _TEXT} == set()
