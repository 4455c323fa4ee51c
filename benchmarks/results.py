"""What a run has found, as it is kept: JSON beside the Markdown and the charts that are made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
from msgspec import structs

from benchmarks.concurrency import Concurrency
from benchmarks.listing import Listing, Selection, Statistics
from benchmarks.machine import Machine
from benchmarks.measuring import Measurement
from benchmarks.stages import Stages

#: The case whose memory over time is drawn.
CURVE: Final = "import"

FOLDER: Final = Path(__file__).parent / "results"


class Results(msgspec.Struct):
    """All that one command has measured. `stored` is bytes of disk per HAR byte, by file."""

    machine: Machine
    measured: list[Measurement] = msgspec.field(default_factory=list)
    stored: dict[str, float] = msgspec.field(default_factory=dict)
    stages: list[Stages] = msgspec.field(default_factory=list)
    listing: Listing | None = None
    statistics: Statistics | None = None
    selections: list[Selection] = msgspec.field(default_factory=list)
    concurrency: list[Concurrency] = msgspec.field(default_factory=list)

    @property
    def files(self) -> list[str]:
        """The files' names, in the order in which they were measured."""
        return list(dict.fromkeys(one.file for one in self.measured))

    def of(self, file: str) -> list[Measurement]:
        """Return what was measured on a file."""
        return [one for one in self.measured if one.file == file]


def write(name: str, results: Results, markdown: str, charts: dict[str, str], folder: Path) -> None:
    """Write `name`.json, `name`.md and the charts, given as SVG by name. Only curves that are drawn are kept."""
    lean = [one if one.name == CURVE else structs.replace(one, curve=[]) for one in results.measured]
    write_document(name, structs.replace(results, measured=lean), markdown, folder)
    for chart, svg in charts.items():
        (folder / f"{chart}.svg").write_text(svg)


def write_document(name: str, results: msgspec.Struct, markdown: str, folder: Path) -> None:
    """Write `name`.json and `name`.md."""
    folder.mkdir(parents=True, exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(_rounded(msgspec.to_builtins(results))), indent=1)
    (folder / f"{name}.json").write_bytes(text + b"\n")
    (folder / f"{name}.md").write_text(markdown)


def read(name: str, folder: Path) -> Results:
    """Return results that were written."""
    return msgspec.json.decode((folder / f"{name}.json").read_bytes(), type=Results)


def _rounded(value: object) -> object:
    """Return results without digits that mean nothing, so that files stay small."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value
