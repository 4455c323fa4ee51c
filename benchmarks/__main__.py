"""``python -m benchmarks``: import, validate and export, beside what limits them, as ratios from one run.

For each size a HAR is generated, the server is started on an empty folder, and every measurement is repeated, the
things to be compared taking turns. What is printed is the median, and the peak of the resident memory over idle.
``python -m benchmarks.suite`` measures everything, and ``python -m benchmarks.peers`` other programs, too.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.budget import ratios
from benchmarks.cases import bench
from benchmarks.files import File, generated
from benchmarks.generate import parse_size
from benchmarks.measuring import Measurement, interleave

MIB = 1 << 20


def main() -> None:
    """Run the benchmarks that the command line asks for."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--size", type=parse_size, action="append", help="size of a HAR, as 200MB; may be repeated")
    parser.add_argument("--shape", default="mixed")
    parser.add_argument("--big-body", type=parse_size, default=0, help="one entry has a body of this size")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the files go (default: a temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for size in options.size or [parse_size("200MB"), parse_size("2GB")]:
            with generated(Path(folder), options.shape, size, big_body=options.big_body) as file:
                print(f"\n## {options.shape}, {file.size / 1e6:,.0f} MB, {options.runs} runs\n", flush=True)
                _print(_measure(file, Path(folder), options.runs))


def _measure(file: File, folder: Path, runs: int) -> list[Measurement]:
    with bench(file, folder) as one:
        measured = interleave(one.cases(), runs, file=file.name, file_bytes=file.size, entries=lambda: one.entries)
        print(f"stored: {one.stored() / file.size:.3f} bytes per byte")
    return measured


def _print(measured: list[Measurement]) -> None:
    for one in measured:
        memory = f"  +{one.memory / MIB:6.1f} MiB" if one.idle_memory else ""
        print(f"{one.name:12} {one.rate / 1e6:8,.0f} MB/s  {one.cpu_per_gb:5.2f} s CPU/GB{memory}")
    print()
    for ratio, value in ratios(measured):
        print(f"{ratio.name:22} {value:6.2f}  (must {ratio.must}, reach for {ratio.reach}): {ratio.verdict(value)}")


if __name__ == "__main__":
    main()
