"""Imports and exports of one file, beside what limits them, and the memory of imports of several sizes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from benchmarks.budget import rounds
from benchmarks.cases import Bench, bench, command_case
from benchmarks.files import File, check_room, generated, said
from benchmarks.measuring import Case, Measurement, interleave
from benchmarks.scale.findings import Finding
from benchmarks.scale.goals import EXPORT, IMPORT, MEMORY, MEMORY_SLOPE, Goal
from benchmarks.scale.setting import Setting

_MIB: Final = 1 << 20
_SHAPE: Final = "mixed"


def measure_import(setting: Setting) -> Iterator[Finding]:
    """Import a file with both versions, beside compressing it."""
    with generated(setting.folder, _SHAPE, setting.sizes.har) as file, said(f"importing {file.name}"):
        with bench(file, setting.folder) as now, bench(file, setting.folder, setting.before) as before:
            limit = _case(now, "zstd -1")
            measured = _measured([limit, *_sides("import", now, before)], file, setting.rounds)
        yield from _ratios(IMPORT, file, measured)


def measure_export(setting: Setting) -> Iterator[Finding]:
    """Export a session with both versions, beside decompressing the object that it is in."""
    with generated(setting.folder, _SHAPE, setting.sizes.har) as file, said(f"exporting {file.name}"):
        with bench(file, setting.folder) as now, bench(file, setting.folder, setting.before) as before:
            now.upload()
            before.upload()
            (stored,) = now.data.rglob("*.har.zst")
            limit = command_case("zstd -dc", "decompresses it", "sh", "-c", 'zstd -dc "$0" | cat > /dev/null', stored)
            measured = _measured([limit, *_sides("export", now, before)], file, setting.rounds)
        yield from _ratios(EXPORT, file, measured)


def measure_memory(setting: Setting) -> Iterator[Finding]:
    """Import files of several sizes, each into a service of its own."""
    peaks: dict[str, float] = {}
    check_room(setting.folder, 2 * max(setting.sizes.hars))  # the file, and what is stored of it
    for size in setting.sizes.hars:
        with generated(setting.folder, _SHAPE, size) as file, said(f"memory of importing {file.name}"):
            with bench(file, setting.folder) as now:
                (one,) = _measured([_case(now, "import")], file, 1)
            peaks[file.name] = one.memory / _MIB
    measured = {name: [peak] for name, peak in peaks.items()}
    yield Finding(MEMORY.name, "mixed", [max(peaks.values())], [], measured)
    yield Finding(MEMORY_SLOPE.name, "mixed", [max(peaks.values()) - min(peaks.values())], [], measured)


def _case(one: Bench, name: str) -> Case:
    return next(case for case in one.cases() if case.name == name)


def _sides(name: str, now: Bench, before: Bench) -> list[Case]:
    return [replace(_case(one, name), name=side) for side, one in (("now", now), ("before", before))]


def _measured(cases: list[Case], file: File, runs: int) -> list[Measurement]:
    return interleave(cases, runs, file=file.name, file_bytes=file.size, entries=lambda: 0)


def _ratios(goal: Goal, file: File, measured: list[Measurement]) -> Iterator[Finding]:
    limit, now, before = measured
    speeds = {f"{one.name} MB/s": [one.file_bytes / 1e6 / seconds for seconds in one.seconds] for one in measured}
    speeds |= {f"{one.name} CPU s/GB": [1e9 / one.file_bytes * spent for spent in one.cpu_seconds] for one in measured}
    speeds["before : limit"] = rounds(before.seconds, limit.seconds)
    by_processor = rounds(now.cpu_seconds, limit.cpu_seconds) if all(now.cpu_seconds) else []
    yield Finding(goal.name, file.name, rounds(now.seconds, limit.seconds), by_processor, speeds)
