"""The README is true: its commands name what exists, and its lines work when pasted."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from harlake.settings import Settings
from tests.conftest import ROOT
from tests.support.server import start_server
from tests.support.shell_lines import README, broken_links, needs, paste, shell_blocks

_BLOCKS = shell_blocks(README)
_SETUPS = [block for block in _BLOCKS if "pip install" in block]
_OTHERS = [block for block in _BLOCKS if "pip install" not in block]
_USES = [block for block in _OTHERS if "curl" in block]

_PIP = [".venv/bin/pip", "install", "-q"]
_PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def _help(*arguments: str) -> str:
    """Return the help on a sub-command of this environment's ``harlake``; fails where there is none."""
    command = [sys.executable, "-m", "harlake", *arguments, "--help"]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout


def _steps(setup: str) -> list[list[str]]:
    return [shlex.split(step) for step in setup.split("&&")]


def _options(command: list[str]) -> list[str]:
    return [word.partition("=")[0] for word in command if word.startswith("-")]


def test_there_are_two_setup_commands() -> None:
    """One command line sets everything up and serves, another sets everything up and runs the tests."""
    assert [setup.count("\n") for setup in _SETUPS] == [1, 1]
    serve, test = (_steps(setup)[-1] for setup in _SETUPS)
    assert serve[:2] == [".venv/bin/harlake", "serve"]
    assert test == [".venv/bin/pytest"]


@pytest.mark.parametrize("setup", _SETUPS)
def test_setup_installs_what_exists(setup: str) -> None:
    """The constraints and extras that a setup command names are there."""
    environment, install, _ = _steps(setup)
    assert environment == ["python3", "-m", "venv", ".venv"]
    assert install[: len(_PIP)] == _PIP
    arguments = install[len(_PIP) :]
    constraints = arguments[arguments.index("-c") + 1]
    assert (ROOT / constraints).is_file()
    extras = re.fullmatch(r"\.(?:\[([\w,-]+)\])?", arguments[-1])
    assert extras is not None
    assert set(filter(None, (extras[1] or "").split(","))) <= set(_PROJECT["optional-dependencies"])


@pytest.mark.parametrize("setup", _SETUPS)
def test_setup_runs_what_it_installs(setup: str) -> None:
    """The program that a setup command ends with comes with the project or with an extra that it installs."""
    *_, install, run = _steps(setup)
    program = Path(run[0]).name
    if program == "harlake":
        assert program in _PROJECT["scripts"]
        known = _help(*run[1:2])
        assert all(option in known for option in _options(run))
    else:
        extras = re.findall(r"[\w-]+", install[-1])
        requirements = [one for extra in extras for one in _PROJECT["optional-dependencies"][extra]]
        assert any(re.match(rf"{program}\b", requirement) for requirement in requirements)


def test_sub_commands_exist() -> None:
    """Every sub-command of harlake that is mentioned is known to it."""
    mentioned = set(re.findall(r"`(?:\.venv/bin/)?harlake (\w+)`", README.read_text("utf-8")))
    assert "reindex" in mentioned
    for command in mentioned:
        _help(command)


def _shown(default: object) -> str:
    """Return a default as the table has it."""
    return "off" if default is False else "none" if default in (None, "", ()) else str(default)


def test_configuration_table_is_complete() -> None:
    """The table has every option of ``harlake serve`` with its variable and its default, and no other."""
    rows = re.findall(r"^\| `--([\w-]+)`( \*)? \| `(\w+)` \| `([^`]+)` \|", README.read_text("utf-8"), re.MULTILINE)
    names = {option.replace("-", "_"): default for option, _, _, default in rows}
    assert names == {name: _shown(getattr(Settings(), name)) for name in Settings.__dataclass_fields__}
    assert all(variable == f"HARLAKE_{option.replace('-', '_').upper()}" for option, _, variable, _ in rows)
    reindex = _help("reindex")
    assert all(bool(star) == (f"--{option} " in reindex) for option, star, _, _ in rows)


@needs("bash", "curl", "jq", "zstd")
def test_lines_work_when_pasted(tmp_path: Path) -> None:
    """The lines for using the service work in their order, and what they leave is as described."""
    server = start_server(tmp_path / "harlake-data")
    try:
        for block in _USES:
            paste(block, tmp_path, server)
        sessions = server.json("/api/sessions")["sessions"]
    finally:
        server.stop()
    captured = json.loads((tmp_path / "traffic.har").read_bytes())["log"]["entries"]
    assert json.loads((tmp_path / "session.har").read_bytes())["log"]["entries"] == captured + captured
    assert json.loads((tmp_path / "selected.har").read_bytes())["log"]["entries"] == captured[:1]
    assert paste("zstd -dc session.har.zst", tmp_path) == (tmp_path / "session.har").read_text("utf-8")
    assert [(one["name"], one["captureCount"]) for one in sessions] == [
        ("Restored Backup", 0),
        ("Imported: traffic", 1),
    ]
    (look,) = (block for block in _OTHERS if block not in _USES)
    assert json.loads(paste(look, tmp_path)) == captured[0]


def test_links_lead_somewhere() -> None:
    """Every file that is linked is there."""
    assert broken_links(README) == []
