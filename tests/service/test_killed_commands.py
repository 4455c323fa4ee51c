"""Commands that are killed at any moment, and run again: what they make is what they would have made at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from harlake.store.copy_mark import MARK_NAME
from tests.support.copies import contents, files, fill_folder, make_earlier
from tests.support.killed import run_command

#: How often each command is killed before it may go on.
_KILLS = 2
_MANY_KILLS = 200


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is not changed."""
    path = tmp_path_factory.mktemp("original") / "data"
    fill_folder(path)
    return path


def _earlier(folder: Path) -> Path:
    """Return a folder that an earlier version has left."""
    make_earlier(folder)
    return folder


def _damaged(folder: Path) -> Path:
    """Return a folder without most of its index, and with an object that its catalog does not know."""
    for path in (folder / "index").iterdir():
        path.write_bytes(path.read_bytes()[:-1])
    return folder


#: How a folder is prepared, the command, and where its result is.
_COMMANDS: dict[str, tuple[Callable[[Path], Path], list[str], str]] = {
    "migrate": (_earlier, ["migrate", "--data-dir", "source"], "source"),
    "reindex": (_damaged, ["reindex", "--data-dir", "source"], "source"),
    "check": (_damaged, ["check", "--repair", "--data-dir", "source"], "source"),
    "backup": (lambda folder: folder, ["backup", "target", "--data-dir", "source"], "target"),
    "restore": (lambda folder: folder, ["restore", "source", "--data-dir", "target"], "target"),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kills"),
    [
        ("migrate", _KILLS),
        *(pytest.param(name, _KILLS, marks=pytest.mark.slow) for name in _COMMANDS if name != "migrate"),
        *(pytest.param(name, _MANY_KILLS, marks=pytest.mark.long) for name in _COMMANDS),
    ],
)
def test_a_command_that_is_killed_goes_on(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kills: int
) -> None:
    """At drawn steps, again and again; in the end, all rows, files and exports are those of the original."""
    prepare, command, result = _COMMANDS[name]
    monkeypatch.chdir(tmp_path)
    prepare(shutil.copytree(original, Path("prepared")))
    shutil.copytree("prepared", "source")
    _, most = run_command(*command)
    draw = Random(f"{name} {kills}")
    killed = 0
    while killed < kills:
        for folder in ("source", "target"):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree("prepared", "source")
        for _ in range(min(2, kills - killed)):  # and what has begun again is killed as well
            status, _ = run_command(*command, kill_at=draw.randint(1, most))
            killed += 1
            assert status in (-9, 0)
        # One that was killed when all was done is not done again.
        assert run_command(*command)[0] == 0 or (name == "restore" and not (tmp_path / "target" / MARK_NAME).exists())
        assert contents(Path(result)) == contents(original)
        assert files(Path(result)) == files(original)
