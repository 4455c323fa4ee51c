"""A session of a million entries: pages of its listing from anywhere, and exports of a selection."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from benchmarks.client import Connection, curl, percentile, post
from benchmarks.files import File
from benchmarks.servers import Sampler, Server, harlake_server
from harlake.store.ids import entry_id

_PAGE = 100


class Listing(msgspec.Struct, frozen=True):
    """Milliseconds, as the client sees them, for pages of 100 entries at random places of a session."""

    entries: int
    pages: int
    median_ms: float
    p95_ms: float
    max_ms: float
    memory: int


class Statistics(msgspec.Struct, frozen=True):
    """Milliseconds, as the client sees them, of summing a session up; all but the first are of a kept answer."""

    entries: int
    ms: list[float]
    memory: int


class Selection(msgspec.Struct, frozen=True):
    """Exports of entries picked at random from a session; seconds of each run that succeeded, bytes that were sent.

    `failure` is what the last of the others was answered, `runs` counts both.
    """

    encoding: str
    selected: int
    entries: int
    sent: int
    seconds: list[float]
    memory: int
    runs: int
    failure: str = ""

    @property
    def median(self) -> float:
        """Seconds of the median run."""
        return statistics.median(self.seconds)


class Million:
    """A server that holds one session, of a file with very many entries."""

    def __init__(self, server: Server, session: str, capture: uuid.UUID, entries: int, folder: Path) -> None:
        self.entries = entries
        self._server = server
        self._session = session
        self._capture = capture
        self._folder = folder
        self._random = random.Random(1)

    def listing(self, pages: int) -> Listing:
        """Get so many pages, one after the other, over one connection."""
        connection = Connection(self._server.url)
        times: list[float] = []
        with Sampler(self._server.pid) as sampler:
            for ordinal in self._ordinals(pages, self.entries - _PAGE):
                cursor = entry_id(self._capture, ordinal)
                path = f"/api/sessions/{self._session}/entries?limit={_PAGE}&cursor={cursor}"
                seconds, body = connection.get(path)
                assert len(json.loads(body)["entries"]) == _PAGE
                times.append(seconds * 1000)
        connection.close()
        return Listing(
            entries=self.entries,
            pages=pages,
            median_ms=statistics.median(times),
            p95_ms=percentile(times, 0.95),
            max_ms=max(times),
            memory=sampler.peak - self._server.idle,
        )

    def statistics(self, runs: int) -> Statistics:
        """Sum up the session, so many times."""
        connection = Connection(self._server.url)
        times: list[float] = []
        with Sampler(self._server.pid) as sampler:
            for _ in range(runs):
                seconds, body = connection.get(f"/api/sessions/{self._session}/stats")
                assert json.loads(body)["total"] == self.entries
                times.append(seconds * 1000)
        connection.close()
        return Statistics(entries=self.entries, ms=times, memory=sampler.peak - self._server.idle)

    def selection(self, count: int, encoding: str, runs: int) -> Selection:
        """Export `count` entries from all over the session, others in each run."""
        sent = self._folder / "selected.har"
        times: list[float] = []
        failure = ""
        with Sampler(self._server.pid) as sampler:
            for _ in range(runs):
                ids = [str(entry_id(self._capture, ordinal)) for ordinal in self._ordinals(count, self.entries)]
                try:
                    times.append(self._export(ids, encoding, sent))
                except subprocess.CalledProcessError as error:
                    failure = f"HTTP error: {(error.stdout or sent.read_bytes()).decode(errors='replace')}"
        return Selection(
            encoding=encoding,
            selected=count,
            entries=self.entries,
            sent=sent.stat().st_size,
            seconds=times,
            memory=sampler.peak - self._server.idle,
            runs=runs,
            failure=failure,
        )

    def _export(self, ids: list[str], encoding: str, sent: Path) -> float:
        """Return the seconds that it takes to export entries into a file."""
        asked = self._folder / "selection.json"
        asked.write_text(json.dumps({"entryIds": ids}))
        headers = ("-H", "Content-Type: application/json", "-H", f"Accept-Encoding: {encoding}")
        begin = time.perf_counter()
        curl(*headers, "-d", f"@{asked}", "-o", str(sent), f"{self._server.url}/api/har/export")
        return time.perf_counter() - begin

    def _ordinals(self, count: int, entries: int) -> list[int]:
        return self._random.sample(range(entries), count)


@contextmanager
def million(file: File, folder: Path) -> Iterator[Million]:
    """Import a file into a server that is started afresh, so that importing has warmed nothing."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        data = Path(place) / "data"
        with harlake_server(data) as server:
            answer = json.loads(post(f"{server.url}/api/har/import", file.path))
        with harlake_server(data) as server:
            capture = uuid.UUID(answer["captureId"])
            yield Million(server, answer["sessionId"], capture, answer["imported"], Path(place))
