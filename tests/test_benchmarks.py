"""What the benchmarks find is kept, and can be read: tables, charts, failures as results. No timing is asserted."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import charts, publish, results
from benchmarks.budget import RATIOS, ratios
from benchmarks.files import generated, size_name
from benchmarks.machine import Machine
from benchmarks.measuring import Case, FailedError, Measurement, Run, interleave, run_command
from benchmarks.peers.programs import plain
from benchmarks.redact import Left, RedactionResults
from benchmarks.redact import publish as publish_redaction
from benchmarks.report import table
from benchmarks.results import Results
from benchmarks.stages import stages

_MACHINE = Machine("2026-01-01", 2, "A processor", 1 << 34, {"harlake": "0"})


def _measurement(name: str, took: float, **more: object) -> Measurement:
    fields: dict[str, object] = {
        "kind": "harlake",
        "does": "something",
        "file": "mixed 1 MB",
        "file_bytes": 1_000_000,
        "entries": 10,
        "seconds": [took] if took else [],
        "cpu_seconds": [took] if took else [],
        "idle_memory": 100,
        "peak_memory": 200,
        "curve": [(0.0, 100), (took, 200)] if name == "import" else [],
    }
    return Measurement(name=name, **(fields | more))  # type: ignore[arg-type]


def _results() -> Results:
    names = ("zstd -1", "discard", "import", "validate", "yield", "export", "export zstd", "import + export")
    peers = [
        _measurement("slow <one>", 9, kind="peer", idle_memory=0),
        _measurement("gone", 0, kind="peer", failure="out of memory"),
    ]
    return Results(_MACHINE, [*(_measurement(name, 1 + number) for number, name in enumerate(names)), *peers])


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    """JSON keeps every run."""
    found = _results()
    publish.suite(found, tmp_path)
    assert results.read("suite", tmp_path) == found


def test_what_is_left_is_a_table(tmp_path: Path) -> None:
    """Of each program that takes secrets out, or why it did not."""
    left = [Left("one", 1, 78, 2, 10, 3, 4), Left("other", failure="no JSON")]
    text = publish_redaction(RedactionResults(_results(), left), tmp_path)
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| o")]
    assert rows[-2:] == [["one", "1 of 78", "2 of 10", "3", "4", ""], ["other", "", "", "", "", "no JSON"]]
    assert (tmp_path / "redact.md").read_text() == text


def test_failures_are_rows(tmp_path: Path) -> None:
    """A peer that failed has its row and its bar in the chart, with the reason."""
    text = publish.peers(_results(), tmp_path)
    assert [line for line in text.splitlines() if line.startswith("| gone") and "out of memory" in line]
    assert "out of memory" in (tmp_path / "peers.svg").read_text()


def test_charts_are_documents_of_their_own() -> None:
    """Charts are well-formed, whatever is written in them, and bring both colour schemes."""
    for svg in (charts.throughput(_results()), charts.memory(_results())):
        ElementTree.fromstring(svg)  # noqa: S314
        assert "prefers-color-scheme: dark" in svg


def test_ratios_compare_rates() -> None:
    """A ratio above one means that the first case is the faster one."""
    found = dict(ratios([_measurement("import", 1), _measurement("zstd -1", 2)]))
    assert found == {RATIOS[0]: 2.0}


def test_ratios_are_of_rounds() -> None:
    """A slow round hits both cases, and so does not change their ratio."""
    rounds = [_measurement("import", 1, seconds=[1.0, 4.0, 2.0]), _measurement("zstd -1", 1, seconds=[1.5, 6.0, 3.0])]
    assert [value for _, value in ratios(rounds)] == [1.5]


def test_tables_are_aligned() -> None:
    """Numbers end, and words begin, where those above do."""
    assert table(("a", "b", "<c"), [("x", "1", "yes")]).splitlines() == [
        "| a   |   b | c   |",
        "| --- | --: | --- |",
        "| x   |   1 | yes |",
    ]


def test_commands_fail_with_their_reason() -> None:
    """The reason is the program's own, without the folders of this machine."""
    with pytest.raises(FailedError, match=r"^ValueError: too long$"):
        run_command([sys.executable, "-c", "raise ValueError('too long')"])


def test_commands_end_at_their_cap() -> None:
    """A command that takes too much memory is ended, and that is its result."""
    greedy = "import time; held = bytearray(b'x') * (200 << 20); time.sleep(30)"
    with pytest.raises(FailedError, match="out of memory"):
        run_command([sys.executable, "-c", greedy], memory=100 << 20)


def test_cases_are_interleaved() -> None:
    """Each runs as often as it is asked to, in turns; one that failed is not run again."""
    order: list[str] = []

    def case(name: str, *, fails: bool = False) -> Case:
        def run() -> Run:
            order.append(name)
            if fails:
                raise FailedError("no")
            return Run(1.0, 1.0, 1, [])

        return Case(name, "harlake", "something", run)

    found = interleave([case("a"), case("b", fails=True)], 3, file="f", file_bytes=1, entries=lambda: 1)
    assert order == ["a", "b", "a", "a"]
    assert [(len(one.seconds), one.failure) for one in found] == [(3, ""), (0, "no")]


def test_stages_and_the_plain_importer_take_a_har(tmp_path: Path) -> None:
    """Both use interfaces that may change."""
    with generated(tmp_path, "mixed", 1_000_000) as file:
        assert stages(file, tmp_path).file == "mixed 1 MB"
        plain.main(file.path, tmp_path / "plain.har")
    assert (tmp_path / "plain.har").read_text().endswith("]}}")


def test_sizes_are_named_as_they_are_asked_for() -> None:
    """Sizes are decimal, as in --size."""
    assert [size_name(size) for size in (500, 200_000_000, 1_500_000_000)] == ["500 B", "200 MB", "1.5 GB"]
