"""The process that queries run in: that it is there when it is needed, and nothing of it afterwards."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from tempfile import TemporaryFile

import msgspec
import pytest

from harlake.errors import DataDirError, ExpensiveQueryError, HarlakeError
from harlake.pipeline.interruption import Interrupted, interruptible
from harlake.query import sql_process
from harlake.query.sql_messages import MessageChannel, QueryReply, QueryTask
from harlake.query.sql_process import SqlProcess
from tests.support.hars import wait_for
from tests.support.processes import descendants, is_running

#: Runs for hours, unless it is stopped.
_ENDLESS = "select count(*) from range(100000000000)"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    """A folder that a process can be given."""
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


@pytest.fixture(scope="module")
def process() -> Iterator[SqlProcess]:
    """A process that has begun, for what ends its queries only."""
    process = SqlProcess()
    yield process
    process.close()


@pytest.fixture(scope="module")
def unchecked() -> Iterator[SqlProcess]:
    """A process that runs whatever it is asked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sql_process, "_COMMAND", ("-P", "-c", _UNCHECKED))
        process = SqlProcess()
        process._server = process._started()
    yield process
    process.close()


class _Query:
    """A query without tables, which says whether it has been checked."""

    def __init__(self, sql: str, seconds: float | None = None) -> None:
        self._task = msgspec.json.encode(QueryTask(sql, seconds, 0, "scratch"))
        self.is_checked = threading.Event()

    def talk(self, channel: MessageChannel) -> QueryReply:
        channel.send(self._task)
        reply = msgspec.json.decode(channel.receive(), type=QueryReply)
        if reply.failure is not None:
            return reply
        self.is_checked.set()
        return msgspec.json.decode(channel.receive(), type=QueryReply)


def _run(process: SqlProcess, folder: int, query: _Query, seconds: float | None = None) -> bytes:
    """Return the rows of a query. Raises ExpensiveQueryError, also where the query says so itself."""
    with TemporaryFile() as rows:
        reply = process.run([rows.fileno(), folder], seconds, query.talk)
        if reply.failure is not None:
            assert reply.failure == "ExpensiveQueryError"
            raise ExpensiveQueryError(reply.detail)
        rows.seek(0)
        return rows.read()


def _works(process: SqlProcess, folder: int) -> bool:
    return _run(process, folder, _Query("select 1 as one")) == b'{"one":1}\n'


def _processes(process: SqlProcess) -> list[int]:
    """Return the process and the queries that it runs."""
    assert process._server is not None
    server = process._server._process.pid
    return [server, *descendants(server)]


def test_one_after_the_other(process: SqlProcess, folder: int) -> None:
    """They share the process, which has no query left, nor any thread that its next copy would lack."""
    assert _works(process, folder)
    before = _processes(process)
    assert len(before) == 1
    assert _works(process, folder)
    assert _processes(process) == before
    assert len(list(Path(f"/proc/{before[0]}/task").iterdir())) == 1


def test_what_a_query_has_of_the_service(process: SqlProcess, folder: int) -> None:
    """No variable of its environment, and no file but those that it was given."""
    assert "PATH" in os.environ
    with ThreadPoolExecutor(1) as pool, TemporaryFile() as other:
        query = _Query(_ENDLESS)
        running = pool.submit(_run, process, folder, query, 60)
        assert query.is_checked.wait(60)
        server, child = _processes(process)
        for one in (server, child):
            assert b"PATH=" not in Path(f"/proc/{one}/environ").read_bytes().replace(b"PYTHONPATH=", b"")
            files = [path.readlink() for path in Path(f"/proc/{one}/fd").iterdir()]
            assert Path(f"/proc/self/fd/{other.fileno()}").readlink() not in files
            assert len(files) < 8
        os.kill(child, signal.SIGKILL)
        with pytest.raises(ExpensiveQueryError, match="SIGKILL"):
            running.result(60)


def test_time(process: SqlProcess, folder: int) -> None:
    """A query that takes longer than it may is killed, whether it computes or waits."""
    with pytest.raises(ExpensiveQueryError, match=r"stopped after 0\.2 seconds"):
        _run(process, folder, _Query(_ENDLESS), 0.2)
    with pytest.raises(ExpensiveQueryError, match=r"stopped after 0\.1 seconds"):
        process.run([folder, folder], 0.1, lambda channel: channel.receive())
    assert len(_processes(process)) == 1
    assert _works(process, folder)


@pytest.mark.slow
def test_processor_time(process: SqlProcess, folder: int) -> None:
    """A query that the service forgets ends by itself."""
    with pytest.raises(ExpensiveQueryError, match="it was stopped after None seconds"):
        _run(process, folder, _Query(_ENDLESS, 0.1))


@pytest.mark.slow
@pytest.mark.parametrize(
    "sql",
    [
        "select median(range) from range(1000000000)",
        pytest.param("select mode(range) from range(1000000000)", marks=pytest.mark.long),
        pytest.param("select list(range) from range(1000000000)", marks=pytest.mark.long),
        pytest.param("select histogram(range) from range(1000000000)", marks=pytest.mark.long),
        pytest.param("select string_agg(range::varchar, '') from range(1000000000)", marks=pytest.mark.slow),
    ],
)
def test_memory_that_duckdb_does_not_count(process: SqlProcess, folder: int, sql: str) -> None:
    """A query that takes it ends with that."""
    with pytest.raises(ExpensiveQueryError, match="Memory"):
        _run(process, folder, _Query(sql), 300)
    assert _works(process, folder)


def test_nobody_waits(process: SqlProcess, folder: int) -> None:
    """A query ends with its client, and never begins where that has left before."""
    query = _Query(_ENDLESS)
    with ThreadPoolExecutor(1) as pool, interruptible() as interruption:
        running = pool.submit(copy_context().run, _run, process, folder, query)
        assert query.is_checked.wait(60)
        interruption.happen()
        with pytest.raises(Interrupted):
            running.result(60)
        with pytest.raises(Interrupted):
            _run(process, folder, _Query(_ENDLESS))
    assert len(_processes(process)) == 1
    assert _works(process, folder)


@pytest.mark.parametrize("victim", [0, 1], ids=["server", "query"])
def test_a_process_is_killed(process: SqlProcess, folder: int, victim: int) -> None:
    """The query that runs fails with a reason, nothing is left of it, and the next one is answered."""
    assert _works(process, folder)
    query = _Query(_ENDLESS)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(_run, process, folder, query)
        assert query.is_checked.wait(60)
        processes = _processes(process)
        os.kill(processes[victim], signal.SIGKILL)
        with pytest.raises(HarlakeError, match="process"):
            running.result(60)
    wait_for(lambda: not is_running(processes[1]))
    assert _works(process, folder)


def test_closing(folder: int) -> None:
    """It ends a query that runs, and no other begins."""
    process, query = SqlProcess(), _Query(_ENDLESS)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(_run, process, folder, query)
        assert query.is_checked.wait(60)
        processes = _processes(process)
        process.close()
        with pytest.raises(DataDirError):
            running.result(60)
    wait_for(lambda: not any(map(is_running, processes)))
    with pytest.raises(DataDirError):
        _works(process, folder)


def test_it_goes_when_nobody_asks(folder: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that answers no queries has no process for them."""
    monkeypatch.setattr(sql_process, "_IDLE", 0.01)
    process = SqlProcess()
    assert _works(process, folder)
    (server,) = _processes(process)
    wait_for(lambda: process._server is None)
    assert not Path(f"/proc/{server}").exists()
    process.close()


#: Serves queries of any kind.
_UNCHECKED = """
from harlake.query import sql_engine, sql_server
sql_engine.check_query = lambda *_: frozenset()
sql_server.main()
"""


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("select levenshtein(repeat('a', 50000), repeat('b', 50000))", "stopped after 1 seconds"),
        ("select length(repeat('x', 1000000000))", "Memory"),
        ("from read_text('/etc/passwd')", "disabled by configuration"),
        ("from '/etc/passwd.csv'", "disabled by configuration"),
        ("from read_csv('http://127.0.0.1:9/x')", "disabled by configuration"),
        ("from glob('*')", "disabled by configuration"),
        ("copy (select 1) to 'written'", "disabled by configuration"),
        ("attach 'written'", "disabled by configuration"),
        ("select stem('running', 'porter')", "does not exist|not in the catalog"),
        ("select '127.0.0.1'::inet", "not exist|not in the catalog"),
        ("install httpfs", "disabled by configuration"),
        ("load httpfs", "disabled"),
        ("set memory_limit = '10GB'", "locked"),
        ("set threads = 8", "locked"),
        ("set enable_external_access = true", "locked"),
    ],
)
def test_without_the_check(unchecked: SqlProcess, folder: int, tmp_path: Path, sql: str, reason: str) -> None:
    """Should the check let something pass, the process itself neither reads, nor writes, nor takes what it may not."""
    with TemporaryFile() as rows:
        try:
            reply = unchecked.run([rows.fileno(), folder], 1, _Query(sql).talk)
            detail = reply.detail
        except ExpensiveQueryError as error:
            detail = error.detail
        assert rows.seek(0, os.SEEK_END) == 0
    assert detail is not None
    assert re.search(reason, detail)
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_has_ended_by_itself(process: SqlProcess, folder: int) -> None:
    """While nobody asks: the next query begins another."""
    assert _works(process, folder)
    (server,) = _processes(process)
    os.kill(server, signal.SIGKILL)
    wait_for(lambda: not is_running(server))
    assert _works(process, folder)
    assert _processes(process) != [server]
