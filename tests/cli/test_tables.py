"""Tables: as wide as they are in a pipe, as wide as the terminal on one, and rows that can be told apart."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from harlake.cli.tables import Column, print_lines, print_table, shortened

_COLUMNS = (
    Column("NAME", "name", shrinks=True),
    Column("SIZE", "size", "bytes"),
    Column("NOTE", "note", needed=False),
)
_SGR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Standard output is a terminal of 40 columns."""
    monkeypatch.setattr("harlake.cli.tables.is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def _shown(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.rstrip() for line in _SGR.sub("", capsys.readouterr().out).splitlines()]


def test_a_table_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """Texts are aligned to the left and numbers to the right; columns are as wide as what is in them."""
    print_lines([{"name": "a" * 100, "size": 1500}, {"name": "b", "note": "x"}], _COLUMNS, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        f"{'NAME':100}    SIZE  NOTE",
        f"{'a' * 100}  1.5 kB",
        f"{'b':100}          x",
    ]


def test_nothing_is_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Without rows there is no head either."""
    print_table([], _COLUMNS)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("count", [99, 100, 101, 250])
def test_a_long_table_has_one_head(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    """The first hundred rows decide on the widths, and each row is printed once."""
    print_table(({"name": str(number)} for number in range(count)), _COLUMNS)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("NAME")
    assert lines[1:] == [str(number) for number in range(count)]


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("count", [1, 99, 100, 101, 250])
def test_a_long_table_on_a_terminal(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    """The same, and no line is longer than the terminal is wide."""
    names = [f"https://example.test/{number}/{'x' * 60}/same" for number in range(count)]
    print_table(({"name": name, "size": 1, "note": "n"} for name in names), _COLUMNS)
    head, *lines = _shown(capsys)
    assert head.split() == ["NAME", "SIZE", "NOTE"]
    assert len(set(lines)) == len(lines) == count
    assert max(map(cell_len, [head, *lines])) <= 40


@pytest.mark.usefixtures("terminal")
def test_what_is_not_needed_goes_first(capsys: pytest.CaptureFixture[str]) -> None:
    """Then what shrinks does; both only where there is no room."""
    print_table([{"name": "n" * 50, "size": 1, "note": "o" * 30}], _COLUMNS)
    assert _shown(capsys) == [f"{'NAME':34}  SIZE", f"{'n' * 11}…{'n' * 22}   1 B"]
    print_table([{"name": "n", "size": 1, "note": "o" * 28}], _COLUMNS)
    assert _shown(capsys) == ["NAME  SIZE  NOTE", f"n      1 B  {'o' * 28}"]


def test_colours(terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """They are there on a terminal, and not where NO_COLOR or a dumb terminal says so."""
    table: tuple[Any, Any] = ([{"status": 500}], [Column("STATUS", "status", "number")])
    print_table(*table)
    assert "\x1b[31m" in capsys.readouterr().out
    terminal.setenv("NO_COLOR", "1")
    print_table(*table)
    assert "\x1b[31m" not in capsys.readouterr().out
    terminal.delenv("NO_COLOR")
    terminal.setenv("TERM", "dumb")
    print_table(*table)
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.usefixtures("terminal")
def test_colours_are_ours(capsys: pytest.CaptureFixture[str]) -> None:
    """Those that a text has are shown, and not obeyed; nor is what Rich would take for a style."""
    print_table([{"name": "\x1b[31m [red]a[/red] \x9b31m :smile:"}], [Column("NAME", "name")])
    assert _shown(capsys) == ["NAME", r"\x1b[31m [red]a[/red] \x9b31m :smile:"]


@pytest.mark.usefixtures("terminal")
def test_whatever_is_long_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    """Also what is short as a rule."""
    columns = [Column("METHOD", "method"), Column("URL", "url", shrinks=True)]
    print_table([{"method": "M" * 90, "url": "u" * 90}], columns)
    assert {cell_len(line) for line in _shown(capsys)[1:]} == {40}


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("before", [0, 3, 50, 97, 100])
def test_what_was_searched_for_is_shown(before: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Wherever it is in a text that is cut."""
    text = f"{'a' * before}Needle{'b' * (100 - before)}"
    print_table([{"name": text}], [Column("NAME", "name", shrinks=True, around="needle")])
    (shown,) = _shown(capsys)[1:]
    assert "Needle" in shown
    assert len(shown) <= 40


@given(st.lists(st.text(), max_size=5), st.text(), st.text(), st.integers(12, 60))
def test_cut_texts_fit(middles: list[str], head: str, tail: str, width: int) -> None:
    """Those that fit stay as they are; those that differ early enough do not look the same."""
    texts = [f"{head}{middle}{tail}" for middle in middles]
    cut = shortened(texts, width)
    assert all(len(short) <= width for short in cut)
    assert all(short == text for text, short in zip(texts, cut, strict=True) if len(text) <= width)


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=100, unique=True), st.integers(20, 80), st.integers(0, 200))
def test_numbers_in_the_middle_are_shown(numbers: list[int], width: int, length: int) -> None:
    """Where URLs differ in one place, it is not what is cut."""
    texts = [f"https://example.test/{'a' * length}/{number:07}/{'b' * 100}" for number in numbers]
    assert len(set(shortened(texts, width))) == len(texts)
