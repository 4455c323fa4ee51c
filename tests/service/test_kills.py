"""Services that are killed beside clients, again and again, on either store: nothing is lost, and nothing is left."""

from __future__ import annotations

import random
import time
from functools import partial
from pathlib import Path

import pytest

from benchmarks.generate import chunks
from tests.support.hars import numbered, wait_for
from tests.support.stores import LocalStore, SharedStore, Store
from tests.support.traffic import HarFile, Traffic


@pytest.fixture(scope="module")
def files(request: pytest.FixtureRequest) -> list[HarFile]:
    """HARs whose index the catalog keeps, and has a file of its own; with --slow, some of several parts."""
    hars = [numbered(3), numbered(700), b"".join(chunks("mixed", 1_000_000))]
    if request.config.getoption("--slow"):
        hars.append(b"".join(chunks("mixed", 20_000_000, big_body=16_000_000)))
    return list(map(HarFile, hars))


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A store of either kind, with nothing in it."""
    if request.param == "local":
        return LocalStore(tmp_path / "data")
    postgres, s3 = request.getfixturevalue("postgres"), request.getfixturevalue("s3_endpoint")
    return SharedStore(tmp_path, postgres.new_schema(), s3)


@pytest.mark.parametrize(
    ("store", "kills"),
    [
        ("local", 1),
        pytest.param("shared", 3, marks=pytest.mark.slow),
        *(pytest.param(store, 200, marks=pytest.mark.long) for store in ("local", "shared")),
    ],
    indirect=["store"],
)
def test_whatever_is_killed_nothing_is_lost_or_left(store: Store, files: list[HarFile], kills: int) -> None:
    """Imports, removals, renames, exports and starts are killed at drawn moments, on one of the nodes.

    What was acknowledged is there, as a whole; of what was not, all or nothing is. In the end, nothing else is left.
    """
    draw = random.Random(kills)
    servers = [store.start(node) for node in range(store.nodes)]
    urls = [server.url for server in servers]
    traffic = Traffic(files, lambda: list(urls), kills, clients=4)
    for _ in range(kills):
        victim = draw.randrange(store.nodes)
        with traffic.running():
            enough = traffic.answers.total() + draw.randrange(8)
            wait_for(partial(traffic.has_answers, enough))
            time.sleep(draw.uniform(0, 0.5))
            servers[victim].kill()
            if store.nodes > 1:
                urls.remove(servers[victim].url)
        store.settle(victim)
        for url in urls[: store.nodes - 1]:
            traffic.check(url)
        if draw.random() < 0.5:
            start = store.begin_to_start(victim)
            time.sleep(draw.uniform(0, 2))
            start.kill()
            start.wait()
            store.settle(victim)
        servers[victim] = store.start(victim)
        urls[:] = [server.url for server in servers]
        traffic.check(servers[victim].url)
    for server in servers:
        assert server.stop() == 0
    store.check(traffic.captures())
