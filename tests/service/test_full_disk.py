"""A disk that fills up: 507, nothing is left, and the service goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import FIXTURES
from tests.support.hars import assert_nothing_left, generated, remove_sessions
from tests.support.server import start_server


@pytest.mark.slow
def test_a_quota(tmp_path: Path) -> None:
    """An import beyond it is refused as on a full disk, and removing a session makes room again."""
    file = generated(tmp_path / "bodies.har", "bodies", 3_000_000)
    server = start_server(tmp_path / "data", "--quota", "5000000")
    try:
        answers = [server.status("-X", "POST", "/api/har/import", "-F", f"file=@{file}") for _ in range(4)]
        statuses = [status for status, _ in answers]
        assert (statuses[0], statuses[-1]) == (200, 507)
        assert answers[-1][1]["error"] == "Insufficient storage"
        stored = sum(path.stat().st_size for path in (tmp_path / "data" / "captures").iterdir())
        assert stored <= 5_000_000
        remove_sessions(server)
        assert server.import_file(file)["success"] is True
    finally:
        assert server.stop() == 0


@pytest.mark.slow
@pytest.mark.parametrize("keep_free", [1_000_000, 0])
def test_a_full_disk_refuses_the_import_and_nothing_else(tmp_path: Path, small_disk: Path, keep_free: int) -> None:
    """Whether harlake stops before the disk is full or is stopped by it, the answer is 507 and the folder is clean."""
    file = generated(tmp_path / "bodies.har", "bodies", 80_000_000)
    server = start_server(small_disk / "data", "--keep-free", str(keep_free))
    for _ in range(2):
        status, answer = server.status("-X", "POST", "/api/har/import", "-F", f"file=@{file}")
        assert (status, answer["error"]) == (507, "Insufficient storage")
        assert list((small_disk / "data" / "captures").iterdir()) == []
        assert server.json("/api/sessions") == {"sessions": []}
    assert server.import_file(FIXTURES / "handmade_plain.har")["success"] is True
    assert server.stop() == 0


@pytest.mark.slow
@pytest.mark.parametrize("keep_free", [pytest.param(1_000_000, marks=pytest.mark.long), 0])
def test_a_disk_that_fills_up_at_the_end_of_an_import(tmp_path: Path, small_disk: Path, keep_free: int) -> None:
    """Wherever the disk is full, in the object or in the catalog, an import is there as a whole or not at all."""
    server = start_server(small_disk / "data", "--keep-free", str(keep_free))
    try:
        for megabytes in range(52, 76, 2):
            file = generated(tmp_path / "upload.har", "mixed", megabytes * 1_000_000)
            status, answer = server.status("/api/har/import", "-F", f"file=@{file}")
            assert (status, answer.get("error")) in [(200, None), (507, "Insufficient storage")]
            sessions = server.json("/api/sessions")["sessions"]
            assert [one["captureCount"] for one in sessions] == [1] * (status == 200)
            for one in sessions:
                assert server.status("-X", "DELETE", f"/api/sessions/{one['id']}") == (200, {"success": True})
            assert server.import_file(FIXTURES / "handmade_plain.har")["success"] is True
            remove_sessions(server)
    finally:
        server.kill()


@pytest.mark.slow
def test_a_catalog_that_fills_the_disk(tmp_path: Path, small_disk: Path) -> None:
    """Where the rows of very many small entries fill the disk, the import is refused and the service goes on."""
    file = generated(tmp_path / "tiny.har", "tiny", 300_000_000)
    server = start_server(small_disk / "data", "--keep-free", "1000000")
    try:
        status, answer = server.status("/api/har/import", "-F", f"file=@{file}")
        assert (status, answer["error"]) == (507, "Insufficient storage")
        assert_nothing_left(server)
        assert server.import_file(FIXTURES / "handmade_plain.har")["success"] is True
    finally:
        server.kill()
