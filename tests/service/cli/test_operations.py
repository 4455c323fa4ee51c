"""The command line can do all that the API can: each operation is a command's, with all its parameters."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.commands import json_lines, output, run, server_setting
from tests.support.hars import numbered, saved
from tests.support.server import PATIENCE, Server, start_server

#: Which commands ask for which operation; S and T are sessions, $E is an entry, $C a capture of S.
_COMMANDS = {
    ("POST", "/api/har/import"): "harlake import a.har --session S",
    ("POST", "/api/har/validate"): "harlake validate a.har",
    ("GET", "/api/har/export/{session_id}"): "harlake export S",
    ("POST", "/api/har/export"): "harlake export --entry $E",
    ("GET", "/api/sessions"): "harlake sessions",
    ("POST", "/api/sessions"): "harlake sessions --new N",
    ("GET", "/api/sessions/{session_id}"): "harlake sessions S",
    ("PATCH", "/api/sessions/{session_id}"): "harlake rename T 'T 2'",
    ("DELETE", "/api/sessions/{session_id}"): "harlake rm N",
    ("GET", "/api/sessions/{session_id}/captures"): "harlake captures S",
    ("GET", "/api/sessions/{session_id}/entries"): "harlake entries S",
    ("GET", "/api/sessions/{session_id}/search"): "harlake search S example",
    ("GET", "/api/sessions/{session_id}/stats"): "harlake stats S",
    ("GET", "/api/diff"): "harlake diff S 'T 2'",
    ("POST", "/api/check"): "harlake check S --budget budget.json",
    ("GET", "/api/captures"): "harlake import a.har --skip-existing",
    ("GET", "/api/entries/{entry_id}"): "harlake show $E",
    ("GET", "/api/entries/{entry_id}/curl"): "harlake show $E --curl",
    ("GET", "/api/entries/{entry_id}/request-body"): "harlake show $E --request-body",
    ("GET", "/api/entries/{entry_id}/response-body"): "harlake show $E --body",
    ("POST", "/api/sql"): "harlake sql 'SELECT 1'",
    ("GET", "/api/catalog"): "harlake backup copy --data-dir data",
    ("GET", "/api/health/live"): "harlake status",
    ("GET", "/api/health/ready"): "harlake status",
    ("GET", "/metrics"): "harlake status --metrics",
    ("GET", "/api/captures/{capture_id}/gaps"): "harlake captures S --gaps $C",
    ("GET", "/api/captures/{capture_id}/gaps/{number}"): "harlake captures D --gaps $D --gap 0",
    ("DELETE", "/api/captures/{capture_id}"): "harlake captures S --remove $C",
}

#: What other operations have as well.
_ELSEWHERE = {
    ("PUT", "/api/har/import"): "`harlake import` sends a form",
    ("GET", "/api/sessions/{a}/diff/{b}"): "`harlake diff` asks for the same with several a side",
    ("GET", "/api/health"): "`harlake status` asks for more, and needs no token for it",
    ("GET", "/api/imports"): "`harlake import` shows how far its own are",
    ("GET", "/api/imports/events"): "`harlake import` shows how far its own are",
    ("DELETE", "/api/imports/{import_id}"): "`harlake import` is interrupted",
    ("POST", "/api/uploads"): "`harlake import` sends large files so",
    ("GET", "/api/uploads/{upload_id}"): "`harlake import` sends large files so",
    ("PATCH", "/api/uploads/{upload_id}"): "`harlake import` sends large files so",
    ("POST", "/api/uploads/{upload_id}"): "`harlake import` sends large files so",
    ("DELETE", "/api/uploads/{upload_id}"): "`harlake import` is interrupted",
    (
        "GET",
        "/api/captures/{capture_id}/object",
    ): "`harlake export` has the same entries; the file is in the data folder",
    ("GET", "/api/entries/{entry_id}/preview"): "`harlake show --body` has the same bytes; no terminal shows them",
    ("POST", "/api/login"): "commands send the token with each request",
    ("DELETE", "/api/login"): "commands keep no cookies",
    ("GET", "/api/entries/{entry_id}/messages"): "`harlake show --json` has them all",
    ("GET", "/api/captures/{capture_id}"): "`harlake captures` lists what it has",
    ("GET", "/api/captures/{capture_id}/problems"): "`harlake validate` checks the file itself",
    ("GET", "/api/sessions/{session_id}/rows"): "`harlake entries` lists rows; those by number are for scroll bars",
    ("GET", "/api/sessions/{session_id}/timeline"): "`harlake stats` has a histogram",
    ("GET", "/api/sessions/{session_id}/facets"): "`harlake stats` has groups",
    ("GET", "/api/sessions/{session_id}/failures"): "`harlake stats` has the failures",
}

#: Parameters that are no options of the same name.
_OTHERWISE = {
    "cursor": "all pages are read",
    "case": "--ignore-case",
    "url_regex": "--url~",
    "sha256": "--skip-existing",
    "a": "--also-a",
    "b": "--also-b",
    "format": "--curl, --format",
}
#: Of what lists all rows.
_ALL_ROWS = ("GET /api/sessions", "GET /api/captures", "GET /api/sessions/{session_id}/captures")


@pytest.fixture(scope="module")
def logging_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that says of each request which route it was for."""
    server = start_server(tmp_path_factory.mktemp("own") / "data", "--log-format", "json")
    yield server
    server.stop()


def _operations(server: Server) -> dict[tuple[str, str], dict[str, Any]]:
    paths = server.json(f"{server.url}/schema/openapi.json")["paths"]
    return {
        (method.upper(), path): operation
        for path, item in paths.items()
        for method, operation in item.items()
        if method in ("get", "post", "put", "patch", "delete")
    }


@pytest.mark.slow
def test_each_operation_is_asked_for(logging_server: Server) -> None:
    """By one of the commands, which work one after the other, and in the log of the service."""
    folder = logging_server.data_dir.parent
    operations = _operations(logging_server)
    assert operations.keys() == _COMMANDS.keys() | _ELSEWHERE.keys()
    saved(folder / "a.har", numbered(2))
    saved(folder / "budget.json", b'{"rules": [{"metric": "requests", "max": 9}]}')
    settings = server_setting(logging_server)
    output("harlake import a.har --session T", folder, **settings)
    saved(folder / "d.har", numbered(2)[:-9])
    assert run("harlake import d.har --salvage --session D", folder, **settings).returncode == 0
    for operation, command in _COMMANDS.items():
        if "$" in command:
            (entry, *_) = json_lines(output("harlake entries S --json", folder, **settings))
            (capture, *_) = json_lines(output("harlake captures S --json", folder, **settings))
            (damaged,) = json_lines(output("harlake captures D --json", folder, **settings))
            command = command.replace("$E", entry["id"]).replace("$C", capture["id"]).replace("$D", damaged["id"])
        before = len(logging_server.log.read_text("utf-8").splitlines())
        done = run(command, folder, **settings)
        assert done.returncode == 0 or "No body" in done.stderr, (command, done.stderr)
        asked: set[tuple[str, str]] = set()
        # A line is written when its answer has been sent, which may be after the command's end.
        give_up = time.monotonic() + PATIENCE
        while operation not in asked and time.monotonic() < give_up:
            lines = map(json.loads, logging_server.log.read_text("utf-8").splitlines()[before:])
            asked = {(line.get("method"), line.get("path")) for line in lines}
        assert operation in asked, command


@pytest.mark.slow
def test_each_parameter_is_an_option(logging_server: Server) -> None:
    """Of the command that asks for the operation, where it is not what the command reads by itself."""
    for operation, described in _operations(logging_server).items():
        if operation in _ELSEWHERE:
            continue
        name = _COMMANDS[operation].split()[1]
        options = set(re.findall(r"--[\w~-]+", output(f"harlake {name} --help", logging_server.data_dir.parent)))
        for parameter in described.get("parameters", ()):
            option = f"--{parameter['name'].replace('_', '-')}"
            is_all = parameter["name"] == "limit" and " ".join(operation) in _ALL_ROWS
            if parameter["in"] == "query" and parameter["name"] not in _OTHERWISE and not is_all:
                assert option in options or (name, option) == ("search", "--q"), (operation, option)
