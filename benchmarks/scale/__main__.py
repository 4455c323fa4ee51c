"""``python -m benchmarks.scale --before CHECKOUT``: harlake at scale, against an earlier version, row by row.

Rows that are measured replace those in ``benchmarks/results/scale.*``. ``--small`` shows in two minutes that all of
them work; its figures mean nothing. Rows ``s3`` and ``nodes`` need PostgreSQL, and SeaweedFS's ``weed`` on the PATH.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.machine import this_machine
from benchmarks.measuring import FailedError
from benchmarks.results import FOLDER
from benchmarks.scale import clients, imports, index_time, nodes, questions, residence, results, s3, small_captures
from benchmarks.scale.findings import Finding
from benchmarks.scale.report import report
from benchmarks.scale.setting import FULL, SMALL, Setting

#: How each row is measured, by its name; those that share a store are next to each other.
ROWS: Final[dict[str, Callable[[Setting], Iterator[Finding]]]] = {
    "residence": residence.measure_residence,
    "removal": residence.measure_removal,
    "index-time": index_time.measure,
    "import": imports.measure_import,
    "import-memory": imports.measure_memory,
    "questions": questions.measure,
    "contention": clients.measure_contention,
    "clients": clients.measure_clients,
    "index-size": clients.measure_index_size,
    "small-captures": small_captures.measure,
    "s3": s3.measure,
    "nodes": nodes.measure,
    "export": imports.measure_export,
}


def main() -> None:
    """Measure the rows that the command line asks for."""
    parser = argparse.ArgumentParser(prog="benchmarks.scale", description=__doc__)
    parser.add_argument("--before", type=Path, required=True, help="a checkout of the version to compare with")
    parser.add_argument("--row", choices=ROWS, action="append", help="what to measure; may be repeated (default: all)")
    parser.add_argument("--small", action="store_true", help="only try whether everything works")
    parser.add_argument("--rounds", type=int, help="how often the versions take turns (default: 5; small: 1)")
    parser.add_argument("--entries", type=int, action="append", help="a size of the catalog; may be repeated")
    parser.add_argument("--captures", type=int, help="how many small captures to import")
    parser.add_argument("--folder", type=Path, help="where the files go (default: a temporary folder)")
    parser.add_argument("--results", type=Path, help="where the results go (small: nowhere)")
    options = parser.parse_args()
    sizes = SMALL if options.small else FULL
    if options.entries:
        if any(size % min(options.entries) for size in options.entries):
            parser.error("each size of the catalog must be a multiple of the smallest, which is that of a capture")
        sizes = replace(sizes, entries=tuple(sorted(options.entries)))
    if options.captures:
        sizes = replace(sizes, small_captures=options.captures)
    place = options.results or (None if options.small else FOLDER)
    rounds = options.rounds or (1 if options.small else 5)
    with (
        tempfile.TemporaryDirectory(dir=options.folder) as folder,
        Setting(Path(folder), options.before, sizes, rounds) as setting,
    ):
        found: list[Finding] = []
        for row in options.row or ROWS:
            found += _measured(row, setting)
            if place is not None:
                results.write(found, place)
    print(report(this_machine(), found))


def _measured(row: str, setting: Setting) -> list[Finding]:
    at = datetime.now(UTC).isoformat(timespec="minutes")
    try:
        return [msgspec.structs.replace(one, at=at) for one in ROWS[row](setting)]
    except FailedError as error:
        print(f"{row}: not measured, {error}", file=sys.stderr)
        return []


if __name__ == "__main__":
    main()
