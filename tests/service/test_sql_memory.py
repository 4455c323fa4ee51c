"""The memory that queries take, DuckDB's and all other: the worst that are allowed."""

from __future__ import annotations

import json
import resource
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from harlake.limits import MIB
from tests.support.hars import JSON, saved
from tests.support.processes import descendants
from tests.support.server import Server, start_server

pytestmark = pytest.mark.memory

_ENTRIES: Final = 20_000

_QUERIES: Final = (
    "select median(range) from range(1000000000)",
    "select mode(range) from range(1000000000)",
    "select mode(range::varchar || 'aaaaaaaaaaaaaaaaaaaaaaaaa') from range(1000000000)",
    "select histogram(range) from range(1000000000)",
    "select list(range) from range(1000000000)",
    "select list(range) from range(4100000)",
    "select list_sort(list(range)) from range(4100000)",
    "select string_agg(url, '') from entries",
    "select string_agg(chr(1) || url, '') from entries where ordinal < 7000",
    "select " + ", ".join(f"upper(url) || '{number}'" for number in range(15)) + " from entries",
    "select " + " || ".join(["url"] * 11) + " from entries",
    "select " + ", ".join(["1"] * 1_600) + " from range(100000)",
    "select " + ", ".join(f"median(status + {number})" for number in range(500)) + " from entries, range(100)",
    "select " + ", ".join(f"lag(url, {number}) over (order by ordinal)" for number in range(30)) + " from entries",
    "select *, *, * from (select *, *, * from entries)",
    "select * from entries e join entries f on e.method = f.method order by e.url desc",
    "select list_transform(list_value(1, 2, 3), lambda x: url || url) from entries",
    "select count(list_has_all(string_split(url, ''), string_split(url, ''))) from entries",
    "select count(regexp_replace(url, '.', 'aaaaaaaaaaaaaaaa', 'g')) from entries",
    "with recursive t(n) as (select 1 union all select n + 1 from t) select * from t",
)


@pytest.fixture(scope="module")
def full_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with entries whose texts are as long as the index keeps them."""
    folder = tmp_path_factory.mktemp("sql")
    entries = [
        {
            "startedDateTime": "2026-01-01T00:00:00Z",
            "time": number,
            "request": {"method": "GET", "url": f"https://h{number % 50}.example/{'a' * 980}{number}"},
            "response": {"status": 200, "statusText": "a" * 1_020, "content": {"mimeType": "a" * 1_000}},
        }
        for number in range(_ENTRIES)
    ]
    har = saved(folder / "long.har", json.dumps({"log": {"version": "1.2", "entries": entries}}).encode())
    running = start_server(folder / "data")
    running.import_file(har)
    yield running
    running.stop()


def test_worst_queries(full_server: Server, tmp_path: Path) -> None:
    """Whatever is allowed takes less than 350 MiB in its own process, next to nothing of the service, and ends."""
    idle = full_server.resident()
    full_server.forget_peak()
    for sql in _QUERIES:
        body = saved(tmp_path / "query.json", json.dumps({"sql": sql}).encode())
        asked = ["curl", "-sS", "-w", "%{http_code}", "-o", "/dev/null", f"{full_server.url}/api/sql", *JSON]
        with subprocess.Popen([*asked, "-d", f"@{body}"], stdout=subprocess.PIPE) as client:
            while client.poll() is None:
                for process in descendants(full_server.process.pid):
                    assert _resident(process) < 350 * MIB, sql
                time.sleep(0.02)
            assert client.communicate()[0] in (b"200", b"400"), sql
    assert full_server.peak_resident() - idle < 48 * MIB
    body = saved(tmp_path / "query.json", b'{"sql": "select count(*) as n from entries"}')
    assert full_server.json("/api/sql", *JSON, "-d", f"@{body}") == {"n": _ENTRIES}


def _resident(process: int) -> int:
    """Return the resident memory of a process, 0 where it has ended."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0
