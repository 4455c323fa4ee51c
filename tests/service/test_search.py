"""The search over HTTP: every entry that holds a text, in stored order, and an end that says it is the end."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import anyio
import pytest
from anyio import CapacityLimiter

from harlake.har.text_search import TextQuery
from harlake.pipeline.streaming import stream
from tests.conftest import FIXTURES
from tests.support.hars import entries_of, generated, ids_of, imported, remove_sessions, wait_for
from tests.support.server import PATIENCE, Server

_SAMPLE = FIXTURES / "playwright-1.65_embed.har"


@pytest.fixture(scope="module")
def big(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A session of many frames, and its file."""
    file = generated(tmp_path_factory.mktemp("search") / "mixed.har", "mixed", 20_000_000)
    session = imported(server, file)["sessionId"]
    imported(server, _SAMPLE, "-F", f"sessionId={session}")
    yield session, file
    remove_sessions(server)


def _search(server: Server, session: str, **parameters: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    lines = server.curl("--fail", f"/api/sessions/{session}/search?{urlencode(parameters)}").splitlines()
    *hits, end = map(json.loads, lines)
    assert end["done"] is True
    assert end["hits"] == len(hits)
    return hits, end


@pytest.mark.slow
@pytest.mark.parametrize("text", ["Server", "xyz-nowhere", '"', "application/json", "echo"])
def test_all_hits_in_stored_order(server: Server, big: tuple[str, Path], text: str) -> None:
    """The hits are those of searching each entry of the files, one after the other."""
    session, file = big
    ids = ids_of(server, session)
    entries = entries_of(file.read_bytes())
    sample = json.loads(_SAMPLE.read_bytes())["log"]["entries"]
    rest = [json.dumps(one).encode() for one in sample if isinstance(one, dict) and "request" in one]
    assert len(ids) == len(entries) + len(rest)
    query = TextQuery(text)
    expected = [
        (found, hit.where, hit.offset, hit.count, hit.snippet)
        for found, entry in zip(ids, [*entries, *rest], strict=True)
        for hit in query.hits(entry)
    ]
    hits, end = _search(server, session, q=text)
    assert [(hit["entry"], hit["where"], hit["offset"], hit["count"], hit["snippet"]) for hit in hits] == expected
    assert end == {"done": True, "hits": len(expected), "entries": len(ids)}


@pytest.mark.slow
def test_filters_and_limits(server: Server, big: tuple[str, Path]) -> None:
    """Only entries that pass the filters are searched, and a search that stops early says so."""
    session, _ = big
    every, _ = _search(server, session, q="server", case="false")
    posts, end = _search(server, session, q="server", case="false", method="POST")
    assert posts == [hit for hit in every if hit["method"] == "POST"]
    assert 0 < len(posts) < len(every)
    total = server.json(f"/api/sessions/{session}/entries?limit=1&method=POST")["total"]
    assert end["entries"] == total
    some, end = _search(server, session, q="server", case="false", limit="3")
    assert (some, end) == (every[:3], {"done": True, "hits": 3, "limited": True})
    _, end = _search(server, session, q="server", case="false", limit=str(len(every)))
    assert "limited" not in end


@pytest.mark.parametrize(
    "query", ["", "q=", "q=a&limit=0", "q=a&case=x", "q=a&colour=red", "q=a&url~=(", f"q={'a' * 1001}"]
)
def test_refusals(server: Server, big: tuple[str, Path], query: str) -> None:
    """What is wrong with a search is found before the first line."""
    session, _ = big
    assert server.status(f"/api/sessions/{session}/search?{query}")[0] == 400
    assert server.status("/api/sessions/nowhere/search?q=a")[0] == 404


def _threads(server: Server) -> int:
    """Return how many threads the server has."""
    return len(list(Path(f"/proc/{server.process.pid}/task").iterdir()))


@pytest.mark.slow
def test_a_client_that_leaves_stops_the_search(server: Server, big: tuple[str, Path]) -> None:
    """When nobody listens any more, nothing is searched any more, and no file stays open."""
    session, _ = big
    files = Path(f"/proc/{server.process.pid}/fd")
    server.curl(f"/api/sessions/{session}/search?q=e&limit=1")  # DuckDB has one thread more from the first query on
    before, threads = len(list(files.iterdir())), _threads(server)
    curl = subprocess.Popen(
        ["curl", "-sN", "--limit-rate", "1k", f"{server.url}/api/sessions/{session}/search?q=e"], stdout=subprocess.PIPE
    )
    assert curl.stdout is not None
    curl.stdout.read(100)
    wait_for(lambda: _threads(server) > threads)
    curl.kill()
    curl.wait()
    curl.stdout.close()
    wait_for(lambda: _threads(server) <= threads and len(list(files.iterdir())) <= before)


@pytest.mark.slow
def test_a_session_that_is_removed(own_server: Server, tmp_path: Path) -> None:
    """A search of what is removed meanwhile is cut off, and never looks complete."""
    session = imported(own_server, generated(tmp_path / "mixed.har", "mixed", 20_000_000))["sessionId"]
    curl = subprocess.Popen(
        ["curl", "-sN", "--limit-rate", "1M", f"{own_server.url}/api/sessions/{session}/search?q=e"],
        stdout=subprocess.PIPE,
    )
    assert curl.stdout is not None
    begin = curl.stdout.read(1000)
    own_server.json("-X", "DELETE", f"/api/sessions/{session}")
    rest = curl.stdout.read()
    curl.stdout.close()
    assert curl.wait() != 0
    assert b'"done"' not in begin + rest


class _Endless:
    """Yields nothing at all, until it is closed."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def lines(self) -> Generator[bytes]:
        try:
            while True:
                time.sleep(0.001)
                yield b""
        finally:
            self.closed.set()


def test_a_search_without_hits_stops_as_well() -> None:
    """What has found nothing yet learns that nobody waits for it any more."""
    endless = _Endless()

    async def leave() -> None:
        with anyio.move_on_after(0.05):
            async for _ in stream(endless.lines(), CapacityLimiter(1)):
                raise AssertionError("nothing is found")

    anyio.run(leave)
    assert endless.closed.wait(PATIENCE)
