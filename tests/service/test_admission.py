"""Many requests at once: who is refused, who costs no thread, and whose work ends when the client has left."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.hars import JSON, assert_nothing_left, generated, imported, numbered, saved, stays, wait_for
from tests.support.raw_http import connect, leave
from tests.support.server import Server, start_server

#: Runs for hours, unless it is stopped.
_ENDLESS = json.dumps({"sql": "select count(*) from range(100000000000)"})


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose requests these tests count."""
    running = start_server(tmp_path_factory.mktemp("admission") / "data")
    yield running
    assert running.stop() == 0


def _connect(server: Server, request: bytes) -> socket.socket:
    """Send the beginning of a request, and return its connection, which reads little at a time."""
    return connect(server, request, receive_buffer=4_096)


def _upload(text: bytes, length: int, route: str = "import") -> bytes:
    """Return an upload of which no more than so many bytes of the file come."""
    form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.har"\r\n\r\n' + text + b"\r\n--b--\r\n"
    head = (
        f"POST /api/har/{route} HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(form)}\r\n\r\n"
    )
    return head.encode() + form[:length]


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def _ticks_when_idle(server: Server) -> int:
    """Return how much processor time the server has taken when it has nothing to do any more."""
    ticks = [-1]

    def is_idle() -> bool:
        ticks.append(_ticks(server))
        return ticks[-1] == ticks[-2]

    wait_for(stays(is_idle, 10))
    return ticks[-1]


def _ticks(server: Server) -> int:
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_a_fourth_query_is_refused(busy: Server) -> None:
    """While one runs and two wait: with 429, and when to come again; all others are answered meanwhile.

    Those whose clients have left wait no longer.
    """
    command = ["curl", "-sS", "-o", "/dev/null", f"{busy.url}/api/sql", *JSON, "-d", _ENDLESS]
    with ExitStack() as stack:
        queries = [stack.enter_context(subprocess.Popen(command)) for _ in range(3)]
        try:

            def waiting(number: int) -> bool:
                limiters = busy.json("/api/health/ready")["limiters"]
                return bool(limiters["sql"] == {"borrowed": 1, "total": 1, "waiting": number})

            wait_for(lambda: waiting(2))
            answer = busy.curl("-i", "/api/sql", *JSON, "-d", '{"sql":"select 1 as one"}').decode()
            head = answer.split("\r\n")
            assert " 429 " in head[0]
            assert "retry-after: 5" in [line.lower() for line in head]
            assert json.loads(head[-1]) == {
                "error": "Too many queries",
                "detail": "1 queries are running, and 2 wait",
            }
            assert busy.json("/api/health")["status"] == "ok"
            queries[0].kill()
            queries[1].kill()
            wait_for(lambda: waiting(0))
        finally:
            for query in queries:
                query.kill()
    assert json.loads(busy.curl("/api/sql", *JSON, "-d", '{"sql":"select 1 as one"}')) == {"one": 1}


@pytest.mark.slow
@pytest.mark.parametrize("count", [10, pytest.param(60, marks=pytest.mark.slow)])
def test_clients_that_stop_cost_no_thread(busy: Server, tmp_path: Path, count: int) -> None:
    """Uploads that do not go on, and exports that nobody reads, are waited for by nobody; others are answered."""
    session = imported(busy, generated(tmp_path / "mixed.har", "mixed", 8_000_000))["sessionId"]
    text = numbered(2_000)
    for _ in range(8):  # whatever threads requests need, they have now
        busy.curl("--fail", "-o", "/dev/null", f"/api/har/export/{session}")
        busy.import_file(saved(tmp_path / "small.har", numbered(3)))
    before = busy.threads()
    with ExitStack() as stack:
        for number in range(count):
            route = "import" if number % 2 else "validate"
            stack.enter_context(_connect(busy, _upload(text, 1_000 + number * 10_000, route)))
            connection = stack.enter_context(_connect(busy, _get(f"/api/har/export/{session}")))
            assert connection.recv(12, socket.MSG_WAITALL) == b"HTTP/1.1 200"
        assert busy.json("/api/health")["status"] == "ok"
        _ticks_when_idle(busy)  # they wait, and look for nothing
        # Those of the limiters, and DuckDB's: their number does not grow with that of the clients.
        assert busy.threads() <= before + 8
        assert busy.import_file(saved(tmp_path / "small.har", numbered(3)))["imported"] == 3
        assert len(json.loads(busy.curl(f"/api/har/export/{session}"))["log"]["entries"]) > 10
    for one in busy.json("/api/sessions")["sessions"]:
        busy.curl("-X", "DELETE", f"/api/sessions/{one['id']}")
    wait_for(lambda: not list((busy.data_dir / "captures").iterdir()))
    assert_nothing_left(busy)


def test_an_import_whose_client_leaves_is_complete_or_nothing(busy: Server) -> None:
    """When all has been sent, and nobody waits for the answer: whatever has been begun is ended well."""
    text = numbered(3_000)
    request = _upload(text, len(text) + 1_000)
    for _ in range(12):
        leave(_connect(busy, request))
    captures = busy.data_dir / "captures"
    wait_for(stays(lambda: not list(captures.glob("*.part"))))
    sessions = busy.json("/api/sessions")["sessions"]
    assert len(list(captures.iterdir())) == len(sessions)
    assert {one["entryCount"] for one in sessions} <= {3_000}
    for one in sessions:
        busy.curl("-X", "DELETE", f"/api/sessions/{one['id']}")
    assert_nothing_left(busy)
    assert "left to the next start" not in busy.log.read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        *("{}/entries", "{}/stats", "{}/diff/{}", "{}/search"),
        *("{}/rows?sort=-url", "{}/timeline", "{}/facets", "{}/failures?sort=time"),
    ],
)
def test_work_ends_with_its_client(busy: Server, tmp_path: Path, path: str) -> None:
    """Of clients that ask and leave, none takes the processor time of one that stays, and no error is logged."""
    size = 4_000_000 if "diff" in path else 20_000_000
    session = imported(busy, generated(tmp_path / "tiny.har", "tiny", size))["sessionId"]

    def asked(number: int) -> str:  # each is another one, for which nothing is cached
        text = "&q=nowhere" if path.endswith("search") else ""
        mark = "&" if "?" in path else "?"
        return f"/api/sessions/{path.replace('{}', session)}{mark}url~=e|{number}{text}"

    busy.curl("--fail", "-g", asked(0))
    before = _ticks_when_idle(busy)
    for number in range(1, 5):
        busy.curl("--fail", "-g", asked(number))
    stayed = _ticks_when_idle(busy) - before
    for number in range(5, 21):
        _connect(busy, _get(asked(number))).close()
    left = _ticks_when_idle(busy) - stayed - before
    assert left < 4 * stayed / 2
    wait_for(lambda: busy.status("-g", f"/api/sessions/{session}/stats?url~=e|21")[0] == 200)
    assert "ERROR" not in busy.log.read_text()
    busy.curl("-X", "DELETE", f"/api/sessions/{session}")


def test_few_large_selections_are_held(busy: Server) -> None:
    """Their JSON is held as a whole: those beyond a few wait before it is read, and small ones do not wait at all."""
    head = "POST /api/har/export HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    lengths = [b"Content-Length: 9000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"]
    with ExitStack() as stack:
        for number in range(6):
            stack.enter_context(_connect(busy, head.encode() + lengths[number % 2]))

        def are_held() -> bool:
            limiters = busy.json("/api/health/ready")["limiters"]
            return bool(limiters["selections"] == {"borrowed": 4, "total": 4, "waiting": 2})

        wait_for(are_held)
        assert busy.status("/api/har/export", *JSON, "-d", '{"entryIds": ["x"]}')[0] == 404
