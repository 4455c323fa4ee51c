"""Runs the command line as its users do: in a shell, with pipes, on a terminal."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.support.server import PATIENCE, Server

#: All commands, in the order of the documentation.
COMMANDS = (
    *("import", "export", "validate", "redact", "sessions", "entries", "show", "search", "stats", "diff", "sql"),
    *("captures", "rename", "rm", "check", "reindex", "gc", "backup", "restore", "migrate"),
    *("serve", "status", "token", "completion", "help"),
)

#: Where the environment that runs the tests has its programs, ``harlake`` among them.
_PROGRAMS = Path(sys.executable).parent


def environment(**more: str) -> dict[str, str]:
    """Return an environment with this ``harlake`` on its path, and no settings of its own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HARLAKE_")}
    return inherited | {"PATH": f"{_PROGRAMS}:{os.environ['PATH']}", "COLUMNS": "120"} | more


def server_setting(server: Server) -> dict[str, str]:
    """Return the variable that sends commands to a server."""
    return {"HARLAKE_SERVER": server.url}


def json_lines(text: str) -> list[Any]:
    """Return the JSON of each line."""
    return [json.loads(line) for line in text.splitlines()]


def run(command: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a line in bash, and return how it ended."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=PATIENCE,
    )


def output(command: str, folder: Path, **more: str) -> str:
    """Run a line that must succeed, and have nothing to complain about; return what it prints."""
    done = run(command, folder, **more)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def failure(command: str, folder: Path, **more: str) -> str:
    """Run a line that must fail with one of the statuses for that and one line on standard error; return that."""
    done = run(command, folder, **more)
    assert done.returncode in (1, 2, 3, 4), done.stderr
    assert done.stderr.count("\n") == 1
    return done.stderr


def on_terminal(command: str, folder: Path, **more: str) -> str:
    """Run a line on a terminal, and return everything that it writes there, which is without colours."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        ["bash", "-c", command],
        cwd=folder,
        env=environment(NO_COLOR="1", **more),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    written = b""
    with suppress(OSError):  # how a terminal says that nobody is there any more
        while piece := os.read(ours, 65_536):
            written += piece
    os.close(ours)
    assert process.wait(PATIENCE) == 0, written
    return written.decode()


def started(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    """Start harlake without a shell, so that signals reach it."""
    return subprocess.Popen(
        [_PROGRAMS / "harlake", *arguments],
        cwd=folder,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
