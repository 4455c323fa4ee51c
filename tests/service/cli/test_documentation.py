"""docs/cli.md is complete and true: commands and options are all there, and its lines work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harlake.cli.commands import SECTIONS
from tests.conftest import FIXTURES
from tests.support.commands import COMMANDS, environment, json_lines, output
from tests.support.hars import decoded, entries_of
from tests.support.server import start_server
from tests.support.shell_lines import CLI, README, broken_links, needs, paste, shell_blocks

_SAMPLE = FIXTURES / "playwright-1.65_embed.har"


@pytest.mark.slow
def test_every_command_and_option_is_documented(tmp_path: Path) -> None:
    """There is a heading for each command, and each of its options is somewhere."""
    text = CLI.read_text("utf-8") + README.read_text("utf-8")
    assert re.findall(r"^## harlake (\w+)$", text, re.MULTILINE) == list(COMMANDS)
    listed = re.findall(r"^\| \[`harlake (\w+)`\]\(#[\w-]+\) \| (.+) \|$", CLI.read_text("utf-8"), re.MULTILINE)
    assert listed == [(name, one.summary) for section in SECTIONS.values() for name, one in section.items()]
    for command in COMMANDS:
        options = set(re.findall(r"--[\w~-]+", output(f"harlake {command} --help", tmp_path)))
        assert {option for option in options if f"`{option}" not in text} <= {"--help"}


@pytest.fixture
def at_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which ``harlake`` can be called."""
    monkeypatch.setenv("PATH", environment()["PATH"])
    return tmp_path


@pytest.mark.slow
@needs("bash", "jq", "gzip")
def test_documented_lines_work_on_a_service(at_a_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All lines work in their order, and leave the files that they say."""
    lines = shell_blocks(CLI)
    (reindex,) = (block for block in lines if block == "harlake reindex\n")
    lines.remove(reindex)
    server = start_server(at_a_folder / "harlake-data")
    try:
        with monkeypatch.context() as context:
            context.setenv("HARLAKE_SERVER", server.url)
            paste("\n".join(lines), at_a_folder)
    finally:
        assert server.stop() == 0
    paste(reindex, at_a_folder)
    _check_what_lines_left(at_a_folder)


@pytest.mark.long  # each command imports the whole service, and opens the catalog
@needs("bash", "jq", "gzip")
def test_documented_lines_work_on_a_data_folder(at_a_folder: Path) -> None:
    """The same lines do the same without a service."""
    paste("\n".join(shell_blocks(CLI)), at_a_folder)
    _check_what_lines_left(at_a_folder)


def _check_what_lines_left(folder: Path) -> None:
    assert entries_of((folder / "session.har").read_bytes()) == entries_of(_SAMPLE.read_bytes())
    assert decoded((folder / "session.har.zst").read_bytes(), "zstd") == (folder / "session.har").read_bytes()
    names = [one["name"] for one in json_lines(output("harlake sessions --json", folder))]
    assert names == ["Release 2", "piped", "Release 1", "Imported: traffic"]


def test_documentation_leads_somewhere() -> None:
    """Every heading and file that is linked is there."""
    assert broken_links(CLI) == []
