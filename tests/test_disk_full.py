"""A disk that fills up: 507, nothing left behind, and the service goes on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.generate import chunks
from tests.conftest import FIXTURES, start_server


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a small file system: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("keep_free", [1_000_000, 0])
def test_a_full_disk_refuses_the_import_and_nothing_else(tmp_path: Path, small_disk: Path, keep_free: int) -> None:
    """Whether harlake stops before the disk is full or is stopped by it, the answer is 507 and the folder is clean."""
    file = tmp_path / "bodies.har"
    with file.open("wb") as out:
        for piece in chunks("bodies", 80_000_000):
            out.write(piece)
    server = start_server(small_disk / "data", "--keep-free", str(keep_free))
    for _ in range(2):
        status, answer = server.status("-X", "POST", "/api/har/import", "-F", f"file=@{file}")
        assert (status, answer["error"]) == (507, "Insufficient storage")
        assert list((small_disk / "data" / "captures").iterdir()) == []
        assert server.json("/api/sessions") == {"sessions": []}
    assert server.import_file(FIXTURES / "handmade_plain.har")["success"] is True
    assert server.stop() == 0
