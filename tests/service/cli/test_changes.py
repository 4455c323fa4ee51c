"""``harlake sessions --new``, ``rename``, ``rm`` and ``captures``: what changes what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import failure, json_lines, output, run, server_setting
from tests.support.hars import UNKNOWN_ID, numbered, saved
from tests.support.server import Server


@pytest.mark.slow
def test_a_session_is_made_renamed_and_removed(at_server: Server, tmp_path: Path) -> None:
    """By its name, or the beginning of its id; what is done is said, or not where nobody wants to know."""
    at = server_setting(at_server)
    (made,) = json_lines(output("harlake sessions --new 'A b' --json", tmp_path, **at))
    assert output("harlake rename 'A b' 'C d'", tmp_path, **at) == "A b is now C d\n"
    (named,) = json_lines(output("harlake sessions 'C d' --json", tmp_path, **at))
    assert named == made | {"name": "C d"}
    assert output(f"harlake rename {made['id'][:8]} E -q", tmp_path, **at) == ""
    assert output("harlake rm E", tmp_path, **at) == "removed E: 0 captures, 0 entries\n"
    assert "no session has" in failure("harlake rm E", tmp_path, **at)
    # Three digits may be a name that was mistyped.
    (made,) = json_lines(output("harlake sessions --new F --json", tmp_path, **at))
    assert "no session has" in failure(f"harlake rm {made['id'][:3]}", tmp_path, **at)
    assert output(f"harlake rm {made['id'][:6]}", tmp_path, **at) == "removed F: 0 captures, 0 entries\n"


@pytest.mark.slow
def test_all_sessions_are_there_or_none_is_removed(at_server: Server, tmp_path: Path) -> None:
    """A mistake in the second name does not cost the first session; a session that is named twice is one."""
    at = server_setting(at_server)
    output("harlake sessions --new A && harlake sessions --new B", tmp_path, **at)
    for missing in ("nothing", UNKNOWN_ID):
        failure(f"harlake rm A {missing}", tmp_path, **at)
    assert output("harlake rm A B A", tmp_path, **at).count("removed") == 2


@pytest.mark.parametrize("command", ["rename A ' '", "sessions --new ' '", "sessions A --new B", "rm"])
def test_wrong_usage(command: str, tmp_path: Path) -> None:
    """Status 2, and no folder is made."""
    assert run(f"harlake {command}", tmp_path).returncode == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_an_import_is_undone(at_server: Server, tmp_path: Path) -> None:
    """The captures of a session are listed, and one of them goes."""
    at = server_setting(at_server)
    saved(tmp_path / "a.har", numbered(2))
    saved(tmp_path / "b.har", numbered(3))
    first, second = json_lines(output("harlake import a.har b.har --session S --json", tmp_path, **at))
    listed = json_lines(output("harlake captures S --json", tmp_path, **at))
    assert [(one["id"], one["fileName"], one["entryCount"]) for one in listed] == [
        (first["captureId"], "a.har", 2),
        (second["captureId"], "b.har", 3),
    ]
    text = output("harlake captures S", tmp_path, **at)
    assert [line.split()[0] for line in text.splitlines()] == ["ID", first["captureId"][:8], second["captureId"][:8]]
    removed = output(f"harlake captures S --remove {first['captureId'][:8]}", tmp_path, **at)
    assert removed == f"removed {first['captureId'][:8]} (a.har, 2 entries)\n"
    assert len(json_lines(output("harlake entries S --json", tmp_path, **at))) == 3
    assert "no capture of the session" in failure(f"harlake captures S --remove {first['captureId']}", tmp_path, **at)
    assert len(json_lines(output("harlake captures S --json", tmp_path, **at))) == 1


@pytest.mark.slow
def test_status(at_server: Server, tmp_path: Path) -> None:
    """How a service is, for people, scripts, and Prometheus; where there is none, that is said."""
    at = server_setting(at_server)
    assert ", ready\n" in output("harlake status", tmp_path, **at)
    assert output("harlake status -q", tmp_path, **at) == ""
    (answer,) = json_lines(output("harlake status --json", tmp_path, **at))
    assert answer["ready"] is True
    assert "harlake_catalog_bytes" in output("harlake status --metrics", tmp_path, **at)
    assert "no service has harlake-data open" in failure("harlake status", tmp_path)
