"""Everything that harlake keeps is its user's only, whatever the umask and whatever was there; no link is followed."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from harlake.errors import DamagedCaptureError, DataDirError
from harlake.store.data_dir import DataDir
from harlake.store.rebuild import rebuild_catalog
from tests.support.commands import failure, run, started
from tests.support.hars import JSON, generated, imported, numbered, saved, wait_for
from tests.support.server import Server, start_server


def _open_to_others(folder: Path) -> list[str]:
    """Return what is in a folder, and the folder, with its mode, where that is not its owner's only."""
    found = [folder, *folder.rglob("*")]
    return [f"{path.lstat().st_mode:o} {path.name}" for path in found if path.lstat().st_mode & 0o077]


def _check(server: Server) -> None:
    assert _open_to_others(server.data_dir) == []
    assert server.data_dir.stat().st_mode & 0o777 == 0o700


def _started(folder: Path, umask: int) -> Server:
    before = os.umask(umask)
    try:
        return start_server(folder)
    finally:
        os.umask(before)


@pytest.mark.slow
@pytest.mark.parametrize("umask", [0o000, 0o777], ids=oct)
def test_nobody_else_can_read_a_data_folder(tmp_path: Path, umask: int) -> None:
    """During and after imports, exports, queries and analyses, after a crash, and in a catalog that is rebuilt."""
    har = saved(tmp_path / "a.har", numbered(300))
    large = generated(tmp_path / "large.har", "mixed", 8_000_000)
    server = _started(tmp_path / "data", umask)
    _check(server)
    first, second = (imported(server, har)["sessionId"] for _ in range(2))
    _check(server)
    importing = started("import", "-", "--server", server.url, folder=tmp_path)
    assert importing.stdin is not None
    importing.stdin.write(large.read_text("utf-8")[:-10])
    importing.stdin.flush()
    wait_for(lambda: list(server.data_dir.glob("captures/*.part")))
    _check(server)
    for path in (f"har/export/{first}?format=parquet", f"sessions/{first}/stats", f"sessions/{first}/diff/{second}"):
        assert server.curl("--fail", f"/api/{path}")
        _check(server)
    query = '{"sql": "SELECT DISTINCT repeat(url, 20) || id FROM entries ORDER BY 1 DESC"}'
    assert server.curl("--fail", "/api/sql", *JSON, "-d", query).count(b"\n") == 600
    _check(server)
    server.curl("-X", "DELETE", f"/api/sessions/{second}")
    _check(server)
    server.kill()
    importing.kill()
    importing.communicate()
    _check(server)
    done = run(
        f"umask {umask:o}; harlake reindex --data-dir data && harlake export {first} --data-dir data -o b.har", tmp_path
    )
    assert (done.returncode, _open_to_others(server.data_dir), _open_to_others(tmp_path / "b.har")) == (0, [], [])


@pytest.mark.slow
def test_a_folder_that_others_could_use_is_narrowed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is said once, and what is not harlake's stays as it is."""
    folder = tmp_path / "data"
    with_capture = _with_capture(folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o777)
    saved(folder / "notes.txt", b"mine").chmod(0o644)
    DataDir(folder).close()
    assert _open_to_others(folder) == ["100644 notes.txt"]
    assert caplog.messages == [f"other users could read {folder}: 6 files and folders are their owner's only now"]
    assert with_capture.stat().st_mode & 0o777 == 0o600
    caplog.clear()
    DataDir(folder).close()
    assert caplog.messages == []
    folder.chmod(0o755)
    DataDir(folder).close()
    assert caplog.messages == [f"other users could read {folder}: 1 files and folders are their owner's only now"]


def _with_capture(folder: Path) -> Path:
    """Make a data folder with a capture, and return the path of that."""
    saved(folder.parent / "a.har", numbered(2))
    run(f"harlake import a.har --data-dir {folder}", folder.parent)
    (written,) = folder.glob("captures/*.har.zst")
    return written


@pytest.mark.parametrize(
    "name",
    ["captures", "index", "lock", "reserve", "scratch", "catalog.duckdb", "catalog.duckdb.wal", "catalog.duckdb.tmp"],
)
def test_links_in_a_data_folder_are_refused(tmp_path: Path, name: str) -> None:
    """What they point to is not written, read, or given another mode; neither at a start nor when it is rebuilt."""
    folder, target = tmp_path / "data", tmp_path / "target"
    target.mkdir(0o755)
    (folder / "captures").mkdir(parents=True)
    if name == "captures":
        (folder / name).rmdir()
    (folder / name).symlink_to(target)
    for opened in (lambda: DataDir(folder), lambda: list(rebuild_catalog(folder))):
        with pytest.raises(DataDirError, match=f"{name} is a symbolic link"):
            opened()
    assert (target.stat().st_mode & 0o777, list(target.iterdir())) == (0o755, [])


def test_the_folder_itself_may_be_given_by_a_link(tmp_path: Path) -> None:
    """Where it leads is narrowed, as it is where data goes."""
    (tmp_path / "real").mkdir(0o755)
    (tmp_path / "link").symlink_to("real")
    DataDir(tmp_path / "link").close()
    assert _open_to_others(tmp_path / "real") == []
    assert (tmp_path / "real" / "catalog.duckdb").is_file()


@pytest.mark.slow
def test_a_link_in_place_of_a_capture_or_an_address_is_not_followed(tmp_path: Path) -> None:
    """A capture that is one is damaged, and the address is written elsewhere; what they point to stays."""
    secret = saved(tmp_path / "secret", b"secret")
    capture = _with_capture(tmp_path / "data")
    capture.rename(tmp_path / "moved")
    capture.symlink_to(tmp_path / "moved")
    folder = DataDir(tmp_path / "data")
    for name in ("serving.json", "serving.json.part"):
        (folder.path / name).symlink_to(secret)
    folder.announce("http://127.0.0.1:1")
    assert not (folder.path / "serving.json").is_symlink()
    with pytest.raises(DamagedCaptureError) as caught:
        folder.captures.open(next(folder.captures.ids()))
    assert str(tmp_path) not in str(caught.value)
    folder.close()
    assert secret.read_bytes() == b"secret"


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """In one line, before anything is made there."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data").chmod(0o755)
    os.chown(tmp_path / "data", 12_345, -1)
    refusal = failure("harlake serve --port 1 --data-dir data", tmp_path)
    assert "data belongs to another user (uid 12345" in refusal
    assert list((tmp_path / "data").iterdir()) == []
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o755


#: Runs commands and prints what Python makes for them: files, folders and addresses.
_WATCHED = """
import os, sys
from harlake.cli import main
made = {"os.mkdir", "tempfile.mkdtemp", "tempfile.mkstemp", "socket.bind"}

def watch(event, arguments):
    if event in made or (event == "open" and arguments[2] & os.O_CREAT):
        print("made", arguments[1] if event == "socket.bind" else os.path.abspath(arguments[0]), file=sys.stderr)

sys.addaudithook(watch)
main(sys.argv[1:])
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", ["import a.har", pytest.param("sql 'SELECT url FROM entries'", marks=pytest.mark.slow), "validate a.har"]
)
def test_nothing_is_made_outside_of_the_folder(tmp_path: Path, command: str) -> None:
    """Neither temporary files nor a socket: commands speak to themselves without any address."""
    saved(tmp_path / "a.har", numbered(2))
    if command.startswith("sql"):
        run("harlake import a.har", tmp_path)
    # Without files of compiled modules, which Python makes where it finds these for the first time.
    done = run(f"python -B -c {shlex.quote(_WATCHED)} {command}", tmp_path)
    assert done.returncode == 0, done.stderr
    made = [line.removeprefix("made ") for line in done.stderr.splitlines() if line.startswith("made ")]
    assert bool(made) == (command != "validate a.har")
    assert [path for path in made if not path.startswith(f"{tmp_path}/harlake-data")] == []
