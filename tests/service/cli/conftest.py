"""A running service that commands are sent to, and a session there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.hars import numbered, saved
from tests.support.server import Server


@pytest.fixture
def at_server(server: Server) -> Iterator[Server]:
    """The shared server, for commands that are sent there; what they import is removed."""
    before = {one["id"] for one in server.json("/api/sessions")["sessions"]}
    yield server
    for one in server.json("/api/sessions")["sessions"]:
        if one["id"] not in before:
            server.curl("-X", "DELETE", f"/api/sessions/{one['id']}")


@pytest.fixture
def session(at_server: Server, tmp_path: Path) -> str:
    """A session of 2,500 entries."""
    return str(at_server.import_file(saved(tmp_path / "many.har", numbered(2_500)))["sessionId"])
