"""Whether a data folder can be used."""

from __future__ import annotations

import shutil
from pathlib import Path

from harlake.store.data_dir import DataDir
from harlake.store.readiness import readiness_problems


def test_an_open_folder_is_ready(tmp_path: Path) -> None:
    """Looking at it leaves nothing behind, and does not wait for the catalog."""
    data_dir = DataDir(tmp_path / "data")
    before = list(data_dir.scratch.iterdir())
    with data_dir.catalog._database.reading():
        assert readiness_problems(data_dir) == []
    assert list(data_dir.scratch.iterdir()) == before
    data_dir.close()


def test_every_problem_is_told(tmp_path: Path) -> None:
    """A folder that cannot be written, a full disk, no captures, a closed catalog: in words, without paths."""
    data_dir = DataDir(tmp_path / "data", keep_free=1 << 60)
    data_dir.close()
    for name in ("scratch", "captures"):
        shutil.rmtree(tmp_path / "data" / name, ignore_errors=True)
    assert readiness_problems(data_dir) == [
        "the data folder cannot be written",
        "the disk has no more than its reserve left",
        "captures cannot be reached",
        "the catalog cannot be read",
    ]
