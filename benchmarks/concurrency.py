"""Uploads at the same time: whether they share the machine fairly, and whether others still get an answer."""

from __future__ import annotations

import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

import msgspec

from benchmarks.client import Connection, curl, percentile, post
from benchmarks.files import File
from benchmarks.servers import Sampler, Server, harlake_server

#: Seconds between two requests to /api/health.
_PULSE = 0.05


class Concurrency(msgspec.Struct, frozen=True):
    """What so many uploads at once took; a value for each run, times in seconds, memory in bytes over idle."""

    uploads: int
    file: str
    file_bytes: int
    seconds: list[float]
    #: The slowest upload's time, against the mean of all.
    unfairness: list[float]
    memory: list[int]
    #: Milliseconds of all requests to /api/health meanwhile.
    health_ms: list[float]

    @property
    def rate(self) -> float:
        """HAR bytes per second of all uploads together, in the median run."""
        return self.uploads * self.file_bytes / statistics.median(self.seconds)

    @property
    def memory_per_upload(self) -> float:
        """Peak resident bytes over idle, in the worst run, for each upload."""
        return max(self.memory) / self.uploads

    def health(self, share: float) -> float:
        """Return the milliseconds that `share` of the requests to /api/health took at most."""
        return percentile(self.health_ms, share)


def concurrency(file: File, folder: Path, uploads: tuple[int, ...], runs: int) -> list[Concurrency]:
    """Import a file so many times at once; the numbers take turns, on a server each."""
    found: dict[int, list[tuple[list[float], float, int, list[float]]]] = {count: [] for count in uploads}
    for _ in range(runs):
        for count in uploads:
            with tempfile.TemporaryDirectory(dir=folder) as data, harlake_server(Path(data)) as server:
                found[count].append(_run(server, file, count))
    return [
        Concurrency(
            uploads=count,
            file=file.name,
            file_bytes=file.size,
            seconds=[total for _, total, _, _ in of_count],
            unfairness=[max(each) / statistics.mean(each) for each, _, _, _ in of_count],
            memory=[memory for _, _, memory, _ in of_count],
            health_ms=[ms for _, _, _, health in of_count for ms in health],
        )
        for count, of_count in found.items()
    ]


def _run(server: Server, file: File, uploads: int) -> tuple[list[float], float, int, list[float]]:
    """Return each upload's seconds, those of all, the peak of memory over idle, and what health took."""

    def upload(_: int) -> float:
        begin = time.perf_counter()
        assert json.loads(post(f"{server.url}/api/har/import", file.path))["success"]
        return time.perf_counter() - begin

    # The first upload of a server also pays for what is loaded on demand.
    warm = json.loads(post(f"{server.url}/api/har/import", file.path))
    curl("-X", "DELETE", f"{server.url}/api/sessions/{warm['sessionId']}")
    with Sampler(server.pid) as sampler, Pulse(server) as pulse, ThreadPoolExecutor(uploads) as clients:
        begin = time.perf_counter()
        each = list(clients.map(upload, range(uploads)))
        total = time.perf_counter() - begin
    return each, total, sampler.peak - server.idle, pulse.times


class Pulse:
    """Asks a server for its health, or for what the paths lead to, while it is open.

    ``times`` are the answers', in milliseconds.
    """

    def __init__(self, server: Server, paths: Iterable[str] = repeat("/api/health")) -> None:
        self._paths = iter(paths)
        self.times: list[float] = []
        self._connection = Connection(server.url)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Pulse:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while not self._stop.wait(_PULSE):
            seconds, _ = self._connection.get(next(self._paths))
            self.times.append(seconds * 1000)
