"""The line that says how far a transfer is."""

from __future__ import annotations

import itertools

import pytest

from harlake.cli.progress import Progress

_CLEAR = "\r\x1b[K"


def _shown(monkeypatch: pytest.MonkeyPatch, *, seconds: float, width: int = 200) -> None:
    """Show the line, on a terminal of that width whose clock goes on so far with each look."""
    clock = itertools.count(step=seconds)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr("harlake.cli.progress.time.monotonic", lambda: next(clock))
    monkeypatch.setenv("COLUMNS", str(width))


def test_nothing_is_shown_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    """A log or a pipe gets no progress."""
    with Progress("a.har", 10) as shown:
        shown.advance(b"12345")
    assert capsys.readouterr().err == ""


def test_a_transfer_of_a_known_size(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The line says how much has come, how fast, about how many entries, and how long it will take; then it goes."""
    _shown(monkeypatch, seconds=1)
    with Progress("a.har", 4_000_000) as shown:
        shown.advance(b'"startedDateTime"'.ljust(1_000_000))
        shown.advance(b" " * 1_000_000)
    lines = capsys.readouterr().err.split(_CLEAR)
    assert lines == [
        "",
        "a.har  █████░░░░░░░░░░░░░░░  25 %  1.0 MB  1 MB/s  about 1 entries  3 s left",
        "a.har  ██████████░░░░░░░░░░  50 %  2.0 MB  1 MB/s  about 2 entries  2 s left",
        "",
    ]


@pytest.mark.parametrize(
    ("seconds", "left"), [(1, "9 s"), (60, "9:00 min"), (100, "15:00 min"), (1000, "2:30 h"), (20_000, "50:00 h")]
)
def test_the_time_that_is_left(
    seconds: int, left: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In seconds, minutes or hours."""
    _shown(monkeypatch, seconds=seconds)
    Progress("a", 1000).advance(b" " * 100)
    assert capsys.readouterr().err.endswith(f"  {left} left")


def test_a_transfer_of_unknown_size(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """There is no telling how much is left; what a name holds is not obeyed, and the line fits the terminal."""
    _shown(monkeypatch, seconds=2, width=12)
    Progress("\x1b[2J", None).advance(b"123")
    assert capsys.readouterr().err == f"{_CLEAR}\\x1b[2J  3 "


def test_the_line_is_not_shown_all_the_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten times a second is enough."""
    _shown(monkeypatch, seconds=0.03)
    shown = Progress("a", None)
    for _ in range(10):
        shown.advance(b"1")
    assert capsys.readouterr().err.count(_CLEAR) == 2
