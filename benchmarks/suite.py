"""``python -m benchmarks.suite``: everything about harlake itself, in ten minutes on two cores.

Several sizes of one shape, to show the slope; every other shape at 100 MB; a session of a million entries;
uploads at the same time. Results go to ``benchmarks/results/suite.*`` and, as tables, to standard output.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks import publish, results
from benchmarks.cases import bench
from benchmarks.concurrency import concurrency
from benchmarks.files import File, generated, said
from benchmarks.generate import parse_size
from benchmarks.listing import million
from benchmarks.machine import this_machine
from benchmarks.measuring import interleave
from benchmarks.results import Results
from benchmarks.shapes import SHAPES
from benchmarks.stages import stages

_SIZES = ("200MB", "600MB", "2GB")
_UPLOADS = (1, 4, 16)
_SMALL = 100_000_000
_BIG_BODY = 100_000_000
_SELECTED = 1000
_PAGES = 200

#: Seconds that a case on one file may take in all, before it is run fewer times than asked for.
_PATIENCE = 60


def main() -> None:
    """Run the suite as the command line asks for."""
    parser = argparse.ArgumentParser(prog="benchmarks.suite", description=__doc__)
    parser.add_argument("--size", type=parse_size, action="append", help="size of a HAR, as 200MB; may be repeated")
    parser.add_argument("--shape", choices=SHAPES, default="mixed", help="the shape that is measured at all sizes")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--entries", type=int, default=1_000_000, help="of the session that is listed")
    parser.add_argument("--folder", type=Path, help="where the files go (default: a temporary folder)")
    parser.add_argument("--results", type=Path, default=results.FOLDER, help="where the results go")
    options = parser.parse_args()
    found = Results(this_machine())
    sizes = options.size or [parse_size(size) for size in _SIZES]
    small = min(_SMALL, *sizes)
    with tempfile.TemporaryDirectory(dir=options.folder) as place:
        folder = Path(place)
        for size in sizes:
            with generated(folder, options.shape, size) as file:
                _measure(found, file, folder, options.runs)
        for shape in (one for one in SHAPES if one != options.shape):
            with generated(folder, shape, small) as file:
                _measure(found, file, folder, options.runs)
        with generated(folder, "bodies", max(2 * _BIG_BODY, 10 * small), big_body=_BIG_BODY) as file:
            _measure(found, file, folder, options.runs)
        with generated(folder, "headers", 0, entries=options.entries) as file, said(f"{options.entries:,} entries"):
            _list(found, file, folder, options.runs)
        with generated(folder, options.shape, small) as file, said("uploads at the same time"):
            found.concurrency = concurrency(file, folder, _UPLOADS, options.runs)
    print(publish.suite(found, options.results))


def _measure(found: Results, file: File, folder: Path, runs: int) -> None:
    with said(file.name):
        _run_cases(found, file, folder, runs)
        found.stages.append(stages(file, folder))


def _run_cases(found: Results, file: File, folder: Path, runs: int) -> None:
    with bench(file, folder) as one:
        found.measured += interleave(
            one.cases(), runs, file=file.name, file_bytes=file.size, entries=lambda: one.entries, patience=_PATIENCE
        )
        found.stored[file.name] = one.stored() / file.size


def _list(found: Results, file: File, folder: Path, runs: int) -> None:
    _run_cases(found, file, folder, 1)
    with million(file, folder) as one:
        found.listing = one.listing(_PAGES)
        found.statistics = one.statistics(runs)
        found.selections = [
            one.selection(min(_SELECTED, one.entries), encoding, runs) for encoding in ("identity", "zstd", "gzip")
        ]


if __name__ == "__main__":
    main()
