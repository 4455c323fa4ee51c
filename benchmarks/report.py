"""Results as Markdown: one table a question, each row with its number of runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Final

from benchmarks.budget import RATIOS, Bound, bounds, ratios
from benchmarks.concurrency import Concurrency
from benchmarks.files import size_name
from benchmarks.listing import Listing, Selection, Statistics
from benchmarks.machine import Machine
from benchmarks.measuring import Measurement
from benchmarks.results import Results

_MIB: Final = 1 << 20


def report(title: str, results: Results, notes: Sequence[str] = ()) -> str:
    """Return everything that was measured as a document."""
    parts = [f"# {title}", machine_line(results.machine), *notes]
    for file in results.files:
        parts += [f"## {file}", *_file(results, file)]
    if any(ratios(results.of(file)) for file in results.files):
        parts += ["## Ratios", _ratios(results)]
    if found := bounds(results):
        parts += ["## Bounds", _bounds(found)]
    if results.stages:
        parts += ["## Where an import's processor time goes", _stages(results)]
    if results.listing:
        parts += ["## A session of very many entries", _listing(results.listing)]
    if results.statistics:
        parts.append(_statistics(results.statistics))
    if results.selections:
        parts.append(_selections(results.selections))
    if results.concurrency:
        parts += ["## Uploads at the same time", _concurrency(results.concurrency)]
    return "\n\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table, padded so that it can be read as text.

    The first column is text, and so are those whose head begins with ``<``; all others are numbers.
    """
    text = [not number or name.startswith("<") for number, name in enumerate(head)]
    lines = [[name.removeprefix("<") for name in head], *map(list, rows)]
    widths = [max(3, *map(len, column)) for column in zip(*lines, strict=True)]
    rule = ["-" * width if left else "-" * (width - 1) + ":" for width, left in zip(widths, text, strict=True)]
    lines.insert(1, rule)
    return "\n".join(
        "| "
        + " | ".join(
            cell.ljust(width) if left else cell.rjust(width)
            for cell, width, left in zip(line, widths, text, strict=True)
        )
        + " |"
        for line in lines
    )


def machine_line(machine: Machine) -> str:
    """Return what a run was made on, in words."""
    versions = ", ".join(f"{name} {number}" for name, number in machine.versions.items() if number)
    memory = machine.memory / (1 << 30)
    return f"{machine.date}; {machine.cores} cores of {machine.cpu}, {memory:.0f} GiB of memory.\n{versions}."


def _file(results: Results, file: str) -> list[str]:
    measured = results.of(file)
    size, entries = measured[0].file_bytes, measured[0].entries
    facts = f"{size:,} bytes, {entries:,} entries"
    if file in results.stored:
        facts += f"; harlake keeps it in {results.stored[file]:.3f} bytes of disk per byte"
    return [f"{facts}.", _measurements(measured)]


def _measurements(measured: Sequence[Measurement]) -> str:
    whole = next((one for one in measured if one.name == "import + export" and one.seconds), None)
    head = ("what", "MB/s", "slowest … fastest", "entries/s", "s CPU/GB", "peak MiB", "over idle", "runs", "<does")
    if whole is None:
        return table(head, [_row(one) for one in measured])
    rows = []
    for one in measured:
        name, *cells = _row(one)
        peer = one.kind == "peer" and one.seconds
        rows.append((name, *cells[:2], f"{whole.rate / one.rate:.1f} ×" if peer else "", *cells[2:]))
    return table((*head[:3], "harlake against it", *head[3:]), rows)


def _row(one: Measurement) -> tuple[str, ...]:
    if not one.seconds:
        return (one.name, *("–",) * 6, "0", f"{one.does}: {one.failure}")
    slowest, fastest = (one.file_bytes / 1e6 / seconds for seconds in (max(one.seconds), min(one.seconds)))
    return (
        one.name,
        _digits(one.rate / 1e6),
        f"{_digits(slowest)} … {_digits(fastest)}",
        f"{one.entries / one.median:,.0f}",
        f"{one.cpu_per_gb:.2f}",
        f"{one.peak_memory / _MIB:,.0f}",
        f"{one.memory / _MIB:+,.0f}" if one.idle_memory else "",
        str(len(one.seconds)),
        f"{one.does}; then {one.failure}" if one.failure else one.does,
    )


def _digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _ratios(results: Results) -> str:
    head = ("file", *(ratio.name for ratio in RATIOS))
    goals = [
        (word, *(f"{getattr(ratio, field):.2f}" for ratio in RATIOS))
        for word, field in (("*must*", "must"), ("*reach for*", "reach"))
    ]
    rows = []
    for file in results.files:
        found = dict(ratios(results.of(file)))
        rows.append((file, *(f"{found[ratio]:.2f}" if ratio in found else "–" for ratio in RATIOS)))
    return table(head, [*goals, *rows])


def _bounds(found: Sequence[tuple[Bound, float]]) -> str:
    rows = (
        (bound.name, f"{value:.1f}", f"{bound.must:g}", f"{bound.reach:g}", bound.verdict(value))
        for bound, value in found
    )
    return table(("at most", "measured", "must", "reach for", "<verdict"), rows)


def _stages(results: Results) -> str:
    names = ("receive", "hash", "cut", "decode", "compress", "index")
    rows = []
    for one in results.stages:
        server = {measured.name: measured.cpu_per_gb for measured in results.of(one.file)}
        stages = (server["discard"], one.hash, one.cut, one.decode, one.compress, one.index)
        shown = (*stages, sum(stages), server["import"])
        rows.append((one.file, *(f"{seconds:.2f}" for seconds in shown)))
    note = (
        "Seconds of processor time per GB. All but `receive` are timed one after the other in one thread; `receive`\n"
        "is the server that throws the upload away; the last column is the import over HTTP, where stages overlap."
    )
    return table(("file", *names, "sum", "import"), rows) + f"\n\n{note}"


def _listing(one: Listing) -> str:
    head = ("listing", "median ms", "95 % within", "slowest", "over idle MiB", "pages")
    times = (f"{ms:.1f}" for ms in (one.median_ms, one.p95_ms, one.max_ms))
    name = f"100 entries anywhere among {one.entries:,}"
    return table(head, [(name, *times, f"{one.memory / _MIB:+,.0f}", str(one.pages))])


def _statistics(one: Statistics) -> str:
    head = ("statistics", "ms", "asked again", "over idle MiB", "runs")
    first, *again = one.ms
    times = (f"{first:,.0f}", f"{median(again):,.0f}" if again else "")
    return table(head, [(f"of {one.entries:,} entries", *times, f"{one.memory / _MIB:+,.0f}", str(len(one.ms)))])


def _selections(selections: Sequence[Selection]) -> str:
    head = ("selection", "ms", "entries/s", "sent", "over idle MiB", "runs")
    return table(head, [_selection(one) for one in selections])


def _selection(one: Selection) -> tuple[str, ...]:
    name = f"{one.selected:,} of {one.entries:,}, {one.encoding}"
    if one.failure:
        name += f" ({one.runs - len(one.seconds)} of {one.runs} failed: {one.failure})"
    if not one.seconds:
        return (name, *("–",) * 4, "0")
    return (
        name,
        f"{one.median * 1000:,.0f}",
        f"{one.selected / one.median:,.0f}",
        size_name(one.sent),
        f"{one.memory / _MIB:+,.0f}",
        str(len(one.seconds)),
    )


def _concurrency(measured: Sequence[Concurrency]) -> str:
    single = next((one.rate for one in measured if one.uploads == 1), 0.0)
    head = (
        "uploads at once",
        "MB/s in all",
        "against one",
        "slowest : mean",
        "MiB per upload",
        "health median ms",
        "99 % within",
        "slowest",
        "runs",
    )
    rows = (
        (
            f"{one.uploads} × {one.file}",
            f"{one.rate / 1e6:,.0f}",
            f"{one.rate / single:.2f}" if single else "",
            f"{max(one.unfairness):.2f}",
            f"{one.memory_per_upload / _MIB:.1f}",
            *(f"{ms:.0f}" for ms in (one.health(0.5), one.health(0.99), max(one.health_ms))),
            str(len(one.seconds)),
        )
        for one in measured
    )
    return table(head, rows)
