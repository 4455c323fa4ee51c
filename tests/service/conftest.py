"""Fixtures of the tests that talk to a service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import hars
from tests.support.hars import numbered, saved
from tests.support.server import Server


@pytest.fixture
def api(server: Server) -> Iterator[Server]:
    """The shared server, empty before and after."""
    hars.remove_sessions(server)
    yield server
    hars.remove_sessions(server)


@pytest.fixture
def traffic(tmp_path: Path) -> Path:
    """A HAR of five entries."""
    return saved(tmp_path / "chrome-export.har", numbered(5))
