"""What takes secrets out of a HAR: harlake, and what people use instead, as commands with a file in and one out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.machine import tool_version
from benchmarks.measuring import Case, Run, run_command
from benchmarks.peers.environments import environment, npm_environment, pinned
from benchmarks.peers.rows import MEMORY, PATIENCE, node

_PROGRAMS: Final = Path(__file__).parent / "programs"
_NPM: Final = {"har-sanitizer": "2.0.0", "har-cleaner": "0.0.4"}


@dataclass(frozen=True, slots=True)
class Redactor:
    """A program: `command` reads a HAR and writes one, or prints it where it `prints`."""

    name: str
    kind: str
    does: str
    command: Callable[[Path, Path], list[str | Path]]
    prints: bool = False

    def on(self, source: Path, target: Path) -> Case:
        """Return it as a case: one file in, and one out."""
        return Case(self.name, self.kind, self.does, partial(self.run, source, target))

    def run(self, source: Path, target: Path) -> Run:
        """Run it once. Raises FailedError."""
        output = target if self.prints else None
        return run_command(self.command(source, target), output=output, memory=MEMORY, patience=PATIENCE)


def redactors() -> list[Redactor]:
    """Return all of them; one that is not there fails when it is run, and says so."""
    levels = [
        Redactor(f"harlake {level}", "harlake", f"harlake redact --level {level}", _harlake(level))
        for level in ("secrets", "personal", "strict")
    ]
    return [
        *levels,
        Redactor("without Hyperscan", "harlake", "harlake redact, where that is not installed", _without_hyperscan),
        Redactor("har-capture", "peer", "har-capture sanitize --patterns base", _har_capture),
        Redactor("har-sanitizer", "peer", "har-sanitizer's sanitize, in Node", _har_sanitizer, prints=True),
        Redactor("har-cleaner", "peer", "har-cleaner's sanitizeHar, in Node", _har_cleaner),
        Redactor("Chrome's rule", "peer", "drops cookies, and three headers", _chrome_rule),
    ]


def redactor_versions() -> dict[str, str]:
    """Return the versions of the peers."""
    return {"har-capture": pinned("har-capture"), **_NPM, "Node": tool_version("node", "--version")}


def _harlake(level: str) -> Callable[[Path, Path], list[str | Path]]:
    return lambda source, target: [sys.executable, "-m", "harlake", *_options(level, source, target)]


def _without_hyperscan(source: Path, target: Path) -> list[str | Path]:
    return [sys.executable, _PROGRAMS / "without_hyperscan.py", *_options("secrets", source, target)]


def _options(level: str, source: Path, target: Path) -> list[str | Path]:
    return ["redact", source, "-o", target, "--level", level, "-q"]


def _har_capture(source: Path, target: Path) -> list[str | Path]:
    return [
        environment("har-capture") / "har-capture",
        "sanitize",
        source,
        "-o",
        target,
        "--patterns",
        "base",
        "--max-size",
        "0",
    ]


def _har_sanitizer(source: Path, _: Path) -> list[str | Path]:
    return [*node(), _npm("har-sanitizer") / "har-sanitizer" / "bin" / "sanitize", source]


def _har_cleaner(source: Path, target: Path) -> list[str | Path]:
    return [*node(), _PROGRAMS / "har_cleaner.cjs", _npm("har-cleaner"), source, target]


def _chrome_rule(source: Path, target: Path) -> list[str | Path]:
    return [sys.executable, _PROGRAMS / "chrome_rule.py", source, target]


def _npm(name: str) -> Path:
    return npm_environment(name, _NPM[name])
