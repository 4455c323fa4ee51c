"""What is longer than a terminal is high goes to a pager; and questions that a terminal is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import output, server_setting
from tests.support.hars import numbered, saved
from tests.support.server import Server
from tests.support.shell_lines import needs
from tests.support.terminals import Terminal, plain


@pytest.fixture
def session(at_server: Server, tmp_path: Path) -> str:
    """The session of 300 entries."""
    return str(at_server.import_file(saved(tmp_path / "many.har", numbered(300)))["sessionId"])


def _terminal(
    server: Server, folder: Path, line: str, lines: int = 24, variables: dict[str, str] | None = None
) -> Terminal:
    settings = {"PAGER": "", "HARLAKE_PAGER": "less"} | server_setting(server) | (variables or {})
    return Terminal(["bash", "-c", line], folder, settings, lines=lines)


@needs("less")
def test_a_long_listing(at_server: Server, session: str, tmp_path: Path) -> None:
    """It waits for its reader, who may leave early; rows are cut as on any terminal, and nothing complains."""
    with _terminal(at_server, tmp_path, f"harlake entries {session}; echo status $?") as terminal:
        terminal.wait_for("/15?")
        terminal.press("q")
        rest = plain(terminal.rest())
        assert "status 0" in rest
        assert "/200?" not in rest


@needs("less")
def test_a_short_listing(at_server: Server, session: str, tmp_path: Path) -> None:
    """Nobody has to leave it."""
    with _terminal(at_server, tmp_path, f"harlake entries {session} --limit 5; echo status $?") as terminal:
        shown = plain(terminal.rest())
    assert all(f"/{number}?" in shown for number in range(5))
    assert shown.endswith("status 0\n")


@needs("less")
def test_an_error_is_shown_after_the_pager(at_server: Server, tmp_path: Path) -> None:
    """And it is the command's status that counts."""
    with _terminal(at_server, tmp_path, "harlake entries nothing; echo status $?") as terminal:
        assert "no session has the id or the name 'nothing'" in (shown := plain(terminal.rest()))
        assert "status 0" not in shown


@pytest.mark.slow
@pytest.mark.parametrize(
    "variables", [{"HARLAKE_PAGER": ""}, {"HARLAKE_PAGER": "cat"}, {"TERM": "dumb"}, {"HARLAKE_PAGER": "no-such-pager"}]
)
def test_where_there_is_no_pager(at_server: Server, session: str, tmp_path: Path, variables: dict[str, str]) -> None:
    """Everything is printed at once."""
    with _terminal(at_server, tmp_path, f"harlake entries {session}", 24, variables) as terminal:
        assert "/299?" in terminal.rest()


@pytest.mark.slow
def test_colours_are_those_of_a_terminal(at_server: Server, session: str, tmp_path: Path) -> None:
    """Not of a pipe, nor where NO_COLOR is set."""
    for variables, has_colours in (({}, True), ({"NO_COLOR": "1"}, False)):
        with _terminal(at_server, tmp_path, f"harlake entries {session} --limit 2", 50, variables) as terminal:
            assert ("\x1b[2m" in terminal.rest()) == has_colours
    assert "\x1b" not in output(f"harlake entries {session} --limit 2", tmp_path, **server_setting(at_server))


def test_what_is_removed_is_asked_for(at_server: Server, session: str, tmp_path: Path) -> None:
    """On a terminal: no removes nothing, yes removes; -y is not asked."""
    for keys, left in (("n\n", 1), ("y\n", 0)):
        with _terminal(at_server, tmp_path, f"harlake rm {session}; echo status $?") as terminal:
            terminal.wait_for("Remove Imported: many (300 entries)? [y/N]: ")
            terminal.press(keys)
            assert f"status {left}" in terminal.rest()
        assert sum(one["id"] == session for one in at_server.json("/api/sessions")["sessions"]) == left
