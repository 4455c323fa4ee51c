"""``python -m benchmarks.scale.plan``: what very many captures would cost, calculated from what was measured.

It takes ``scale.json`` and ``costs.json`` of ``benchmarks/results``, and replaces the tables of ``docs/scale.md``.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.report import table
from benchmarks.results import FOLDER
from benchmarks.scale import results
from benchmarks.scale.costs import Costs
from benchmarks.scale.findings import Finding
from benchmarks.scale.report import digits

_DOCUMENT: Final = FOLDER.parent.parent / "docs" / "scale.md"
_BEGIN: Final = "<!-- tables: python -m benchmarks.scale.plan -->"
_END: Final = "<!-- end of tables -->"

_GB: Final = 1e9
_HOUR: Final = 3_600

#: What is planned for.
ENTRIES: Final = 1e9
CAPTURES: Final = 1e6
CORES: Final = 64

#: Amazon's list prices in us-east-1, in dollars, as known in 2025; to be looked up again.
STORED_GB_MONTH: Final = 0.023  # S3 Standard, the first 50 TB
PUT: Final = 0.005 / 1_000  # and POST, and LIST
GET: Final = 0.0004 / 1_000
OUT_GB: Final = 0.09  # to the Internet, the first 10 TB; nothing to machines in the region
CORE_HOUR: Final = 0.0446  # a vCPU of c7i, on demand
DATABASE_MONTH: Final = 47.5  # RDS for PostgreSQL, db.t4g.medium
DATABASE_GB_MONTH: Final = 0.115

#: What Amazon publishes: the rate of one prefix of a bucket, the network of a machine of 64 cores (c7i.16xlarge).
PUTS_A_SECOND: Final = 3_500
NETWORK_GB_A_SECOND: Final = 25 / 8
#: Seconds until the first byte of an object comes, as Amazon says of small ones: 0.1 to 0.2.
LATENCY: Final = 0.1

#: What a node does: index files that it keeps at hand, in bytes, and those that it gets at a time; what it reads ahead.
CACHE_BYTES: Final = 4 << 30
FETCHED_AT_ONCE: Final = 16
RANGE_BYTES: Final = 2 << 20

#: Captures of a session that is asked.
SESSION: Final = 1_000


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was measured: bytes, requests, and processor time in seconds."""

    entry_har: float
    entry_object: float
    entry_index: float
    capture_catalog: float
    import_puts: float
    question_gets: float
    export_gets: float
    import_gb: float
    import_gb_a_second: float
    import_small: float
    page: float
    filtered: float
    statistics: float
    listed: float

    @property
    def har(self) -> float:
        """GB of HAR in all."""
        return ENTRIES * self.entry_har / _GB

    @property
    def objects(self) -> float:
        """GB of capture objects in all."""
        return ENTRIES * self.entry_object / _GB

    @property
    def index(self) -> float:
        """GB of index files in all."""
        return ENTRIES * self.entry_index / _GB

    @property
    def import_cores(self) -> float:
        """Cores that one process keeps busy with an import."""
        return self.import_gb * self.import_gb_a_second

    @property
    def import_seconds(self) -> float:
        """Processor time of all imports: for their bytes, and for each of them."""
        return self.har * self.import_gb + CAPTURES * self.import_small


def read_inputs(folder: Path) -> Inputs:
    """Read what the last runs have found. Raises SystemExit where something was not measured."""
    costs = msgspec.json.decode((folder / "costs.json").read_bytes(), type=Costs)
    findings = results.read(folder)
    of_kind = {one.name: one for one in costs.kinds}
    requests = {one.name: one.requests for one in costs.operations}
    mixed, small = of_kind["mixed 200 MB"], of_kind["1,000 entries"]

    def measured(goal: str, what: str, name: str) -> float:
        return statistics.median(_finding(findings, goal, what).measured[name])

    return Inputs(
        entry_har=mixed.har / mixed.entries,
        entry_object=mixed.object / mixed.entries,
        entry_index=small.index / small.entries,
        capture_catalog=small.catalog,
        import_puts=requests["import of 1,000 entries"]["PUT"],
        question_gets=requests[f"first page of {small.captures} × 1,000 entries"]["GET"] / small.captures,
        export_gets=requests[f"export of {small.captures} × 1,000 entries"]["GET"] / small.captures,
        import_gb=measured("import : zstd -1", "mixed", "now CPU s/GB"),
        import_gb_a_second=measured("import : zstd -1", "mixed", "now MB/s") / 1_000,
        import_small=measured("an import of 20 entries", "", "now CPU ms") / 1_000,
        page=measured("questions", "listing anywhere, first", "now CPU ms") / 1_000,
        filtered=measured("questions", "filter and total, first", "now CPU ms") / 1_000,
        statistics=measured("questions", "statistics, first", "now CPU ms") / 1_000,
        listed=float(_finding(findings, "bytes of index an entry, varied", "").what.split()[0].replace(",", "")),
    )


def _finding(findings: list[Finding], goal: str, what: str) -> Finding:
    for one in findings:
        if one.goal == goal and one.what.startswith(what):
            return one
    raise SystemExit(f"not measured: {goal}, {what}")


def input_rows(found: Inputs) -> Iterator[tuple[str, ...]]:
    """Yield what is calculated with, and the command that has measured it."""
    costs = "`python -m benchmarks.scale.costs`"
    yield "h", "HAR bytes an entry, mixed traffic", f"{found.entry_har:,.0f} B", costs
    yield "o", "stored bytes an entry, mixed traffic", f"{found.entry_object:,.0f} B", costs
    yield "i", "index bytes an entry, in captures of 1,000", f"{found.entry_index:,.0f} B", costs
    yield "c", "bytes of a capture in PostgreSQL, keys included", f"{found.capture_catalog:,.0f} B", costs
    yield "w", "PUTs of an import", digits(found.import_puts), costs
    yield "q", "GETs of a first question, a capture", digits(found.question_gets), costs
    yield "x", "GETs of an export, a small capture", digits(found.export_gets), costs
    yield "m", "processor time of an import, a GB of HAR", f"{found.import_gb:.1f} s", _command("import")
    yield "v", "speed of one import", f"{found.import_gb_a_second * 1000:,.0f} MB/s", _command("import")
    yield "s", "processor time of an import of 20 entries", _ms(found.import_small), _command("small-captures")
    yield "p", f"the same of a page of {found.listed:,.0f} entries", _ms(found.page), _command("questions")
    yield "f", "… of a filtered one, with its total", _ms(found.filtered), _command("questions")
    yield "a", "… of their statistics", _ms(found.statistics), _command("questions")


def result_rows(found: Inputs) -> Iterator[tuple[str, ...]]:
    """Yield what follows for all entries, and how."""
    size = CAPTURES * found.capture_catalog / _GB
    stored = found.objects + found.index
    puts = CAPTURES * found.import_puts
    gets = CAPTURES * found.question_gets
    export_gets = CAPTURES * found.export_gets + found.objects * _GB / RANGE_BYTES
    hours = found.import_seconds / _HOUR
    yield "objects", "2 C", f"{2 * CAPTURES:,.0f}"
    yield "bytes of capture objects", "N o", f"{found.objects:,.0f} GB"
    yield "bytes of index files", "N i", f"{found.index:,.0f} GB"
    yield "rows of the catalog, and bytes", "C, C c", f"{CAPTURES:,.0f}, {size:.1f} GB"
    yield "storage a month", "N (o + i) × $0.023", f"${stored * STORED_GB_MONTH:,.0f}"
    yield "requests of all imports", "C w PUTs × $5 a million", f"{puts:,.0f}, ${puts * PUT:,.2f}"
    yield "processor time of all imports", "N h m + C s", f"{hours:,.0f} core hours, ${hours * CORE_HOUR:,.2f}"
    yield "reading all of the index once", "C q GETs × $0.40 a million", f"{gets:,.0f}, ${gets * GET:,.2f}"
    yield "exporting everything as stored", "C x + N o / 2 MiB GETs", f"{export_gets:,.0f}, ${export_gets * GET:,.2f}"
    yield "… to the Internet", "N o × $0.09", f"${found.objects * OUT_GB:,.0f}"
    month = DATABASE_MONTH + size * DATABASE_GB_MONTH
    yield "PostgreSQL a month", "$47.50 + C c × $0.115", f"${month:,.0f}"


def node_rows(found: Inputs) -> Iterator[tuple[str, ...]]:
    """Yield what the cores of one machine would do, and what binds them."""
    imports = CORES / found.import_gb
    stored = imports * found.entry_object / found.entry_har
    captures = imports * _GB / (found.entry_har * ENTRIES / CAPTURES)
    scan = found.listed * CORES / found.statistics
    capture_index = found.entry_index * ENTRIES / CAPTURES
    fetching = SESSION * found.question_gets / FETCHED_AT_ONCE * LATENCY
    reading = RANGE_BYTES / LATENCY / 1e6
    yield "processes that keep K cores busy with imports", "K / (m v)", f"{CORES / found.import_cores:,.0f}"
    yield "HAR that K cores import a second", "K / m", f"{imports:.1f} GB"
    yield "… and send to S3", "(K / m) o / h", f"{stored:.1f} of {NETWORK_GB_A_SECOND:.1f} GB"
    yield "… in requests", "(K / m) / (h N / C) w", f"{captures * found.import_puts:,.0f} of {PUTS_A_SECOND:,} PUTs"
    yield "all imports, on K cores", "(N h m + C s) / K", f"{found.import_seconds / CORES / _HOUR:.1f} h"
    yield "pages a second, of listings", "K / p", f"{CORES / found.page:,.0f}"
    yield "pages a second, filtered", "K / f", f"{CORES / found.filtered:,.0f}"
    yield "statistics: entries a second", "K × entries / a", f"{scan:,.0f}"
    yield "captures whose index a node has at hand", "4 GiB / (i N / C)", f"{CACHE_BYTES / capture_index:,.0f}"
    yield "first question of 1,000 captures of S3", "1,000 q / 16 × 0.1 s", f"{fetching:,.0f} s"
    yield "one export of S3, stored bytes", "2 MiB / 0.1 s", f"{reading:,.0f} MB/s"


def _command(row: str) -> str:
    return f"`just bench-scale --row {row}`"


def _ms(seconds: float) -> str:
    return f"{digits(seconds * 1000)} ms"


def tables(found: Inputs) -> str:
    """Return the document's tables."""
    return "\n\n".join(
        [
            "### Measured here",
            table(("<", "<what", "value", "<by"), input_rows(found)),
            f"### What follows, for N = {ENTRIES:,.0f} entries in C = {CAPTURES:,.0f} captures",
            table(("what", "<how", "value"), result_rows(found)),
            f"### What a machine of K = {CORES} cores would do",
            table(("what", "<how", "value"), node_rows(found)),
        ]
    )


def main() -> None:
    """Replace the tables in the document."""
    parser = argparse.ArgumentParser(prog="benchmarks.scale.plan", description=__doc__)
    parser.add_argument("--results", type=Path, default=FOLDER, help="where the results are")
    options = parser.parse_args()
    head, _, rest = _DOCUMENT.read_text().partition(_BEGIN)
    _, _, tail = rest.partition(_END)
    _DOCUMENT.write_text(f"{head}{_BEGIN}\n\n{tables(read_inputs(options.results))}\n\n{_END}{tail}")


if __name__ == "__main__":
    main()
