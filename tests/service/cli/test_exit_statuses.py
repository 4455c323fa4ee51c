"""How commands end: 0 as wanted, 1 problems, 2 usage, 3 not found, 4 service or folder; interrupts are elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import COMMANDS, output, run, server_setting
from tests.support.hars import numbered, saved
from tests.support.server import Server

#: Commands that end with a status, on a service that has the session S of the file a.har.
_ON_A_SERVICE = {
    0: (
        *("sessions", "sessions S", "entries S", "search S example", "stats S", "diff S S", "captures S"),
        *("check S --budget kept.json", "sql 'SELECT 1'", "export S -o x.har", "validate a.har", "status", "help"),
    ),
    1: (
        *("search S nowhere", "diff S T --fail-on added", "check S --budget broken.json"),
        *("import bad.har", "validate bad.har", "validate a.har bad.har"),
    ),
    2: (
        *("entries S --status x", "entries S --sort x", "stats S --nope x", "sql 'DROP TABLE x'", "diff S"),
        *("check S", "check S --budget bad.har", "import a.har --session A --into B", "sessions twice", "nonsense"),
    ),
    3: (
        *("sessions nope", "entries nope", "search nope x", "stats nope", "diff S nope", "captures nope", "rm nope"),
        *("rename nope x", "show 00000000-0000-4000-8000-000000000000", "export nope", "import nope.har"),
        *("validate nope.har", "import a.har --into nope", "check nope --budget kept.json"),
        *("check S --budget nope.json", "export S -o no/such.har", "import bad.har nope.har", "captures S --remove 0"),
    ),
    4: ("export S > /dev/full", "sessions --server http://127.0.0.1:1", "sessions --server URL/schema"),
}

#: The same on data folders.
_ON_FOLDERS = {
    2: ("serve --port 99999", "token create", "restore data --data-dir data", "check --data-dir data --nope"),
    3: ("token remove nope --data-dir data",),
    4: (
        *("sessions --data-dir nothing", "check --data-dir nothing", "gc --data-dir nothing"),
        *("backup copy --data-dir nothing", "restore nothing --data-dir other", "status --data-dir data"),
        *("import a.har --data-dir a.har/x", "migrate --data-dir nothing"),
    ),
}


@pytest.mark.slow
def test_statuses_on_a_service(at_server: Server, tmp_path: Path) -> None:
    """The same whatever command it is."""
    at = server_setting(at_server)
    saved(tmp_path / "a.har", numbered(2))
    saved(tmp_path / "b.har", numbered(3).replace(b"example", b"another"))
    saved(tmp_path / "bad.har", b"{,}")
    saved(tmp_path / "kept.json", b'{"rules": [{"metric": "requests", "max": 9}]}')
    saved(tmp_path / "broken.json", b'{"rules": [{"metric": "requests", "max": 1}]}')
    for name in ("a.har --session S", "b.har --session T"):
        output(f"harlake import -q {name}", tmp_path, **at)
    for _ in range(2):
        output("harlake sessions --new twice", tmp_path, **at)
    wrong = []
    for status, commands in _ON_A_SERVICE.items():
        for command in commands:
            done = run(f"harlake {command.replace('URL', at_server.url)}", tmp_path, **at)
            if done.returncode != status:
                wrong.append((command, status, done.returncode, done.stderr))
    assert wrong == []


@pytest.mark.slow
def test_statuses_on_folders(tmp_path: Path) -> None:
    """Where there is no service."""
    saved(tmp_path / "a.har", numbered(2))
    output("harlake import -q a.har --data-dir data", tmp_path)
    wrong = []
    for status, commands in _ON_FOLDERS.items():
        for command in commands:
            done = run(f"harlake {command}", tmp_path)
            if done.returncode != status:
                wrong.append((command, status, done.returncode, done.stderr))
    assert wrong == []


@pytest.mark.slow
def test_wrong_usage_of_each_command(tmp_path: Path) -> None:
    """An option that there is not."""
    for command in COMMANDS:
        assert run(f"harlake {command} --nonsense", tmp_path).returncode == 2, command
