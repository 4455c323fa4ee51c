"""Two nodes against one, each on a core of its own, with one PostgreSQL and one S3.

Both run all the time; "one" is all clients asking the first, "two" is half of them asking each. What nodes share, and
the clients, run on all cores of the machine: where it has two, they take from two nodes what one need not give them.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.budget import rounds
from benchmarks.client import curl, post
from benchmarks.files import File, generated, said, varied
from benchmarks.scale.clients import throughput
from benchmarks.scale.cluster import bucket, catalog
from benchmarks.scale.findings import Finding
from benchmarks.scale.goals import NODES
from benchmarks.scale.setting import Setting
from benchmarks.servers import Server, harlake_server

_CLIENTS: Final = 8
_FILES_AT_ONCE: Final = 4

#: Something that clients do at so many servers: it returns how much was done a second.
_Work = Callable[[list[Server]], float]


@dataclass(frozen=True, slots=True)
class _Rate:
    """What was done a second, and a second of the nodes' processor time."""

    a_second: float
    a_cpu_second: float


def measure(setting: Setting) -> Iterator[Finding]:
    """Ask, import and export, at one node and at two, in turns."""
    sizes = setting.sizes
    with ExitStack() as opened:
        nodes = _nodes(opened, setting.folder)
        file = opened.enter_context(generated(setting.folder, "mixed", sizes.har_of_many))
        with varied(setting.folder, sizes.listed) as listed:
            session = json.loads(post(f"{nodes[0].url}/api/har/import", listed.path))["sessionId"]
        works: dict[str, _Work] = {
            "pages that pass filters": partial(_ask, session, sizes.seconds),
            "exports": partial(_each, partial(_export, _import(nodes[0], file))),
            "imports": partial(_each, partial(_import, file=file)),
        }
        for name, work in works.items():
            with said(f"two nodes and one: {name}"):
                yield _finding(name, work, nodes, setting.rounds)


def _nodes(opened: ExitStack, folder: Path) -> list[Server]:
    place = Path(opened.enter_context(tempfile.TemporaryDirectory(dir=folder)))
    remote = opened.enter_context(bucket(folder))
    options = ("--catalog", opened.enter_context(catalog()), "--objects", remote.url)
    cores = sorted(os.sched_getaffinity(0))[-2:]
    return [
        opened.enter_context(
            harlake_server(place / f"node-{core}", *options, environment=remote.environment, cores=[core])
        )
        for core in cores
    ]


def _finding(name: str, work: _Work, nodes: list[Server], count: int) -> Finding:
    work(nodes)  # what nodes have of a bucket at hand, they have after that
    ones, twos = [], []
    for _ in range(count):
        ones.append(_timed(work, nodes[:1]))
        twos.append(_timed(work, nodes))
    a_second = {"one: a second": [one.a_second for one in ones], "two: a second": [two.a_second for two in twos]}
    by_processor = [2 * two.a_cpu_second / one.a_cpu_second for one, two in zip(ones, twos, strict=True)]
    return Finding(NODES.name, name, rounds(*a_second.values()), by_processor, a_second)


def _timed(work: _Work, nodes: list[Server]) -> _Rate:
    cpu, begin = sum(node.cpu_seconds() for node in nodes), time.monotonic()
    a_second = work(nodes)
    seconds = time.monotonic() - begin
    spent = sum(node.cpu_seconds() for node in nodes) - cpu
    return _Rate(a_second, a_second * seconds / max(spent, 0.01))


def _ask(session: str, seconds: float, nodes: list[Server]) -> float:
    def paths(seed: int) -> Iterator[str]:
        rng = Random(seed)
        while True:
            yield f"/api/sessions/{session}/entries?limit=100&status=404&url=*{rng.randrange(1000)}*"

    return throughput([(node, paths(n)) for n, node in enumerate(islice(cycle(nodes), _CLIENTS))], seconds)


def _each(work: Callable[[Server], object], nodes: list[Server]) -> float:
    """Let several clients do something once each; return how often it was done a second."""
    begin = time.monotonic()
    with ThreadPoolExecutor(_FILES_AT_ONCE) as clients:
        list(clients.map(work, islice(cycle(nodes), _FILES_AT_ONCE)))
    return _FILES_AT_ONCE / (time.monotonic() - begin)


def _export(session: str, node: Server) -> None:
    curl("-o", "/dev/null", f"{node.url}/api/har/export/{session}")


def _import(node: Server, file: File) -> str:
    return str(json.loads(post(f"{node.url}/api/har/import", file.path))["sessionId"])
