"""Several clients that ask at once: how much more they are answered than one, and how soon, beside imports and SQL."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from random import Random
from subprocess import CalledProcessError
from typing import Final

from benchmarks.budget import rounds
from benchmarks.client import Connection, curl, percentile, post
from benchmarks.concurrency import Pulse
from benchmarks.files import File, generated, said
from benchmarks.scale.findings import Finding
from benchmarks.scale.goals import CLIENTS, CONTENTION, INDEX_SIZE
from benchmarks.scale.million import PAGE, Store
from benchmarks.scale.setting import Setting
from benchmarks.servers import Server

CLIENT_COUNT: Final = 8
_IMPORTS: Final = 16

#: A query that is not done when its time is over.
_SQL: Final = "SELECT count(*) AS n FROM entries a JOIN entries b ON a.status = b.status AND a.time_ms < b.time_ms"


def measure_clients(setting: Setting) -> Iterator[Finding]:
    """Let one client ask for a while, then several, of each version in turns."""
    stores = setting.million
    with ExitStack() as opened, said(f"{CLIENT_COUNT} clients"):
        servers = {side: opened.enter_context(store.serve()) for side, store in stores.items()}
        for kind, path in (("listing anywhere", Store.page), ("text in URL and status", _filtered)):
            found: dict[str, list[float]] = {}
            for number in range(setting.rounds):
                for side, server in servers.items():
                    for count in (1, CLIENT_COUNT):
                        paths = [_paths(stores[side], path, number * 100 + client) for client in range(count)]
                        rate = throughput([(server, one) for one in paths], setting.sizes.seconds)
                        found.setdefault(f"{side}, {count}: answers/s", []).append(rate)
            one, many = (found[f"now, {count}: answers/s"] for count in (1, CLIENT_COUNT))
            yield Finding(CLIENTS.name, kind, rounds(one, many), [], found)


def _filtered(store: Store, rng: Random) -> str:
    """Return the path of a page of what passes a filter, hardly ever the same."""
    return f"/api/sessions/{store.session}/entries?limit={PAGE}&status=404&url=*{rng.randrange(1000)}*"


def _paths(store: Store, path: Callable[[Store, Random], str], seed: int) -> Iterator[str]:
    rng = Random(seed)
    while True:
        yield path(store, rng)


def throughput(clients: list[tuple[Server, Iterator[str]]], seconds: float) -> float:
    """Return how many answers a second so many clients get, each from its server, for a while."""
    end = time.monotonic() + seconds

    def ask(client: tuple[Server, Iterator[str]]) -> int:
        connection = Connection(client[0].url)
        answers = 0
        while time.monotonic() < end or not answers:
            connection.get(next(client[1]))
            answers += 1
        connection.close()
        return answers

    begin = time.monotonic()
    with ThreadPoolExecutor(len(clients)) as threads:
        answers = sum(threads.map(ask, clients))
    return answers / (time.monotonic() - begin)


def measure_contention(setting: Setting) -> Iterator[Finding]:
    """List pages while others import, and one queries in SQL, of each version in turns."""
    stores = setting.million
    slowest: dict[str, list[float]] = {}
    with generated(setting.folder, "mixed", setting.sizes.har_of_many) as file, said("a page beside imports and SQL"):
        for number in range(setting.rounds):
            for side, store in stores.items():
                with store.serve() as server:
                    times = _contended(store, server, file, setting.sizes.contended_seconds, number)
                for share in (0.5, 0.99):
                    slowest.setdefault(f"{side}, {share:.0%}: ms", []).append(percentile(times, share))
    yield Finding(CONTENTION.name, f"{_IMPORTS} imports", slowest["now, 99%: ms"], [], slowest)


def _contended(store: Store, server: Server, file: File, seconds: float, seed: int) -> list[float]:
    """Return the milliseconds that pages take meanwhile."""
    stop = threading.Event()
    sessions: list[str] = []

    def go_on_importing(_: int) -> None:
        while not stop.is_set():
            sessions.append(json.loads(post(f"{server.url}/api/har/import", file.path))["sessionId"])

    def go_on_querying() -> None:
        while not stop.is_set():
            with suppress(CalledProcessError):  # it is killed at its limit
                curl("-H", "Content-Type: application/json", "-d", json.dumps({"sql": _SQL}), f"{server.url}/api/sql")

    with ThreadPoolExecutor(_IMPORTS + 1) as clients:
        working = [clients.submit(go_on_querying), *(clients.submit(go_on_importing, n) for n in range(_IMPORTS))]
        with Pulse(server, _paths(store, Store.page, seed)) as pulse:
            time.sleep(seconds)
        stop.set()
    for one in working:
        one.result()
    for session in sessions:
        curl("-X", "DELETE", f"{server.url}/api/sessions/{session}")
    return pulse.times


def measure_index_size(setting: Setting) -> Iterator[Finding]:
    """Look at what the folders of both versions take, beside the captures themselves."""
    sizes = {side: [store.index_bytes / store.entries] for side, store in setting.million.items()}
    measured = {f"{side} B": size for side, size in sizes.items()}
    yield Finding(INDEX_SIZE.name, f"{setting.sizes.listed:,} entries", sizes["now"], [], measured)
