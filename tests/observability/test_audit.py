"""The audit log: one line a request, in a file of its owner's."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from harlake.observability.audit import ACTIONS, AuditLog, action_of, audit_line
from harlake.observability.request_record import RequestRecord
from tests.support.server import Server

#: Routes that tell nothing of what was captured.
_UNRECORDED = {"/api/health", "/api/health/live", "/api/health/ready", "/metrics", "/api/har/validate"}


def test_every_route_is_recorded(server: Server) -> None:
    """Whatever tells or changes something of what was captured has an action."""
    paths = server.json(f"{server.url}/schema/openapi.json")["paths"]
    routes = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert {(method, path) for method, path in routes if method != "HEAD" and path not in _UNRECORDED} == set(ACTIONS)


def test_a_new_file_is_its_owners(tmp_path: Path) -> None:
    """Whatever the umask; a file that is there keeps its mode."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.touch(0o640)
    before = os.umask(0)
    try:
        for path in (old, new):
            AuditLog(path).close()
    finally:
        os.umask(before)
    assert [path.stat().st_mode & 0o777 for path in (old, new)] == [0o640, 0o600]


def test_lines_are_appended(tmp_path: Path) -> None:
    """A line is there as soon as it is written, after those of an earlier service."""
    path = tmp_path / "audit"
    path.write_text('{"before": true}\n')
    audit = AuditLog(path)
    audit.write({"number": 1, "text": "a\nb\u2028"})
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"before": True},
        {"number": 1, "text": "a\nb\u2028"},
    ]
    audit.close()


@pytest.mark.parametrize("told", [True, False])
def test_a_file_that_was_moved_is_left(tmp_path: Path, told: bool) -> None:
    """The next line begins a new one, whether the service is told to look or not."""
    path, moved = tmp_path / "audit", tmp_path / "audit.1"
    audit = AuditLog(path)
    audit.write({"number": 1})
    path.rename(moved)
    if told:
        audit.reopen()
        assert path.read_text() == ""
    audit.write({"number": 2})
    assert (moved.read_text(), path.read_text()) == ('{"number": 1}\n', '{"number": 2}\n')
    assert path.stat().st_mode & 0o777 == 0o600
    audit.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """The request has been answered; that it is not recorded is in the log."""
    audit = AuditLog(Path("/dev/full"))
    audit.write({"number": 1})
    audit.close()
    assert "the audit log cannot be written" in caplog.text


def test_what_a_line_says() -> None:
    """Who did what, when, with which result; what is not known is left out."""
    record = RequestRecord("r1", status=200, sent=5, complete=True, token_id="ab12")  # noqa: S106 - an id
    line = audit_line("read body", record, "127.0.0.1", {"entry_id": "e1"})
    assert str(line.pop("time")).endswith("Z")
    assert line == {
        "action": "read body",
        "result": "done",
        "token": "ab12",
        "client": "127.0.0.1",
        "entries": ["e1"],
        "status": 200,
        "receivedBytes": 0,
        "sentBytes": 5,
        "requestId": "r1",
    }


def test_what_is_denied_is_recorded() -> None:
    """Whatever it was for, and if it was for nothing that there is."""
    denied = RequestRecord("r1", status=401, complete=True)
    assert action_of("GET", "-", denied) == action_of("POST", "/api/har/import", denied) == "denied"
    assert action_of("HEAD", "/api/har/export/{session_id}", RequestRecord("r1", status=200)) is None
