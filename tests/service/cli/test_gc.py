"""``harlake gc``: what is left of captures goes, and what nobody knows of is listed."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import pytest

from harlake.store.data_dir import DataDir
from tests.support.commands import failure, json_lines, output, run
from tests.support.folders import import_har
from tests.support.hars import numbered
from tests.support.server import Server


@pytest.mark.slow
def test_a_data_folder(tmp_path: Path) -> None:
    """What was begun goes; what the catalog does not know, and is older than the grace period, only if it may."""
    data_dir = DataDir(tmp_path / "data")
    import_har(data_dir, numbered(3))
    begun, orphan, young = (uuid.UUID(int=number) for number in range(1, 4))
    data_dir.catalog.announce(begun)
    data_dir.close()
    captures = tmp_path / "data" / "captures"
    for name in (f"{begun}.har.zst", f"{orphan}.har.zst", f"{young}.har.zst"):
        (captures / name).write_bytes(bytes(100))
    os.utime(captures / f"{orphan}.har.zst", (0, 0))
    command = "harlake gc --data-dir data"
    listed = output(command, tmp_path).splitlines()
    assert listed[:2] == [f"removed capture {begun}", f"kept {orphan}.har.zst (100 B), which the catalog does not know"]
    assert "check --repair" in listed[2]
    assert len(list(captures.iterdir())) == 3
    assert json_lines(output(f"{command} --orphans --json", tmp_path)) == [
        {"captureId": str(orphan), "kind": "orphan", "object": f"{orphan}.har.zst", "bytes": 100, "removed": True}
    ]
    assert output(f"{command} --orphans", tmp_path) == ""
    assert len(list(captures.iterdir())) == 2
    assert len(run("harlake sessions --data-dir data --json", tmp_path).stdout.splitlines()) == 1


@pytest.mark.slow
def test_a_folder_that_is_not_to_be_collected(own_server: Server, tmp_path: Path) -> None:
    """One that is served, whose service collects, and one that is not there: none is made."""
    assert f"is in use by the service at {own_server.url}" in failure("harlake gc --data-dir data", tmp_path)
    assert "x holds no captures" in failure("harlake gc --data-dir x", tmp_path)
    assert not (tmp_path / "x").exists()
