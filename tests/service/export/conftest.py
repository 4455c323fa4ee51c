"""A session of many captures to export from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import FIXTURES, SHARED_HARS
from tests.support.hars import JSON, har, imported, saved, timed
from tests.support.server import Server

_CAPTURES = [
    *(FIXTURES / f"{name}.har" for name in ("playwright-1.65_embed", "mitmproxy-11.0_site", "handmade_wrong-types")),
    *sorted(SHARED_HARS.glob("*/*.har"), key=lambda path: (path.stat().st_size, path))[40:60],
]


@pytest.fixture(scope="package")
def stocked(start: Callable[[Path], Server], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server, and a session of many captures that interleave in time."""
    folder = tmp_path_factory.mktemp("exporter")
    server = start(folder / "data")
    session = server.json("/api/sessions", *JSON, "-d", '{"name":"Many"}')["id"]
    for capture in range(3):
        times = [f"2024-02-28T16:{minute:02}:0{capture % 2}.000Z" for minute in (3 * capture, 30, 7, 7, 59)]
        entries = [timed(10 * capture + number, started, "p") for number, started in enumerate([*times, None])]
        text = har(*entries, head=b'"pages":[{"id":"p","title":"%d"},{"id":"unused"}],' % capture)
        imported(server, saved(folder / "x.har", text), "-F", f"sessionId={session}")
    for file in _CAPTURES:
        if b"\\ud" not in file.read_bytes().lower():  # lone surrogates, on which this test's own reader fails
            server.import_file(file, "-F", f"sessionId={session}")
    yield server, session
    server.stop()
