"""``python -m benchmarks.peers``: harlake, its limits and what a user would pick instead, on the same files.

Results go to ``benchmarks/results/peers.*`` and, as one table a file, to standard output.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import msgspec

from benchmarks import publish, results
from benchmarks.cases import bench
from benchmarks.files import File, generated, said
from benchmarks.generate import parse_size
from benchmarks.machine import this_machine
from benchmarks.measuring import interleave
from benchmarks.peers.rows import peer_cases, peer_versions
from benchmarks.results import Results
from benchmarks.shapes import SHAPES

_SIZES = ("200MB", "1GB")

#: Seconds that a case on one file may take in all, before it is run fewer times than asked for.
_PATIENCE = 40


def main() -> None:
    """Run the comparison as the command line asks for."""
    parser = argparse.ArgumentParser(prog="benchmarks.peers", description=__doc__)
    parser.add_argument("--size", type=parse_size, action="append", help="size of a HAR, as 200MB; may be repeated")
    parser.add_argument("--shape", choices=SHAPES, default="mixed")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the files go (default: a temporary folder)")
    parser.add_argument("--results", type=Path, default=results.FOLDER, help="where the results go")
    options = parser.parse_args()
    machine = this_machine()
    found = Results(msgspec.structs.replace(machine, versions=machine.versions | peer_versions()))
    with tempfile.TemporaryDirectory(dir=options.folder) as place:
        for size in options.size or [parse_size(size) for size in _SIZES]:
            with generated(Path(place), options.shape, size) as file, said(file.name):
                _measure(found, file, Path(place), options.runs)
    print(publish.peers(found, options.results))


def _measure(found: Results, file: File, folder: Path, runs: int) -> None:
    with bench(file, folder) as one, tempfile.TemporaryDirectory(dir=folder) as left:
        cases = [*one.cases(), one.there_and_back(), *peer_cases(file.path, Path(left))]
        found.measured += interleave(
            cases, runs, file=file.name, file_bytes=file.size, entries=lambda: one.entries, patience=_PATIENCE
        )
        found.stored[file.name] = one.stored() / file.size


if __name__ == "__main__":
    main()
