"""The process that queries run in: what it does when the service has gone, and what limits it sets."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

import msgspec

from harlake.limits import MIB
from harlake.query.sql_messages import MessageChannel, QueryReply, QueryTask
from tests.support.hars import wait_for
from tests.support.processes import descendants, is_running

_ENDLESS = "select count(*) from range(100000000000)"


@contextmanager
def _started() -> Iterator[tuple[socket.socket, subprocess.Popen[bytes]]]:
    """Start a process, and yield the service's end of it when it is ready."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "harlake.query.sql_server"]
    with theirs:
        process = subprocess.Popen(command, stdin=theirs.fileno())
    with ours, process:
        assert ours.recv(1) == b"r"
        yield ours, process
        ours.close()
        process.wait(60)


@contextmanager
def _query(service: socket.socket, sql: str, folder: Path) -> Iterator[MessageChannel]:
    """Begin a query, and yield its channel when it has been checked."""
    ours, theirs = socket.socketpair()
    descriptor = os.open(folder, os.O_RDONLY)
    with theirs, TemporaryFile() as rows:
        socket.send_fds(service, [b"q"], [theirs.fileno(), rows.fileno(), descriptor])
    os.close(descriptor)
    with ours:
        channel = MessageChannel(ours, 60)
        channel.send(msgspec.json.encode(QueryTask(sql, 30, 0, ".")))
        assert msgspec.json.decode(channel.receive(), type=QueryReply) == QueryReply()
        yield channel


def test_the_service_is_killed(tmp_path: Path) -> None:
    """The process ends with it, and the query as well."""
    with _started() as (orders, process), _query(orders, _ENDLESS, tmp_path):
        (query,) = descendants(process.pid)
        orders.close()
        assert process.wait(60) is not None
        assert not is_running(query)


def test_the_process_is_killed(tmp_path: Path) -> None:
    """The query ends with it."""
    with _started() as (orders, process), _query(orders, _ENDLESS, tmp_path):
        (query,) = descendants(process.pid)
        process.kill()
        process.wait()
        wait_for(lambda: not is_running(query))


def test_limits_and_orders(tmp_path: Path) -> None:
    """Limits are there before a query runs; orders that come too late end neither it nor the next one."""
    with _started() as (orders, process):
        for _ in range(2):
            with _query(orders, "select 1 as one", tmp_path) as channel:
                assert msgspec.json.decode(channel.receive(), type=QueryReply) == QueryReply()
            assert orders.recv(4) == b"\0\0\0\0"
            orders.send(b"s")
        with _query(orders, _ENDLESS, tmp_path):
            (query,) = descendants(process.pid)
            lines = Path(f"/proc/{query}/limits").read_text().splitlines()
    limits = {line[:25].strip(): line[25:46].strip() for line in lines}
    assert limits["Max core file size"] == "0"
    assert limits["Max cpu time"] == "31"
    assert 0 < int(limits["Max data size"]) < 512 * MIB
    disk = os.statvfs(tmp_path)
    assert 0 < int(limits["Max file size"]) <= disk.f_blocks * disk.f_frsize
