"""What clients cost that have stopped sending or reading: memory, and how soon others are answered."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Final

import pytest

from harlake.limits import MIB
from tests.support.hars import generated, imported, numbered, stays, wait_for
from tests.support.raw_http import ask, connect, request, upload
from tests.support.server import Server

pytestmark = pytest.mark.memory

#: Clients of each kind, before it is measured what more of them hold: shares get smaller the more there are.
_FIRST: Final = 40
_CLIENTS: Final = 100

_FILES: Final = 8_192


@contextmanager
def _checked_health(server: Server) -> Iterator[list[float]]:
    """Ask for health again and again, as long as the context lasts; return how many seconds each answer took."""
    seconds: list[float] = []
    done = Event()

    def check() -> None:
        while not done.wait(0.05):
            began = time.monotonic()
            assert ask(server, request("GET", "/api/health"))[0] == 200
            seconds.append(time.monotonic() - began)

    checker = Thread(target=check)
    checker.start()
    try:
        yield seconds
    finally:
        done.set()
        checker.join()


def _is_still(server: Server) -> bool:
    """Return whether the memory does not change within a second, by more than the allocators' comings and goings."""
    before = server.resident()
    time.sleep(1)
    return abs(server.resident() - before) < MIB


def test_a_client_that_stops_costs_a_mebibyte_at_most(own_server: Server, tmp_path: Path) -> None:
    """Of uploads that stall at their beginning, exports and exports that rewrite, all together; and no thread."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(_FILES, hard), hard))
    session = imported(own_server, generated(tmp_path / "mixed.har", "mixed", 50_000_000))["sessionId"]
    text = numbered(200)
    exports = [f"/api/har/export/{session}{options}" for options in ("", "?bodies=max:99MB")]
    for path in exports:  # whatever is needed once is there
        own_server.curl("--fail", "-o", "/dev/null", path)

    with _checked_health(own_server) as seconds, ExitStack() as stack:

        def stop_clients(numbers: range) -> int:
            for number in numbers:
                for route in ("import", "validate"):
                    part = text[: 1_000 + number * 7_919 % (len(text) - 1_000)]
                    stack.enter_context(connect(own_server, upload(route, part, unfinished=10_000)))
                for path in exports:
                    stack.enter_context(connect(own_server, request("GET", path), receive_buffer=4_096))
                time.sleep(0.05)
            wait_for(stays(lambda: _is_still(own_server), 3))
            return own_server.resident()

        first = stop_clients(range(_FIRST))
        threads = own_server.threads()
        each = (stop_clients(range(_FIRST, _CLIENTS)) - first) / (4 * (_CLIENTS - _FIRST))
        assert own_server.threads() <= threads + 8
        limiters = own_server.json("/api/health/ready")["limiters"]
        assert [limiters[name]["borrowed"] for name in ("imports", "exports")] == [2 * _CLIENTS] * 2
    seconds.sort()
    print(json.dumps({"MiB each": round(each / MIB, 2), "health ms": [round(1000 * seconds[at]) for at in (-1, -20)]}))
    assert each < MIB
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
