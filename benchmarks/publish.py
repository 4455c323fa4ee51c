"""Results made readable: ``python -m benchmarks.publish`` makes the Markdown and the charts from the JSON again."""

from __future__ import annotations

from pathlib import Path

from benchmarks import charts, results
from benchmarks.report import report
from benchmarks.results import Results

_PEERS_NOTE = (
    "Peers read a HAR as a whole and write one; beside them stands `import + export`, which does that over HTTP, and\n"
    "has put the capture on the disk in between. A peer that holds more than 4 GB is ended."
)


def suite(found: Results, folder: Path) -> str:
    """Write what the suite has found, and return it as Markdown."""
    text = report("harlake, measured", found)
    drawn = {"throughput": charts.throughput(found), "memory": charts.memory(found)}
    results.write("suite", found, text, drawn, folder)
    return text


def peers(found: Results, folder: Path) -> str:
    """Write what the comparison has found, and return it as Markdown."""
    text = report("harlake beside what limits it, and what one would use instead", found, [_PEERS_NOTE])
    results.write("peers", found, text, {"peers": charts.throughput(found)}, folder)
    return text


def main() -> None:
    """Publish what there is."""
    for name, publish in (("suite", suite), ("peers", peers)):
        if (results.FOLDER / f"{name}.json").exists():
            publish(results.read(name, results.FOLDER), results.FOLDER)


if __name__ == "__main__":
    main()
