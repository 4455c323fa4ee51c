"""Commands on what is stored as a whole: check, backup, restore, migrate."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from harlake.store.data_dir import DataDir
from tests.support.commands import failure, json_lines, output, run, started
from tests.support.copies import contents, fill_folder, make_earlier
from tests.support.folders import import_har
from tests.support.hars import numbered, saved
from tests.support.server import Server, start_server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder."""
    fill_folder(tmp_path / "data")
    return tmp_path / "data"


@pytest.mark.slow
def test_a_backup_while_the_service_runs(own_server: Server, tmp_path: Path) -> None:
    """It has all that was answered before, and what was removed is no more in the next one; a service can serve it."""
    first, second = (
        own_server.import_file(saved(tmp_path / "a.har", numbered(count)), "-F", f"sessionName={count}")
        for count in (3, 600)
    )
    backed_up = json_lines(output("harlake backup copy --data-dir data --json", tmp_path))
    assert [one["captureId"] for one in backed_up] == [first["captureId"], second["captureId"]]
    before = own_server.curl(f"/api/har/export/{second['sessionId']}")
    own_server.curl("-X", "DELETE", f"/api/sessions/{first['sessionId']}")
    assert json_lines(output("harlake backup copy --data-dir data --json", tmp_path)) == [
        {"captureId": second["captureId"], "bytes": 0}
    ]
    assert own_server.stop() == 0
    found = contents(tmp_path / "copy")
    assert [*found["exports"].values()] == [before]
    assert found == contents(tmp_path / "data")


@pytest.mark.slow
def test_a_backup_beside_imports_and_removals(own_server: Server, tmp_path: Path) -> None:
    """Whatever happens meanwhile, each backup can be opened, and is whole."""
    file = saved(tmp_path / "a.har", numbered(700))
    kept = own_server.import_file(file, "-F", "sessionName=kept")
    for number in range(2):
        backing_up = started("backup", "copy", "--data-dir", "data", folder=tmp_path)
        while backing_up.poll() is None:
            made = own_server.import_file(file, "-F", f"sessionName={number}")
            own_server.curl("-X", "DELETE", f"/api/sessions/{made['sessionId']}")
        assert backing_up.communicate() is not None
        assert backing_up.returncode == 0
        assert output("harlake check --data-dir copy", tmp_path) == ""
        names = {one["id"]: one for one in json_lines(output("harlake sessions --json --data-dir copy", tmp_path))}
        assert names[kept["sessionId"]]["entryCount"] == 700
        assert {one["entryCount"] for one in names.values()} == {700}


@pytest.mark.slow
def test_backup_and_restore(folder: Path, tmp_path: Path) -> None:
    """Everything comes back; no folder that holds something is overwritten."""
    before = contents(folder)
    output("harlake backup copy --data-dir data && harlake restore copy --data-dir restored", tmp_path)
    assert contents(tmp_path / "restored") == before
    assert "holds captures or sessions" in failure("harlake restore copy --data-dir data", tmp_path)
    assert "holds no captures" in failure("harlake restore nothing --data-dir other", tmp_path)


@pytest.mark.slow
def test_an_earlier_folder(folder: Path, tmp_path: Path) -> None:
    """Every command that opens it says what to do, which is done once."""
    make_earlier(folder)
    for command in ("serve --port 1", "sessions", "backup copy"):
        said = failure(f"harlake {command} --data-dir data", tmp_path)
        assert "made by an earlier version of harlake; `harlake migrate` brings it to this one" in said
    assert sum(one["entries"] for one in json_lines(output("harlake migrate --data-dir data --json", tmp_path))) == 605
    assert output("harlake migrate --data-dir data", tmp_path) == ""
    assert len(contents(folder)["exports"]) == 3


def _flip(folder: Path) -> None:
    """Damage the largest object."""
    path = max((folder / "captures").iterdir(), key=lambda one: one.stat().st_size)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def _lose_index_and_catalog(folder: Path) -> None:
    for path in (*(folder / "index").iterdir(), folder / "catalog.duckdb"):
        path.unlink()


@pytest.mark.slow
@pytest.mark.parametrize(("damage", "statuses"), [(_flip, (1, 1, 1)), (_lose_index_and_catalog, (1, 0, 0))])
def test_check(folder: Path, tmp_path: Path, damage: Callable[[Path], None], statuses: tuple[int, ...]) -> None:
    """A line a finding; the exit status says whether something is wrong: as found, after mending, and in the end."""
    assert output("harlake check --data-dir data", tmp_path) == ""
    damage(folder)
    for command, status in zip(("check", "check --repair", "check"), statuses, strict=True):
        done = run(f"harlake {command} --data-dir data --json", tmp_path)
        assert done.returncode == status, done.stderr
        found = [json.loads(line) for line in done.stdout.splitlines()]
        assert bool(found) == bool(status) or command == "check --repair"
        assert all(one["mended"] == (command == "check --repair" and status == 0) for one in found)


@pytest.mark.slow
def test_what_cannot_be_checked(own_server: Server, tmp_path: Path) -> None:
    """Status 4, and one line that says why."""
    for command, reason in (
        ("check --data-dir data", f"data is in use by the service at {own_server.url}"),
        ("check --data-dir nothing", "nothing holds no captures"),
    ):
        done = run(f"harlake {command}", tmp_path)
        assert (done.returncode, done.stderr) == (4, f"Error: {reason}\n")


@pytest.mark.slow
def test_a_service_that_demands_tokens(tmp_path: Path) -> None:
    """A backup needs one with the scope admin: it reads everything."""
    with closing(DataDir(tmp_path / "data")) as data_dir:
        import_har(data_dir, numbered(1))
    tokens = [
        output(f"harlake token create --scope {one} --data-dir data", tmp_path).strip() for one in ("read", "admin")
    ]
    server = start_server(tmp_path / "data", "--require-token")
    try:
        assert "Token required" in failure("harlake backup copy --data-dir data", tmp_path)
        assert "Insufficient scope" in failure("harlake backup copy --data-dir data", tmp_path, HARLAKE_TOKEN=tokens[0])
        output("harlake backup copy --data-dir data", tmp_path, HARLAKE_TOKEN=tokens[1])
    finally:
        server.stop()


@pytest.mark.slow
def test_options_that_belong_together(tmp_path: Path) -> None:
    """Where something is copied to, or from, has to be said as a whole."""
    for command in ("migrate --to cluster",):
        assert run(f"harlake {command}", tmp_path).returncode == 2
    assert "belong together" in failure("harlake backup copy --objects s3://bucket", tmp_path)
    assert "belong together" in failure("harlake migrate --to folder --catalog postgresql:///x", tmp_path)
