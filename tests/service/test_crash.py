"""Crashes, disconnects and restarts: what was answered is there, what was not leaves nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import FIXTURES
from tests.support.hars import (
    JSON,
    assert_nothing_left,
    catalog_rows,
    generated,
    objects,
    upload_slowly,
    wait_for,
)
from tests.support.server import PATIENCE, Server, start_server

_SAMPLE = FIXTURES / "playwright-1.65_embed.har"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A HAR that takes a while to upload."""
    path = tmp_path_factory.mktemp("large") / "large.har"
    return generated(path, "mixed", 80_000_000)


def _reindex(data_dir: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harlake", "reindex", "--data-dir", str(data_dir)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_crash_during_an_import_leaves_nothing_of_it(tmp_path: Path, large: Path) -> None:
    """After kill -9 in the middle of an upload, a restart shows what was complete before, and no trace of the rest."""
    server = start_server(tmp_path / "data")
    kept = server.import_file(_SAMPLE)
    before = server.curl(f"/api/har/export/{kept['sessionId']}")
    upload = upload_slowly(server, large, "4M")
    server.kill()
    upload.wait()
    assert len(objects(server)) == 2

    restarted = start_server(tmp_path / "data")
    assert objects(restarted) == [f"{kept['captureId']}.har.zst"]
    assert [one["id"] for one in restarted.json("/api/sessions")["sessions"]] == [kept["sessionId"]]
    assert restarted.curl(f"/api/har/export/{kept['sessionId']}") == before
    assert restarted.import_file(_SAMPLE)["success"] is True
    assert restarted.stop() == 0


@pytest.mark.slow
def test_what_was_answered_survives_a_crash(tmp_path: Path) -> None:
    """A capture is on the disk when its import is answered: kill -9 in the next moment does not lose it."""
    server = start_server(tmp_path / "data")
    answer = server.import_file(_SAMPLE)
    server.kill()
    restarted = start_server(tmp_path / "data")
    har = restarted.json(f"/api/har/export/{answer['sessionId']}")
    assert har["log"]["entries"] == json.loads(_SAMPLE.read_bytes())["log"]["entries"]
    assert restarted.stop() == 0


@pytest.mark.slow
def test_a_client_that_leaves_leaves_nothing(own_server: Server, large: Path) -> None:
    """An upload that is broken off is discarded at once, and the server goes on."""
    upload = upload_slowly(own_server, large, "4M")
    upload.kill()
    upload.wait()
    wait_for(lambda: not objects(own_server))
    assert own_server.json("/api/sessions") == {"sessions": []}
    assert own_server.import_file(_SAMPLE)["success"] is True


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_being_told_to_stop_is_no_failure(tmp_path: Path, number: signal.Signals) -> None:
    """SIGINT and SIGTERM end an idle service with status 0, and it starts again on its folder."""
    for _ in range(2):
        server = start_server(tmp_path / "data")
        server.import_file(_SAMPLE)
        server.process.send_signal(number)
        assert server.process.wait(PATIENCE) == 0
    assert not list((tmp_path / "data").glob("*.wal"))


@pytest.mark.slow
def test_being_told_to_stop_during_imports_discards_them(tmp_path: Path, large: Path) -> None:
    """A service that has to end gives running uploads some seconds, and then leaves nothing of them."""
    server = start_server(tmp_path / "data")
    uploads = [upload_slowly(server, large, "2M")]
    while len(uploads) < 3:
        uploads.append(upload_slowly(server, large, "2M"))
        wait_for(lambda: len(objects(server)) == len(uploads))
    assert server.stop() == 0
    for upload in uploads:
        upload.wait()
    assert objects(server) == []
    assert set(catalog_rows(server.data_dir).values()) == {0}
    assert "Traceback" not in server.log.read_text()


@pytest.mark.slow
def test_a_folder_belongs_to_one_service(own_server: Server) -> None:
    """A second service on the same folder is refused, in one line that names the folder."""
    command = [sys.executable, "-m", "harlake", "serve", "--port", "1", "--data-dir", str(own_server.data_dir)]
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert second.returncode == 4
    assert second.stderr.splitlines() == [f"Error: {own_server.data_dir} is in use by the service at {own_server.url}"]


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_lost_catalog_costs_no_capture(tmp_path: Path) -> None:
    """A service that starts without its catalog leaves the objects alone and says how to get them back."""
    server = start_server(tmp_path / "data")
    capture = server.import_file(_SAMPLE)["captureId"]
    assert server.stop() == 0
    (tmp_path / "data" / "catalog.duckdb").unlink()
    restarted = start_server(tmp_path / "data")
    assert objects(restarted) == [f"{capture}.har.zst"]
    assert "harlake reindex" in restarted.log.read_text()
    assert restarted.stop() == 0


def _flip_a_byte(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)


@pytest.mark.slow
def test_damage_is_never_served_as_if_it_were_whole(tmp_path: Path) -> None:
    """A byte that has flipped on the disk cuts the export off, and reindexing names the capture."""
    server = start_server(tmp_path / "data")
    answer = server.import_file(FIXTURES / "mitmproxy-11.0_site.har")
    _flip_a_byte(tmp_path / "data" / "captures" / f"{answer['captureId']}.har.zst")
    assert server.try_curl(f"/api/har/export/{answer['sessionId']}").returncode == 18
    assert server.stop() == 0
    reindexed = _reindex(tmp_path / "data")
    assert reindexed.returncode == 1
    assert answer["captureId"] in reindexed.stderr


@pytest.mark.slow
def test_an_object_is_a_har_without_harlake(own_server: Server) -> None:
    """What zstd makes of a stored object is valid HAR with the entries that were uploaded."""
    answer = own_server.import_file(_SAMPLE)
    stored = own_server.data_dir / "captures" / f"{answer['captureId']}.har.zst"
    text = subprocess.run(["zstd", "-dcq", str(stored)], capture_output=True, check=True).stdout
    assert json.loads(text)["log"]["entries"] == json.loads(_SAMPLE.read_bytes())["log"]["entries"]


@pytest.mark.slow
def test_captures_of_many_entries_can_be_removed(tmp_path: Path) -> None:
    """What 190,000 entries left is removed on demand, and when a crash came first."""
    file = generated(tmp_path / "tiny.har", "tiny", 100_000_000)
    server = start_server(tmp_path / "data")
    session = server.import_file(file)["sessionId"]
    assert server.status("-X", "DELETE", f"/api/sessions/{session}") == (200, {"success": True})
    assert_nothing_left(server)
    captures = server.data_dir / "captures"
    upload = upload_slowly(server, file, "10M")
    # A third of its entries are in the object then, and some of their rows in a file.
    wait_for(lambda: sum(path.stat().st_size for path in captures.iterdir()) > 3_000_000)
    server.kill()
    upload.wait()
    assert catalog_rows(server.data_dir)["unfinished"] == 1
    restarted = start_server(tmp_path / "data")
    assert_nothing_left(restarted)
    assert list((restarted.data_dir / "index").iterdir()) == []
    assert restarted.import_file(_SAMPLE)["success"] is True
    assert restarted.stop() == 0
    assert catalog_rows(server.data_dir)["captures"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("how", ["reindex", "lost catalog"])
def test_what_a_crash_left_is_removed_without_its_catalog(tmp_path: Path, large: Path, how: str) -> None:
    """The half-written object of a crash is removed, also when no catalog knows of it; files of others stay."""
    server = start_server(tmp_path / "data")
    upload = upload_slowly(server, large, "4M")
    server.kill()
    upload.wait()
    (left,) = objects(server)
    others = {f"{left}.bak", f"x{left}", "notes.har.zst.part", left.replace(".part", ".parts")}
    for name in others:
        (tmp_path / "data" / "captures" / name).touch()
    if how == "reindex":
        assert _reindex(tmp_path / "data").returncode == 0
    else:
        for path in (tmp_path / "data").glob("catalog.duckdb*"):
            path.unlink()
    restarted = start_server(tmp_path / "data")
    assert set(objects(restarted)) == others
    assert restarted.stop() == 0
    assert f"unfinished {left.removesuffix('.part')}," in restarted.log.read_text() or how == "reindex"


@pytest.mark.slow
def test_reindexing_goes_on_past_damage(tmp_path: Path) -> None:
    """A damaged object is named, and all others are there; the folder has nothing else than before."""
    server = start_server(tmp_path / "data")
    for _ in range(3):
        server.import_file(_SAMPLE)
    assert server.stop() == 0
    before = sorted(path.name for path in (tmp_path / "data").iterdir())
    damaged = tmp_path / "data" / "captures" / objects(server)[1]
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:-1])
    reindexed = _reindex(tmp_path / "data")
    assert reindexed.returncode == 1
    assert damaged.name.partition(".")[0] in reindexed.stderr.splitlines()[-1]
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == before
    assert catalog_rows(tmp_path / "data") == {"captures": 2, "sessions": 3, "unfinished": 0}
    damaged.write_bytes(whole)
    assert _reindex(tmp_path / "data").returncode == 0
    assert catalog_rows(tmp_path / "data")["captures"] == 3


@pytest.mark.slow
def test_a_rebuilt_session_has_the_name_of_its_latest_capture(tmp_path: Path) -> None:
    """Without a catalog, a session that was renamed between imports is not called by an older name."""
    server = start_server(tmp_path / "data")
    session = created_at = ""
    for number in range(6):
        into = ("-F", f"sessionId={session}") if session else ()
        session = server.import_file(_SAMPLE, *into)["sessionId"]
        created_at = created_at or server.json(f"/api/sessions/{session}")["createdAt"]
        server.curl("-X", "PATCH", f"/api/sessions/{session}", *JSON, "-d", json.dumps({"name": f"Name {number}"}))
    assert server.stop() == 0
    (tmp_path / "data" / "catalog.duckdb").unlink()
    assert _reindex(tmp_path / "data").returncode == 0
    restarted = start_server(tmp_path / "data")
    rebuilt = restarted.json(f"/api/sessions/{session}")
    assert restarted.stop() == 0
    assert (rebuilt["name"], rebuilt["createdAt"]) == ("Name 4", created_at)


@pytest.mark.slow
@pytest.mark.parametrize(("coding", "status"), [("gzip", 18), ("zstd", 61)])
def test_damage_shows_in_compressed_exports(tmp_path: Path, coding: str, status: int) -> None:
    """A byte that has flipped cuts a gzip export off, and in a zstd one it fails the checksum."""
    server = start_server(tmp_path / "data")
    answer = server.import_file(FIXTURES / "mitmproxy-11.0_site.har")
    _flip_a_byte(tmp_path / "data" / "captures" / f"{answer['captureId']}.har.zst")
    accept = ("-H", f"Accept-Encoding: {coding}", "--compressed", "-o", "/dev/null")
    result = server.try_curl(f"/api/har/export/{answer['sessionId']}", *accept)
    assert server.stop() == 0
    assert result.returncode == status
