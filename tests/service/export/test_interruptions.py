"""Exports whose client leaves, or whose session is removed."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from tests.support import hars
from tests.support.hars import har, imported, saved
from tests.support.server import PATIENCE, Server, start_server


def _resources(server: Server) -> tuple[int, int]:
    """Return how many files a server has open, and how many threads run in it."""
    process = Path(f"/proc/{server.process.pid}")
    return len(list((process / "fd").iterdir())), len(list((process / "task").iterdir()))


LARGE = [
    "status=200,201,202",
    "order=time",
    "format=ndjson",
    "format=csv",
    "format=parquet&bodies=true",
    "max_part=1MB",
    "format=playwright",
    "format=warc",
]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A server, and a HAR of which all exports are far larger than what is on the way to a client at a time."""
    folder = tmp_path_factory.mktemp("crowded")
    random = Random(1)
    entries = [
        json.dumps(
            {
                "startedDateTime": f"2024-02-28T16:{number % 60:02}:00.000Z",
                "request": {"method": "GET", "url": f"http://example.test/{random.randbytes(150).hex()}"},
                "response": {"status": 200 + number % 3, "content": {"text": random.randbytes(100).hex()}},
            }
        ).encode()
        for number in range(20_000)
    ]
    server = start_server(folder / "data")
    yield server, saved(folder / "x.har", har(*entries))
    server.stop()


def _downloading(server: Server, session: str, query: str, into: Path) -> subprocess.Popen[bytes]:
    """Start a slow download, and return it when it is under way."""
    url = f"{server.url}/api/har/export/{session}?{query}"
    curl = subprocess.Popen(
        ["curl", "-sS", "-m", str(PATIENCE), "--limit-rate", "3M", "-o", into, url], stderr=subprocess.PIPE
    )
    hars.wait_for(lambda: into.exists() and into.stat().st_size > 100_000)
    return curl


#: Equal measurements in a row after which a server has settled.
_SAMPLES = 5
#: Rounds of which one must leave nothing, and seconds in which what was left has to be gone.
_ROUNDS = 4
_LINGER = 30


def _settled(server: Server) -> tuple[int, int]:
    """Return the threads and files of a server when those of earlier requests are gone."""
    seen: list[tuple[int, int]] = []
    while len(seen) < _SAMPLES or len(set(seen[-_SAMPLES:])) > 1:
        time.sleep(0.2)
        seen.append(_resources(server))
    return seen[-1]


def _leave_all(server: Server, session: str, folder: Path) -> None:
    """Begin each export, and leave in the middle of it."""
    for number, query in enumerate(LARGE):
        if "parquet" in query:
            continue  # too small to be left half-way
        into = folder / f"{number}"
        into.unlink(missing_ok=True)
        curl = _downloading(server, session, query, into)
        curl.kill()
        curl.communicate()


@pytest.mark.slow
def test_a_client_that_leaves_leaves_nothing(crowded: tuple[Server, Path], tmp_path: Path) -> None:
    """Threads and files of an export end with it, wherever its client leaves.

    What is loaded with the first export of a format stays, and so does an engine that was made because all were busy,
    now and then; what is left behind would be more each time.
    """
    server, file = crowded
    session = imported(server, file)["sessionId"]
    with ThreadPoolExecutor(len(LARGE)) as clients:
        list(clients.map(lambda query: server.curl("-o", "/dev/null", f"/api/har/export/{session}?{query}"), LARGE))
    seen = [_settled(server)]
    for _ in range(_ROUNDS):
        _leave_all(server, session, tmp_path)
        with suppress(AssertionError):
            hars.wait_for(lambda: _resources(server) <= seen[-1], _LINGER)
            break
        seen.append(_settled(server))
    else:
        pytest.fail(f"files and threads, round by round: {seen}")
    server.json("-X", "DELETE", f"/api/sessions/{session}")


@pytest.mark.slow
@pytest.mark.parametrize("query", ["status=200,201,202", "order=time", "format=ndjson", "format=csv", "format=postman"])
def test_an_export_of_a_removed_session_is_cut_off(crowded: tuple[Server, Path], tmp_path: Path, query: str) -> None:
    """A session that is removed in the middle makes its export end early, visibly so to the client."""
    server, file = crowded
    session = imported(server, file)["sessionId"]
    whole = len(server.curl(f"/api/har/export/{session}?{query}"))
    curl = _downloading(server, session, query, tmp_path / "out")
    server.json("-X", "DELETE", f"/api/sessions/{session}")
    curl.communicate()
    assert curl.returncode == 18
    assert (tmp_path / "out").stat().st_size < whole
