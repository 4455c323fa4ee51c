"""What commands print: values for people and for programs, and nothing that a terminal would obey."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.cli.output import cell, size_text, text, time_text
from harlake.cli.tables import Column, print_lines

_COLUMNS = (Column("NAME", "name"), Column("SIZE", "size", "bytes"))


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        *((-1, ""), (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1500, "1.5 kB"), (99_900, "99.9 kB")),
        *(
            (10**400, "inf TB"),
            (-(10**400), ""),
            (100_000, "100 kB"),
            (2_500_000, "2.5 MB"),
            (3e9, "3.0 GB"),
            (7e12, "7.0 TB"),
            (7e15, "7000.0 TB"),
        ),
    ],
)
def test_sizes(size: float, expected: str) -> None:
    """Three digits, and the unit that they are of; nothing where the size is not known."""
    assert size_text(size) == expected


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [
        *((-1, ""), (0, "0.0 ms"), (3.16, "3.2 ms"), (100, "100 ms"), (999.4, "999 ms")),
        *((12_100, "12.1 s"), (5e6, "5,000.0 s"), (10**400, "inf s"), (-(10**400), "")),
    ],
)
def test_times(milliseconds: float, expected: str) -> None:
    """Milliseconds, or seconds from one on."""
    assert time_text(milliseconds) == expected


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        *((None, "bytes", ""), (True, "count", "true"), (False, "text", "false"), (12_345, "count", "12,345")),
        *((1500, "bytes", "1.5 kB"), (7, "ms", "7.0 ms"), (1.5, "text", "1.5"), ("a", "bytes", "a")),
        *(("3f2a1b9c-7d4e-4c5f-8a6b-000000000011", "id", "3f2a1b9c"), ("x", "id", "x")),
        *(("3f2a1b9c-7d4e-8c5f-8a6b-00000000000011", "entry", "3f2a1b9c-7d4e-8c5f-8a6b-00000000000011"),),
        *(("3f2a1b9c-7d4e-8c5f-8a6b-000000000011", "entry", "3f2a1b9c:17"), (None, "entry", "")),
        ("2026-01-31T12:00:00.123Z", "instant", "2026-01-31 12:00:00"),
        *(([1, "é"], "text", '[1, "é"]'), ({"a": None}, "text", '{"a": null}')),
    ],
)
def test_cells(value: Any, kind: str, expected: str) -> None:
    """Numbers as their column says, all else as text."""
    assert cell(value, kind) == expected


def test_a_terminal_obeys_nothing() -> None:
    """Controls, line separators, changes of direction and lone surrogates are shown as escapes."""
    assert text("a\x1b[2J\r\n\x9b\u2028\u202e\u2066\ud800é") == (
        "a\\x1b[2J\\x0d\\x0a\\x9b\\x2028\\x202e\\x2066\\xd800é"
    )


@given(st.text(st.characters()))
def test_any_text_can_be_printed(value: str) -> None:
    """It is one line, and has bytes in UTF-8."""
    shown = text(value)
    shown.encode()
    assert len(shown.splitlines()) <= 1


def test_json_lines_are_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    """Every locale can write them, and what is read from them is what was printed."""
    rows: list[dict[str, Any]] = [{"name": "é\ud800\n\x7f", "size": 1}, {"name": None}]
    print_lines(rows, _COLUMNS, as_json=True)
    lines = capsys.readouterr().out
    assert lines.isascii()
    assert "\x7f" not in lines
    assert [json.loads(line) for line in lines.splitlines()] == rows
