"""Commands on a data folder that no service has open, or that one has."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.conftest import FIXTURES
from tests.support.commands import failure, json_lines, output, run, started
from tests.support.hars import entries_of, numbered, saved, wait_for
from tests.support.server import PATIENCE, Server, start_server

_SAMPLE = FIXTURES / "playwright-1.65_embed.har"

#: What a data folder holds when nobody serves it.
_KEPT = ["captures", "catalog.duckdb", "index", "lock", "reserve"]
#: What a service has there as well.
_SERVED = sorted([*_KEPT, "answers"])


@pytest.mark.slow
def test_a_data_folder(tmp_path: Path) -> None:
    """Without a service, commands work on the folder: in it is what a service finds there."""
    saved(tmp_path / "a.har", _SAMPLE.read_bytes())
    imported = json_lines(output("harlake import a.har --json", tmp_path))
    assert [(one["file"], one["imported"], one["sessionName"]) for one in imported] == [("a.har", 30, "Imported: a")]
    session = imported[0]["sessionId"]
    assert [one["id"] for one in json_lines(output("harlake sessions --json", tmp_path))] == [session]
    output(f"harlake export {session[:8]} -o b.har", tmp_path)
    assert entries_of((tmp_path / "b.har").read_bytes()) == entries_of(_SAMPLE.read_bytes())
    (count,) = json_lines(output("harlake sql --json 'select count(*) n from entries'", tmp_path))
    assert count == {"n": 30}
    before = output("harlake entries 'Imported: a'", tmp_path)
    assert json_lines(output("rm harlake-data/catalog.duckdb && harlake reindex --json", tmp_path)) == [
        {"captureId": imported[0]["captureId"], "entries": 30}
    ]
    assert output("harlake entries 'Imported: a'", tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.har", "b.har", "harlake-data"]
    assert sorted(path.name for path in (tmp_path / "harlake-data").iterdir()) == _KEPT


def test_no_data_folder(tmp_path: Path) -> None:
    """What only reads makes no folder."""
    assert "there is no data folder lake" in failure("harlake sessions --data-dir lake", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_folder_that_is_served(own_server: Server, tmp_path: Path) -> None:
    """Commands find the service, and use it; what needs the folder for itself says where it is served."""
    saved(tmp_path / "a.har", numbered(3))
    output("harlake import -q a.har --data-dir data", tmp_path)
    assert [one["entryCount"] for one in own_server.json("/api/sessions")["sessions"]] == [3]
    assert "Imported: a" in output("harlake sessions --data-dir data", tmp_path)
    output("harlake export 'Imported: a' --data-dir data -o b.har", tmp_path)
    for command in ("serve --port 1", "reindex", "gc"):
        complaint = f"Error: data is in use by the service at {own_server.url}\n"
        assert failure(f"harlake {command} --data-dir data", tmp_path) == complaint
    assert own_server.stop() == 0
    assert sorted(path.name for path in own_server.data_dir.iterdir()) == _SERVED


@pytest.mark.slow
def test_a_folder_that_is_served_to_whom_has_a_token(tmp_path: Path) -> None:
    """The token goes there as well, and without one the command says that it needs one."""
    token = output("harlake token create --scope read --data-dir data", tmp_path).strip()
    server = start_server(tmp_path / "data", "--require-token")
    assert "--token" in failure("harlake sessions --data-dir data", tmp_path)
    assert output("harlake sessions --data-dir data", tmp_path, HARLAKE_TOKEN=token) == ""
    assert server.stop() == 0


@pytest.mark.slow
def test_commands_wait_for_each_other(tmp_path: Path) -> None:
    """One that finds another in the folder goes on when that has ended, and says after a while what it waits for."""
    saved(tmp_path / "a.har", numbered(3))
    output("harlake import -q a.har", tmp_path)
    importing = started("import", "-", folder=tmp_path)
    wait_for(lambda: (tmp_path / "harlake-data" / "scratch").exists())
    commands = (["sessions", "--json"], ["check"], ["reindex"], ["gc"], ["migrate"], ["backup", "copy"])
    waiting = [started(*command, folder=tmp_path) for command in commands]
    for one in waiting:
        assert one.stderr is not None
        assert one.stderr.readline() == "harlake-data is in use by another harlake: waiting for it\n"
    assert [one.poll() for one in waiting] == [None] * len(waiting)
    assert importing.communicate(numbered(4).decode())[1] == ""
    ends = [one.communicate() for one in waiting]
    assert [(one.returncode, complaint) for one, (_, complaint) in zip(waiting, ends, strict=True)] == [(0, "")] * 6
    assert [one["entryCount"] for one in json_lines(ends[0][0])] == [4, 3]


@pytest.mark.slow
def test_a_waiting_command_can_be_ended(tmp_path: Path) -> None:
    """By Ctrl-C, as any other."""
    importing = started("import", "-", folder=tmp_path)
    wait_for(lambda: (tmp_path / "harlake-data" / "scratch").exists())
    waiting = started("sessions", folder=tmp_path)
    assert waiting.stderr is not None
    waiting.stderr.readline()
    waiting.send_signal(signal.SIGINT)
    assert waiting.wait(PATIENCE) != 0
    importing.communicate(numbered(1).decode())
    waiting.communicate()


@pytest.mark.slow
def test_a_service_that_was_killed(own_server: Server, tmp_path: Path) -> None:
    """What a killed service wrote about itself misleads nobody: the lock decides, and the next one removes it."""
    own_server.kill()
    assert (own_server.data_dir / "serving.json").exists()
    assert "no service has data open" in failure("harlake status --data-dir data", tmp_path)
    importing = started("import", "-", "--data-dir", "data", folder=tmp_path)
    wait_for(lambda: not (own_server.data_dir / "serving.json").exists())
    printed, complaint = importing.communicate(numbered(3).decode())
    assert (importing.returncode, complaint) == (0, "")
    assert printed.startswith("-: 3 entries into ")


@pytest.mark.slow
def test_a_folder_is_no_backup_of_itself(tmp_path: Path) -> None:
    """It would wait for itself."""
    saved(tmp_path / "a.har", numbered(1))
    output("harlake import -q a.har --data-dir data", tmp_path)
    for command in ("backup ./data", "restore data"):
        assert run(f"harlake {command} --data-dir data", tmp_path).returncode == 2


def test_only_a_data_folder_is_reindexed(tmp_path: Path) -> None:
    """Where the catalog of nodes is meant, by the environment, too, no folder is taken for it."""
    for options, variables in (("--catalog postgresql://a", {}), ("", {"HARLAKE_OBJECTS": "s3://bucket"})):
        done = run(f"harlake reindex {options}", tmp_path, **variables)
        assert (done.returncode, "check --repair" in done.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []
