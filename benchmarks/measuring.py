"""Runs and what they take: seconds, processor time and resident memory, of a server or of a command.

Strategy: a `Case` makes one run at a time, so that cases to be compared can take turns; `interleave` collects the runs
of each into a `Measurement`, which is what results are made of. What fails is a result, too.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.servers import Sampler, Server

#: Points kept of a curve of memory over time.
_CURVE_POINTS: Final = 240


class FailedError(Exception):
    """A run that did not come to its end; the message is the reason, in words for a table."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: seconds, seconds of processor time, peak resident bytes, and (second, resident bytes) along the way."""

    seconds: float
    cpu_seconds: float
    peak: int
    curve: list[tuple[float, int]]


@dataclass(frozen=True, slots=True)
class Case:
    """Something to measure: `run` does it once. `idle` is what its process holds in bytes before it has done anything.

    `kind` says what it is beside harlake: "harlake", "limit" or "peer".
    """

    name: str
    kind: str
    does: str
    run: Callable[[], Run]
    idle: int = 0


class Measurement(msgspec.Struct, frozen=True):
    """All runs of a case on one file; times in seconds, sizes and memory in bytes."""

    name: str
    kind: str
    does: str
    file: str
    file_bytes: int
    entries: int
    seconds: list[float]
    cpu_seconds: list[float]
    idle_memory: int
    peak_memory: int
    #: (second, resident bytes) of the run that took the median time.
    curve: list[tuple[float, int]]
    failure: str = ""

    @property
    def median(self) -> float:
        """Seconds of the median run."""
        return statistics.median(self.seconds)

    @property
    def rate(self) -> float:
        """HAR bytes per second."""
        return self.file_bytes / self.median

    @property
    def cpu_per_gb(self) -> float:
        """Seconds of processor time per 10^9 HAR bytes."""
        return statistics.median(self.cpu_seconds) / self.file_bytes * 1e9

    @property
    def memory(self) -> int:
        """Peak resident bytes over idle."""
        return self.peak_memory - self.idle_memory


def server_case(name: str, kind: str, does: str, server: Server, action: Callable[[], object]) -> Case:
    """Return a case whose work is done by a server, which is what is watched."""

    def run() -> Run:
        before = server.cpu_seconds()
        with Sampler(server.pid) as sampler:
            begin = time.perf_counter()
            action()
            seconds = time.perf_counter() - begin
        return Run(seconds, server.cpu_seconds() - before, sampler.peak, sampler.samples)

    return Case(name, kind, does, run, server.idle)


def run_command(
    command: Sequence[str | Path], *, output: Path | None = None, memory: int = 0, patience: float = 0
) -> Run:
    """Run a command once, its standard output in a file or dropped.

    Above `memory` resident bytes, or after `patience` seconds, it is killed (0: no limit). Raises FailedError.
    """
    with (output or Path(os.devnull)).open("wb") as out:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, start_new_session=True)
        with Sampler(process.pid, memory, patience) as sampler:
            assert process.stderr is not None
            errors = process.stderr.read().decode(errors="replace")
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - begin
        process.stderr.close()
        process.returncode = os.waitstatus_to_exitcode(status)
    if sampler.killed:
        raise FailedError(sampler.killed)
    if process.returncode:
        raise FailedError(_reason(errors) or f"ended with status {process.returncode}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, sampler.peak, sampler.samples)


def interleave(
    cases: Sequence[Case], runs: int, *, file: str, file_bytes: int, entries: Callable[[], int], patience: float = 0
) -> list[Measurement]:
    """Run each case `runs` times, in turns; one that has failed, or taken `patience` seconds in all, is let be.

    `entries` is asked at the end, as the file's entries are counted by one of the cases.
    """
    taken: dict[str, list[Run]] = {case.name: [] for case in cases}
    failures: dict[str, str] = {}
    for _ in range(runs):
        for case in cases:
            spent = sum(run.seconds for run in taken[case.name])
            if case.name in failures or (patience and spent >= patience):
                continue
            try:
                taken[case.name].append(case.run())
            except FailedError as error:
                failures[case.name] = str(error)
    return [
        _measurement(case, taken[case.name], failures.get(case.name, ""), file, file_bytes, entries()) for case in cases
    ]


def _measurement(case: Case, runs: list[Run], failure: str, file: str, file_bytes: int, entries: int) -> Measurement:
    by_time = sorted(runs, key=lambda run: run.seconds)
    return Measurement(
        name=case.name,
        kind=case.kind,
        does=case.does,
        file=file,
        file_bytes=file_bytes,
        entries=entries,
        seconds=[run.seconds for run in runs],
        cpu_seconds=[run.cpu_seconds for run in runs],
        idle_memory=case.idle,
        peak_memory=max((run.peak for run in runs), default=0),
        curve=_thinned(by_time[len(runs) // 2].curve) if runs else [],
        failure=failure,
    )


def _thinned(curve: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """Return a curve of fewer points: of each stretch the highest."""
    step = -(-len(curve) // _CURVE_POINTS) or 1
    stretches = (curve[first : first + step] for first in range(0, len(curve), step))
    return [max(stretch, key=lambda point: point[1]) for stretch in stretches]


def _reason(errors: str) -> str:
    """Return the line of a program's complaint that says what is wrong, without the places it names."""
    lines = [line.strip() for line in errors.splitlines() if "rror" in line] or errors.split("\n")[-2:-1]
    words = lines[-1].split() if lines else []
    return " ".join(word for word in words if "/" not in word)[:120]
