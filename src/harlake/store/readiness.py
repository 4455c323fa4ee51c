"""Whether the data folder can take captures and give them back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable

import duckdb

from harlake.errors import HarlakeError
from harlake.store.data_dir import DataDir


def readiness_problems(data_dir: DataDir) -> list[str]:
    """Return what is wrong, in words that tell no path. Nothing waits for the catalog; a disk may take its time."""
    checks: dict[str, Callable[[DataDir], None]] = {
        "the data folder cannot be written": _write,
        "the disk has no more than its reserve left": lambda folder: folder.captures.check_free(),
        "captures cannot be reached": lambda folder: folder.captures.check_reachable(),
        "the catalog cannot be read": lambda folder: folder.catalog.check(),
    }
    return [problem for problem, check in checks.items() if _fails(check, data_dir)]


def _write(data_dir: DataDir) -> None:
    data_dir.check_writable()
    with tempfile.TemporaryFile(dir=data_dir.scratch) as file:
        file.write(b"\n")


def _fails(check: Callable[[DataDir], None], data_dir: DataDir) -> bool:
    try:
        check(data_dir)
    except (HarlakeError, OSError, duckdb.Error):
        return True
    return False
