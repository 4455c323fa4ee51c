"""``python -m benchmarks.redact``: what takes secrets out of HARs, side by side: how fast, in what memory, how well.

Strategy: each program is a command with a file in and a file out, and all take turns. Files are generated, and, with
`--hars`, the entries of all HARs of a folder as one file. With `--planted`, a folder of `planted.har`, `secrets.json`
and the `check.py` that knows every spelling of what was planted, it is told what each leaves. Exports of a service
stand beside an export as it is, for the memory that redaction adds.

Rules:
- A program's time has its start in it, which is why files are not small.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from benchmarks import results
from benchmarks.cases import bench
from benchmarks.files import File, generated, said, written
from benchmarks.generate import parse_size
from benchmarks.machine import this_machine
from benchmarks.measuring import FailedError, Measurement, interleave
from benchmarks.peers.redactors import redactor_versions, redactors
from benchmarks.report import report, table
from benchmarks.results import Results
from harlake.errors import HarlakeError
from harlake.har.parse.blocks import Block
from harlake.upload.upload_reader import UploadReader

_SHAPES: Final = ("mixed", "headers")
#: Seconds that a program may take on one file in all, before it is run fewer times than asked for.
_PATIENCE: Final = 60


class Left(msgspec.Struct, frozen=True):
    """What a program left of what was planted: secrets and personal values, of so many; and what it broke."""

    name: str
    secrets: int = 0
    of_secrets: int = 0
    personal: int = 0
    of_personal: int = 0
    controls_lost: int = 0
    bodies_broken: int = 0
    failure: str = ""


class RedactionResults(msgspec.Struct):
    """All that was found."""

    measured: Results
    left: list[Left]


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(prog="benchmarks.redact", description=__doc__)
    parser.add_argument("--hars", type=Path, help="folder of HARs, which are measured as one")
    parser.add_argument("--planted", type=Path, help="folder of planted.har, secrets.json and check.py")
    parser.add_argument("--size", type=parse_size, default=parse_size("15MB"), help="of generated files (15MB)")
    parser.add_argument("--export-size", type=parse_size, default=parse_size("200MB"), help="of exports (200MB)")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the files go (default: a temporary folder)")
    parser.add_argument("--results", type=Path, default=results.FOLDER, help="where the results go")
    options = parser.parse_args()
    machine = this_machine()
    measured = Results(msgspec.structs.replace(machine, versions=machine.versions | redactor_versions()))
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        for shape in _SHAPES:
            with generated(folder, shape, options.size) as file, said(file.name):
                measured.measured += _beside_each_other(file, folder, options.runs)
        if options.hars:
            with written(folder / "real.har", _joined(options.hars)) as (path, size), said("real HARs"):
                measured.measured += _beside_each_other(File(path, "real HARs", size), folder, options.runs)
        with generated(folder, "mixed", options.export_size) as file, said(f"exports, {file.name}"):
            measured.measured += _exports(file, folder, options.runs)
        left = list(_left(options.planted, folder)) if options.planted else []
    print(publish(RedactionResults(measured, left), options.results))


def publish(found: RedactionResults, folder: Path) -> str:
    """Write what was found, and return it as Markdown."""
    text = report("Redaction, beside what people use instead", found.measured)
    if found.left:
        text += "\n## What is left of what was planted\n\n" + _left_table(found.left) + "\n"
    results.write_document("redact", found, text, folder)
    return text


def _beside_each_other(file: File, folder: Path, runs: int) -> list[Measurement]:
    cases = [one.on(file.path, folder / "redacted.har") for one in redactors()]
    entries = _count(file.path)
    return interleave(cases, runs, file=file.name, file_bytes=file.size, entries=lambda: entries, patience=_PATIENCE)


def _exports(file: File, folder: Path, runs: int) -> list[Measurement]:
    with bench(file, folder) as one:
        one.upload()
        return interleave(
            one.redacted(), runs, file=f"exports of {file.name}", file_bytes=file.size, entries=lambda: one.entries
        )


def _left(planted: Path, folder: Path) -> Iterator[Left]:
    spec = json.loads((planted / "secrets.json").read_bytes())
    secrets = {one["id"] for one in spec["secrets"] if one["cls"] == "secret"}
    personal = {one["id"] for one in spec["secrets"]} - secrets
    for redactor in redactors():
        target = folder / "left.har"
        try:
            redactor.run(planted / "planted.har", target)
        except FailedError as error:
            yield Left(redactor.name, failure=str(error))
            continue
        subprocess.run([sys.executable, "check.py", target], cwd=planted, check=True, capture_output=True)
        found = json.loads(Path(f"{target}.result.json").read_bytes())
        leaks = set(found["leaks"])
        yield Left(
            redactor.name,
            len(leaks & secrets),
            len(secrets),
            len(leaks & personal),
            len(personal),
            len(found["lost"]),
            len(found["bad"]),
        )


def _left_table(left: list[Left]) -> str:
    head = ("", "secrets", "personal values", "controls lost", "bodies broken", "<")
    return table(
        head,
        [
            (one.name, "", "", "", "", one.failure)
            if one.failure
            else (
                one.name,
                f"{one.secrets} of {one.of_secrets}",
                f"{one.personal} of {one.of_personal}",
                str(one.controls_lost),
                str(one.bodies_broken),
                "",
            )
            for one in left
        ],
    )


def _joined(folder: Path) -> Iterator[bytes]:
    """Yield a HAR that has the entries of all HARs of a folder."""
    yield b'{"log":{"version":"1.2","creator":{"name":"harlake","version":"1"},"entries":['
    separator = b""
    for file in sorted(folder.rglob("*.har")):
        try:
            texts = list(_texts(file))
        except HarlakeError:
            continue
        for text in texts:
            yield separator + text
            separator = b",\n"
    yield b"]}}\n"


def _texts(file: Path) -> Iterator[bytes]:
    reader = UploadReader()
    for parts in (*reader.feed(file.read_bytes()), *reader.close()):
        yield from (text for part in parts if isinstance(part, Block) for text in part.texts())


def _count(file: Path) -> int:
    return sum(1 for _ in _texts(file))


if __name__ == "__main__":
    main()
