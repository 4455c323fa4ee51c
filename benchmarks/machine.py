"""What a run was made on: enough to judge the figures by, nothing that names the machine."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

import harlake

_PACKAGES = ("duckdb", "ijson", "litestar", "msgspec", "pyarrow", "uvicorn", "uvloop", "zstandard")


class Machine(msgspec.Struct, frozen=True):
    """Processor, memory in bytes, versions by name, and the day (ISO 8601)."""

    date: str
    cores: int
    cpu: str
    memory: int
    versions: dict[str, str]


def this_machine() -> Machine:
    """Look at the machine that this runs on."""
    versions = {"harlake": harlake.__version__, "Python": platform.python_version(), "Linux": _kernel()}
    versions |= {name: version(name) for name in _PACKAGES}
    versions |= {"zstd (command)": tool_version("zstd", "--version"), "curl": tool_version("curl", "--version")}
    return Machine(
        date=datetime.now(UTC).date().isoformat(),
        cores=len(os.sched_getaffinity(0)),
        cpu=_cpu(),
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        versions=versions,
    )


def tool_version(*command: str | Path) -> str:
    """Return the first version number that a command prints, "" where there is none."""
    try:
        printed = subprocess.run(command, capture_output=True, check=False, text=True).stdout
    except OSError:
        return ""
    match = re.search(r"\d+\.[\d.]*\d", printed)
    return match[0] if match else ""


def _kernel() -> str:
    match = re.match(r"[\d.]*\d", platform.release())
    return match[0] if match else ""


def _cpu() -> str:
    match = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return match[1].strip() if match else platform.machine()
