"""What shells complete: asked in a real bash, with real keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import output, run, server_setting
from tests.support.hars import numbered, saved
from tests.support.server import Server
from tests.support.shell_lines import needs
from tests.support.terminals import Terminal, plain

_PROMPT = "READY>"

#: What shells obey, and what ends a word in bash. No other session begins so: those of other tests are there too.
_NAME = "Signed: it's é; !! *&|#~{}<>(\\\""


@pytest.fixture
def shell(at_server: Server, tmp_path: Path) -> Iterator[Terminal]:
    """A bash that completes harlake's commands, in a folder with two files, and a server with some sessions."""
    file = saved(tmp_path / "some capture.har", numbered(1))
    saved(tmp_path / "zeta.har", numbered(1))
    for name in (_NAME, "twice", "twice", "Release 1", "with\ncontrols", "Evil $(touch evil)", "Evil `touch evil`"):
        at_server.import_file(file, "--form-string", f"sessionName={name}")
    settings = {"PS1": _PROMPT} | server_setting(at_server)
    with Terminal(["bash", "--norc", "--noprofile", "-i"], tmp_path, settings, columns=200) as terminal:
        terminal.press('eval "$(harlake completion bash)"; bind "set enable-bracketed-paste off"; echo don""e\n')
        terminal.wait_for("done\r\n")
        terminal.wait_for(_PROMPT)
        yield terminal


def _completed(shell: Terminal, typed: str) -> list[str]:
    """Return the words that a program is called with when a line that is typed up to a tab is completed and run."""
    shell.press(f"{typed}\t")
    shell.press("\x01show_words \n")  # control-A goes to the beginning of the line
    return plain(shell.wait_for(_PROMPT)).split("BEGIN\n")[1].split("END\n")[0].splitlines()


@pytest.mark.slow
@needs("bash")
def test_bash(shell: Terminal) -> None:
    """Commands, options, sessions with anything in their names, files with spaces."""
    shell.press("show_words() { echo BEGIN; printf '%s\\n' \"$@\"; echo END; }\n")
    shell.wait_for(_PROMPT)
    for typed, words in {
        "harlake exp": ["export"],
        "harlake sessions --ser": ["sessions", "--server"],
        "harlake entries Rel": ["entries", "Release 1"],
        "harlake entries Sig": ["entries", _NAME],
        "harlake entries Signed:": ["entries", _NAME],
        "harlake entries Signed:\\ i": ["entries", _NAME],
        'harlake entries "Signed: i': ["entries", _NAME],
        "harlake entries 'Rel": ["entries", "Release 1"],
        "harlake import a.har --into Rel": ["import", "a.har", "--into", "Release 1"],
        "harlake import a.har --session=Rel": ["import", "a.har", "--session=Release 1"],
        "harlake import som": ["import", "some capture.har"],
        "harlake import -q zet": ["import", "-q", "zeta.har"],
        "harlake export Rel -o zet": ["export", "Rel", "-o", "zeta.har"],
        "harlake export Rel --format nd": ["export", "Rel", "--format", "ndjson"],
        "harlake diff Release\\ 1 zet": ["diff", "Release 1", "zeta.har"],
        "harlake diff Rel": ["diff", "Release 1"],
        "harlake entries twi": ["entries", "twi"],
        "harlake entries Ev": ["entries", "Ev"],
        "harlake entries Evil\\ ": ["entries", "Evil "],
    }.items():
        assert _completed(shell, typed) == ["harlake", *words], typed


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(name: str, tmp_path: Path) -> None:
    """What it is, click or harlake knows."""
    assert "_HARLAKE_COMPLETE" in output(f"harlake completion {name}", tmp_path)


@pytest.mark.slow
def test_names_of_a_folder_that_nobody_serves(tmp_path: Path) -> None:
    """They are found; where there is none, nothing is said, and nothing is made."""
    asked = {"_HARLAKE_COMPLETE": "zsh_complete", "COMP_WORDS": "harlake entries ", "COMP_CWORD": "2"}
    assert run("harlake", tmp_path, **asked).stdout == "\n"
    assert list(tmp_path.iterdir()) == []
    saved(tmp_path / "a.har", numbered(1))
    output("harlake import -q a.har", tmp_path)
    asked["COMP_WORDS"] = "harlake entries Im"
    assert output("harlake", tmp_path, **asked).split("\n")[:2] == ["plain", "Imported: a"]
