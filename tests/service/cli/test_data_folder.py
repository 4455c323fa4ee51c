"""Commands on a data folder that no service has open, or that one has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import FIXTURES
from tests.support.commands import failure, json_lines, output, run, started
from tests.support.hars import entries_of, numbered, saved, wait_for
from tests.support.server import Server

_SAMPLE = FIXTURES / "playwright-1.65_embed.har"

#: What a data folder holds when nobody serves it.
_KEPT = ["captures", "catalog.duckdb", "index", "lock", "reserve"]


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
def test_a_folder_in_use(own_server: Server, tmp_path: Path) -> None:
    """A folder that is served is said to be, with the address, which works; also when it is to be served again."""
    hint = f"data is in use by the service at {own_server.url}: add --server {own_server.url}\n"
    for command in ("sessions", "import a.har"):
        assert failure(f"harlake {command} --data-dir data", tmp_path) == f"Error: {hint}"
    for command in ("serve --port 1", "reindex"):
        assert failure(f"harlake {command} --data-dir data", tmp_path) == f"Error: {hint.partition(': add')[0]}\n"
    assert output(f"harlake sessions {hint.partition(': add ')[2]}", tmp_path) == ""
    assert own_server.stop() == 0
    assert sorted(path.name for path in own_server.data_dir.iterdir()) == _KEPT


@pytest.mark.slow
def test_a_service_that_was_killed(own_server: Server, tmp_path: Path) -> None:
    """What a killed service wrote about itself misleads nobody: the lock decides, and the next one removes it."""
    own_server.kill()
    assert (own_server.data_dir / "serving.json").exists()
    importing = started("import", "-", "--data-dir", "data", folder=tmp_path)
    wait_for(lambda: not (own_server.data_dir / "serving.json").exists())
    assert failure("harlake sessions --data-dir data", tmp_path) == "Error: data is in use by another harlake\n"
    printed, complaint = importing.communicate(numbered(3).decode())
    assert (importing.returncode, complaint) == (0, "")
    assert printed.startswith("-: 3 entries into ")


def test_only_a_data_folder_is_reindexed(tmp_path: Path) -> None:
    """Where the catalog of nodes is meant, by the environment, too, no folder is taken for it."""
    for options, variables in (("--catalog postgresql://a", {}), ("", {"HARLAKE_OBJECTS": "s3://bucket"})):
        done = run(f"harlake reindex {options}", tmp_path, **variables)
        assert (done.returncode, "check --repair" in done.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []
