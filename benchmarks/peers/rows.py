"""The peers, as cases on one file: each reads the HAR as a whole and writes one, as harlake does by import and export.

Each is a process of its own, killed when it holds more than 4 GB or takes more than five minutes. Libraries that
harlake uses, too, run in harlake's environment, programs from PyPI in one of their own.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.machine import tool_version
from benchmarks.measuring import Case, FailedError, Run, run_command
from benchmarks.peers.environments import environment, pinned

MEMORY: Final = 4_000_000_000
PATIENCE: Final = 300
_PROGRAMS: Final = Path(__file__).parent / "programs"

Command = Callable[[Path, Path], list[str | Path]]


def peer_cases(source: Path, folder: Path) -> list[Case]:
    """Return all peers as cases; one that is not there fails when it is run, and says so."""
    return [
        _case("plain importer", "ijson → msgspec → DuckDB rows → HAR", _python("plain"), source, folder),
        _case("mitmproxy", "HAR → flows → HAR", _mitmproxy, source, folder),
        _case("Node", "JSON.parse + JSON.stringify", _node, source, folder),
        _case("Python json", "json.load + json.dump", _python("python_json"), source, folder),
        _case("jq", "jq -c .", _jq, source, folder),
        _case("DuckDB", "read_json → table of entries → JSON", _python("duckdb_json"), source, folder),
        _case("haralyzer", "reads, and looks at each entry; cannot write", _haralyzer, source, folder),
    ]


def peer_versions() -> dict[str, str]:
    """Return the versions of those peers that are no libraries of harlake."""
    return {
        "mitmproxy": pinned("mitmproxy"),
        "haralyzer": pinned("haralyzer"),
        "Node": tool_version("node", "--version"),
        "jq": tool_version("jq", "--version"),
    }


def _case(name: str, does: str, command: Command, source: Path, folder: Path) -> Case:
    target = folder / "peer.har"

    def run() -> Run:
        try:
            output = folder / "printed.har"
            return run_command(command(source, target), output=output, memory=MEMORY, patience=PATIENCE)
        finally:
            for left in folder.iterdir():
                if left != source and left.is_file():
                    left.unlink()

    return Case(name, "peer", does, run)


def _python(program: str) -> Command:
    return lambda source, target: [sys.executable, _PROGRAMS / f"{program}.py", source, target]


def _mitmproxy(source: Path, target: Path) -> list[str | Path]:
    mitmdump = environment("mitmproxy") / "mitmdump"
    home = f"confdir={target.parent / 'mitmproxy'}"
    return [mitmdump, "-n", "-q", "-r", source, "--set", home, "--set", f"hardump={target}"]


def _haralyzer(source: Path, _: Path) -> list[str | Path]:
    return [environment("haralyzer") / "python", _PROGRAMS / "haralyzer_entries.py", source]


def _node(source: Path, target: Path) -> list[str | Path]:
    return [*node(), _PROGRAMS / "node_json.cjs", source, target]


def _jq(source: Path, _: Path) -> list[str | Path]:
    return [tool("jq"), "-c", ".", source]


def node() -> list[str | Path]:
    """Return the command that is Node, with as much memory as a peer may have. Raises FailedError."""
    return [tool("node"), f"--max-old-space-size={MEMORY >> 20}"]


def tool(name: str) -> str:
    """Return where a program is. Raises FailedError."""
    found = shutil.which(name)
    if found is None:
        raise FailedError("not installed")
    return found
