"""Clients of tus that others have written: from PyPI and npm, into environments of their own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks.measuring import FailedError
from benchmarks.peers.environments import environment
from tests.support.hars import numbered, saved
from tests.support.server import Server

pytestmark = pytest.mark.consumers

_PROGRAMS = Path(__file__).parent.parent / "support" / "consumers"
_CHUNK = 100_000


def _check(server: Server, url: str, name: str) -> None:
    """Check that an upload was imported as a whole."""
    shown = server.json(url)
    assert (shown["state"], shown["result"]["imported"]) == ("done", 1_000)
    assert shown["result"]["sessionName"] == f"Imported: {name}"


def test_tuspy(api: Server, tmp_path: Path) -> None:
    """In chunks with checksums, and on where another client had ended."""
    try:
        python = environment("tuspy") / "python"
    except FailedError as error:
        pytest.skip(f"cannot be installed: {error}")
    file = saved(tmp_path / "a.har", numbered(1_000))
    command = [str(python), str(_PROGRAMS / "tuspy_uploads.py"), f"{api.url}/api/uploads", str(file), str(_CHUNK)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    _check(api, done.stdout.strip(), "tuspy")


def test_tus_js_client(api: Server, tmp_path: Path) -> None:
    """In chunks, ended in the middle and gone on with."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    install = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(tmp_path), "tus-js-client@4.3.1"]
    installed = subprocess.run(install, capture_output=True, text=True, check=False)
    if installed.returncode:
        pytest.skip(f"cannot be installed: {installed.stderr[-200:]}")
    file = saved(tmp_path / "a.har", numbered(1_000))
    program = shutil.copy(_PROGRAMS / "tus_js_uploads.cjs", tmp_path)
    command = ["node", program, f"{api.url}/api/uploads", str(file), str(_CHUNK)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    _check(api, done.stdout.strip(), "tus-js")
