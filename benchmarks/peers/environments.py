"""An environment for each peer from PyPI or npm, made on demand under `benchmarks/.peers`, with pinned versions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from benchmarks.measuring import FailedError

_FOLDER: Final = Path(__file__).parent.parent / ".peers"


def environment(name: str) -> Path:
    """Return the folder of programs of a peer's environment, which has what `name`.txt lists. Raises FailedError."""
    folder = _FOLDER / name
    ready = folder / "installed.txt"
    wanted = (Path(__file__).parent / f"{name}.txt").read_text()
    if not ready.exists() or ready.read_text() != wanted:
        listed = Path(__file__).parent / f"{name}.txt"
        _run(sys.executable, "-m", "venv", "--clear", str(folder))
        _run(str(folder / "bin" / "pip"), "install", "--quiet", "--requirement", str(listed))
        ready.write_text(wanted)
    return folder / "bin"


def npm_environment(name: str, version: str) -> Path:
    """Return the folder of modules that has a peer from npm, of which no script is run. Raises FailedError."""
    folder = _FOLDER / f"npm-{name}-{version}"
    modules = folder / "node_modules"
    if not (modules / name / "package.json").exists():
        options = ("--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder))
        _run("npm", "install", *options, f"{name}@{version}")
    return modules


def pinned(name: str) -> str:
    """Return the version of a peer that is pinned."""
    lines = (Path(__file__).parent / f"{name}.txt").read_text().splitlines()
    return next(line.partition("==")[2] for line in lines if line.startswith(f"{name}=="))


def _run(*command: str) -> None:
    try:
        subprocess.run(command, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise FailedError("could not be installed") from None
