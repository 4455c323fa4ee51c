"""Crashes, disconnects and restarts: what was answered is there, what was not leaves nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.generate import chunks
from tests.conftest import FIXTURES, Server, start_server

_SAMPLE = FIXTURES / "playwright-1.65_embed.har"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A HAR that takes a while to upload."""
    path = tmp_path_factory.mktemp("large") / "large.har"
    with path.open("wb") as out:
        for piece in chunks("mixed", 80_000_000):
            out.write(piece)
    return path


def _wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "did not happen within 20 seconds"
        time.sleep(0.02)


def _files(server: Server) -> list[str]:
    return sorted(path.name for path in (server.data_dir / "captures").iterdir())


def _start_slow_upload(server: Server, file: Path) -> subprocess.Popen[bytes]:
    """Upload slowly enough to be interrupted, and return once the object is being written."""
    before = len(_files(server))
    upload = subprocess.Popen(
        ["curl", "-sS", "--limit-rate", "20M", "-F", f"file=@{file}", f"{server.url}/api/har/import"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _wait_for(lambda: len(_files(server)) > before)
    return upload


def _reindex(data_dir: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harlake", "reindex", "--data-dir", str(data_dir)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_crash_during_an_import_leaves_nothing_of_it(tmp_path: Path, large: Path) -> None:
    """After kill -9 in the middle of an upload, a restart shows what was complete before, and no trace of the rest."""
    server = start_server(tmp_path / "data")
    kept = server.import_file(_SAMPLE)
    before = server.curl(f"/api/har/export/{kept['sessionId']}")
    upload = _start_slow_upload(server, large)
    server.kill()
    upload.wait()
    assert len(_files(server)) == 2

    restarted = start_server(tmp_path / "data")
    assert _files(restarted) == [f"{kept['captureId']}.har.zst"]
    assert [one["id"] for one in restarted.json("/api/sessions")["sessions"]] == [kept["sessionId"]]
    assert restarted.curl(f"/api/har/export/{kept['sessionId']}") == before
    assert restarted.import_file(_SAMPLE)["success"] is True
    assert restarted.stop() == 0


def test_what_was_answered_survives_a_crash(tmp_path: Path) -> None:
    """A capture is on the disk when its import is answered: kill -9 in the next moment does not lose it."""
    server = start_server(tmp_path / "data")
    answer = server.import_file(_SAMPLE)
    server.kill()
    restarted = start_server(tmp_path / "data")
    har = restarted.json(f"/api/har/export/{answer['sessionId']}")
    assert har["log"]["entries"] == json.loads(_SAMPLE.read_bytes())["log"]["entries"]
    assert restarted.stop() == 0


def test_a_client_that_leaves_leaves_nothing(own_server: Server, large: Path) -> None:
    """An upload that is broken off is discarded at once, and the server goes on."""
    upload = _start_slow_upload(own_server, large)
    upload.kill()
    upload.wait()
    _wait_for(lambda: not _files(own_server))
    assert own_server.json("/api/sessions") == {"sessions": []}
    assert own_server.import_file(_SAMPLE)["success"] is True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_being_told_to_stop_is_no_failure(tmp_path: Path, number: signal.Signals) -> None:
    """SIGINT and SIGTERM end an idle service with status 0, and it starts again on its folder."""
    for _ in range(2):
        server = start_server(tmp_path / "data")
        server.import_file(_SAMPLE)
        server.process.send_signal(number)
        assert server.process.wait(30) == 0
    assert not list((tmp_path / "data").glob("*.wal"))


def test_being_told_to_stop_during_an_import_discards_it(tmp_path: Path, large: Path) -> None:
    """A service that has to end gives a running upload some seconds, and then leaves nothing of it."""
    server = start_server(tmp_path / "data")
    upload = subprocess.Popen(
        ["curl", "-sS", "--limit-rate", "1M", "-F", f"file=@{large}", f"{server.url}/api/har/import"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _wait_for(lambda: _files(server))
    server.stop()
    upload.wait()
    restarted = start_server(tmp_path / "data")
    assert _files(restarted) == []
    assert restarted.json("/api/sessions") == {"sessions": []}
    assert restarted.stop() == 0


def test_a_folder_belongs_to_one_service(own_server: Server) -> None:
    """A second service on the same folder is refused, in one line that names the folder."""
    command = [sys.executable, "-m", "harlake", "serve", "--port", "1", "--data-dir", str(own_server.data_dir)]
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert second.stderr.splitlines() == [f"Error: {own_server.data_dir} is in use by another harlake"]


def test_the_catalog_can_be_rebuilt_from_the_objects(tmp_path: Path) -> None:
    """Without its catalog, a folder is reindexed to the same sessions, entry ids and exports."""
    server = start_server(tmp_path / "data")
    first = server.import_file(_SAMPLE, "-F", "sessionName=One")
    server.import_file(FIXTURES / "handmade_lone-surrogates.har", "-F", f"sessionId={first['sessionId']}")
    second = server.import_file(FIXTURES / "mitmproxy-11.0_site.har")
    urls = [f"/api/har/export/{one['sessionId']}" for one in (first, second)]
    urls += [f"/api/sessions/{one['sessionId']}/entries?limit=1000" for one in (first, second)]
    urls += ["/api/sessions"]
    before = [server.curl(url) for url in urls]
    assert server.stop() == 0

    (tmp_path / "data" / "catalog.duckdb").unlink()
    assert _reindex(tmp_path / "data").returncode == 0
    restarted = start_server(tmp_path / "data")
    assert [restarted.curl(url) for url in urls][:4] == before[:4]
    names = {one["id"]: (one["name"], one["entryCount"]) for one in restarted.json("/api/sessions")["sessions"]}
    assert names == {one["id"]: (one["name"], one["entryCount"]) for one in json.loads(before[4])["sessions"]}
    assert restarted.stop() == 0


def test_reindexing_keeps_what_only_the_catalog_knows(tmp_path: Path) -> None:
    """A session that was renamed keeps its new name as long as the old catalog can be read."""
    server = start_server(tmp_path / "data")
    session = server.import_file(_SAMPLE)["sessionId"]
    server.curl(
        "-X", "PATCH", f"/api/sessions/{session}", "-H", "Content-Type: application/json", "-d", '{"name":"New"}'
    )
    assert server.stop() == 0
    assert _reindex(tmp_path / "data").returncode == 0
    restarted = start_server(tmp_path / "data")
    assert restarted.json(f"/api/sessions/{session}")["name"] == "New"
    assert restarted.stop() == 0


def test_a_lost_catalog_costs_no_capture(tmp_path: Path) -> None:
    """A service that starts without its catalog leaves the objects alone and says how to get them back."""
    server = start_server(tmp_path / "data")
    capture = server.import_file(_SAMPLE)["captureId"]
    assert server.stop() == 0
    (tmp_path / "data" / "catalog.duckdb").unlink()
    restarted = start_server(tmp_path / "data")
    assert _files(restarted) == [f"{capture}.har.zst"]
    assert "harlake reindex" in restarted.log.read_text()
    assert restarted.stop() == 0


def test_damage_is_never_served_as_if_it_were_whole(tmp_path: Path) -> None:
    """A byte that has flipped on the disk cuts the export off, and reindexing names the capture."""
    server = start_server(tmp_path / "data")
    answer = server.import_file(FIXTURES / "mitmproxy-11.0_site.har")
    stored = tmp_path / "data" / "captures" / f"{answer['captureId']}.har.zst"
    data = bytearray(stored.read_bytes())
    data[len(data) // 2] ^= 0xFF
    stored.write_bytes(data)
    assert server.try_curl(f"/api/har/export/{answer['sessionId']}").returncode == 18
    assert server.stop() == 0
    reindexed = _reindex(tmp_path / "data")
    assert reindexed.returncode == 1
    assert answer["captureId"] in reindexed.stderr


def test_an_object_is_a_har_without_harlake(own_server: Server) -> None:
    """What zstd makes of a stored object is valid HAR with the entries that were uploaded."""
    answer = own_server.import_file(_SAMPLE)
    stored = own_server.data_dir / "captures" / f"{answer['captureId']}.har.zst"
    text = subprocess.run(["zstd", "-dcq", str(stored)], capture_output=True, check=True).stdout
    assert json.loads(text)["log"]["entries"] == json.loads(_SAMPLE.read_bytes())["log"]["entries"]


def test_captures_of_many_entries_can_be_removed(tmp_path: Path) -> None:
    """What 200,000 entries left in the catalog is removed after a refusal, on demand, and after a crash."""
    file = tmp_path / "tiny.har"
    with file.open("wb") as out:
        out.writelines(chunks("tiny", 100_000_000))
    cut_off = tmp_path / "cut.har"
    cut_off.write_bytes(file.read_bytes()[:-1_000])
    server = start_server(tmp_path / "data")
    try:
        assert server.status("/api/har/import", "-F", f"file=@{cut_off}")[0] == 400
        session = server.import_file(file)["sessionId"]
        assert server.status("-X", "DELETE", f"/api/sessions/{session}") == (200, {"success": True})
        upload = _start_slow_upload(server, file)
        time.sleep(2)  # until some of its rows are in the catalog
        upload.kill()
        upload.wait()
        _wait_for(lambda: not _files(server))
    finally:
        server.kill()
    restarted = start_server(tmp_path / "data")
    assert (_files(restarted), restarted.json("/api/sessions")) == ([], {"sessions": []})
    assert restarted.import_file(_SAMPLE)["success"] is True
    assert restarted.stop() == 0


def test_reindexing_removes_what_a_crash_left(tmp_path: Path, large: Path) -> None:
    """The half-written object of a crash is removed, also when the catalog that knew of it has been replaced."""
    server = start_server(tmp_path / "data")
    upload = _start_slow_upload(server, large)
    server.kill()
    upload.wait()
    assert _reindex(tmp_path / "data").returncode == 0
    restarted = start_server(tmp_path / "data")
    left = _files(restarted)
    assert restarted.stop() == 0
    assert left == []


def test_a_rebuilt_session_has_the_name_of_its_latest_capture(tmp_path: Path) -> None:
    """Without a catalog, a session that was renamed between imports is not called by an older name."""
    server = start_server(tmp_path / "data")
    session = ""
    for number in range(6):
        into = ("-F", f"sessionId={session}") if session else ()
        session = server.import_file(_SAMPLE, *into)["sessionId"]
        body = ("-H", "Content-Type: application/json", "-d", json.dumps({"name": f"Name {number}"}))
        server.curl("-X", "PATCH", f"/api/sessions/{session}", *body)
    assert server.stop() == 0
    (tmp_path / "data" / "catalog.duckdb").unlink()
    assert _reindex(tmp_path / "data").returncode == 0
    restarted = start_server(tmp_path / "data")
    name = restarted.json(f"/api/sessions/{session}")["name"]
    assert restarted.stop() == 0
    assert name == "Name 4"


@pytest.mark.parametrize(("coding", "status"), [("gzip", 18), ("zstd", 61)])
def test_damage_shows_in_compressed_exports(tmp_path: Path, coding: str, status: int) -> None:
    """A byte that has flipped cuts a gzip export off, and in a zstd one it fails the checksum."""
    server = start_server(tmp_path / "data")
    answer = server.import_file(FIXTURES / "mitmproxy-11.0_site.har")
    stored = tmp_path / "data" / "captures" / f"{answer['captureId']}.har.zst"
    data = bytearray(stored.read_bytes())
    data[len(data) // 2] ^= 0xFF
    stored.write_bytes(data)
    accept = ("-H", f"Accept-Encoding: {coding}", "--compressed", "-o", "/dev/null")
    result = server.try_curl(f"/api/har/export/{answer['sessionId']}", *accept)
    assert server.stop() == 0
    assert result.returncode == status
