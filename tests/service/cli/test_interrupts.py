"""Ctrl-C, SIGTERM and SIGKILL during an import leave nothing of it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import run, started
from tests.support.hars import catalog_rows, generated, wait_for
from tests.support.server import PATIENCE


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_import(number: signal.Signals, tmp_path: Path) -> None:
    """Ctrl-C, or being told to stop, leaves nothing of an import."""
    importing = _half_imported(tmp_path)
    importing.send_signal(number)
    importing.wait(PATIENCE)  # before its standard input is closed, which would end the file
    _, complaint = importing.communicate()
    assert (importing.returncode, complaint.strip()) == (130, "Aborted!")
    assert list((tmp_path / "harlake-data" / "captures").iterdir()) == []
    assert {name for name, count in catalog_rows(tmp_path / "harlake-data").items() if count} == set()


def test_an_interrupt_that_python_loses(tmp_path: Path) -> None:
    """One that arrives in a finalizer ends what waits nevertheless."""
    program = """
import os, signal
from harlake.cli import interrupts

class Finalized:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)

interrupts.handle_signals()
interrupts.raise_if_interrupted()
Finalized()
print("lost", flush=True)
interrupts.raise_if_interrupted()
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ended.stdout == "lost\n"
    assert ended.stderr.startswith("Exception ignored in")
    assert ended.stderr.rstrip().endswith("KeyboardInterrupt")
    assert ended.returncode != 0


@pytest.mark.slow
def test_a_killed_import(tmp_path: Path) -> None:
    """What a killed import leaves is removed by the next command."""
    importing = _half_imported(tmp_path)
    importing.kill()
    importing.communicate()
    assert len(list((tmp_path / "harlake-data" / "captures").iterdir())) == 1
    assert run("harlake sessions", tmp_path).stdout == ""
    assert list((tmp_path / "harlake-data" / "captures").iterdir()) == []


def _half_imported(folder: Path) -> subprocess.Popen[str]:
    """Start an import that waits for the rest of its file."""
    importing = started("import", "-", folder=folder)
    assert importing.stdin is not None
    importing.stdin.write(generated(folder / "large.har", "mixed", 8_000_000).read_text("utf-8")[:-1_000])
    importing.stdin.flush()
    wait_for(lambda: list(folder.glob("harlake-data/captures/*.part")))
    return importing
