"""The process that clients' queries run in, ``python -m harlake.query.sql_server``: it forks one for each of them.

Strategy: to load DuckDB and pyarrow takes more than most queries do. So this process has loaded them and waits, in one
thread, without a database, for a byte of the service on its standard input, with which come the descriptors of a query:
its channel, the file for its rows, and the data folder. It forks, and watches both the new process and the service: any
other byte is an order to kill the query, and the end of input, for the service may be killed, to kill it and go.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import select
import signal
import socket
import sys
import traceback
from contextlib import suppress
from math import ceil
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec

from harlake.errors import ExpensiveQueryError, InsufficientStorageError, InvalidQueryError
from harlake.limits import MIB
from harlake.query.sql_engine import FreeSpace, SqlEngine, UnreadableTablesError
from harlake.query.sql_messages import UNEXPECTED, UNREADABLE, MessageChannel, QueryReply, QueryTask
from harlake.query.sql_views import sources_of
from harlake.store.disk import is_disk_full

#: Bytes that a query's process may take more than what it begins with: DuckDB's limit, and what DuckDB does not count.
_MAX_GROWTH: Final = 208 * MIB

#: Seconds of processor time beyond those for which a query may run at all: so the service, which says why, comes first.
_MORE_SECONDS: Final = 1

_PR_SET_PDEATHSIG: Final = 1

#: How far queries stand back when processors are short: what others ask goes first.
_NICENESS: Final = 10


def main() -> None:
    """Serve queries until the service has gone."""
    os.nice(_NICENESS)
    duckdb.default_connection().close()  # which has threads: a process must have none when it forks
    with socket.socket(fileno=sys.stdin.fileno()) as service:
        service.sendall(b"r")
        while True:
            order, descriptors, _, _ = socket.recv_fds(service, 1, 3)
            if not order:
                return
            if descriptors:  # others are to end a query that has ended by itself
                status = _watched(service, descriptors)
                service.sendall(status.to_bytes(4, "big"))


def _watched(service: socket.socket, descriptors: list[int]) -> int:
    """Run a query in a process of its own, and return how it ended, as waitpid says it."""
    ended, alive = os.pipe()  # one end is the new process's only, and closed when that has ended
    server = os.getpid()
    process = os.fork()
    if not process:
        service.close()
        os.close(ended)
        try:
            _end_with(server)
            _run(*descriptors)
        finally:
            os._exit(0)
    for descriptor in (alive, *descriptors):
        os.close(descriptor)
    gone = False
    while True:
        watched: list[Any] = [ended] if gone else [ended, service]
        ready, _, _ = select.select(watched, [], [])
        if ended in ready:
            break
        gone = not service.recv(1)
        os.kill(process, signal.SIGKILL)
    os.close(ended)
    return os.waitpid(process, 0)[1]


def _end_with(server: int) -> None:
    """Let this process be killed when the one that it was forked from is."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != server:
            os._exit(1)


def _run(connection: int, rows: int, folder: int) -> None:
    """Answer one query, under limits that hold before it is read."""
    os.fchdir(folder)
    _limit_memory()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    channel = MessageChannel(socket.socket(fileno=connection))
    with suppress(EOFError):  # nobody waits for it any more
        task = msgspec.json.decode(channel.receive(), type=QueryTask)
        channel.send(msgspec.json.encode(_answer(channel, task, rows)))


def _answer(channel: MessageChannel, task: QueryTask, rows: int) -> QueryReply:
    """Answer a query, and return how that ended."""
    try:
        space = FreeSpace(rows, task.keep_free)
        _limit_files(space.left())
        _limit_processor(task.seconds)
        engine = SqlEngine(Path(task.scratch), space)
        views = tuple(engine.check(task.sql))
        channel.send(msgspec.json.encode(QueryReply(views)))
        for source in sources_of(views):
            engine.add_table(source, channel.table())
        with open(rows, "wb", closefd=False) as file:
            file.writelines(engine.run(task.sql, views, task.format))
    except (InvalidQueryError, ExpensiveQueryError, InsufficientStorageError) as error:
        return QueryReply(failure=type(error).__name__, detail=error.detail)
    except EOFError:
        raise
    except UnreadableTablesError:
        return QueryReply(failure=UNREADABLE)
    except MemoryError:
        return QueryReply(failure=ExpensiveQueryError.__name__, detail="Out of Memory Error")
    except OSError as error:
        if is_disk_full(error) or error.errno == errno.EFBIG:
            return QueryReply(failure=InsufficientStorageError.__name__, detail="the disk is full")
        return _unexpected(error)
    except Exception as error:
        return _unexpected(error)
    return QueryReply()


def _unexpected(error: Exception) -> QueryReply:
    """Say what an error was and where, for the log, but not its text: that may have values of the query."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return QueryReply(failure=UNEXPECTED, detail=f"{type(error).__name__} in {frame.name}, line {frame.lineno}")


def _limit_memory() -> None:
    """Let this process take little more than it has; where the system counts that at all, which is Linux."""
    with suppress(OSError):
        taken = int(Path("/proc/self/statm").read_bytes().split()[5]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_DATA, (taken + _MAX_GROWTH, taken + _MAX_GROWTH))


def _limit_files(size: int) -> None:
    """Let no file become larger: what writes it gets an error, for Python ignores the signal."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def _limit_processor(seconds: float | None) -> None:
    if seconds is not None:
        most = ceil(seconds) + _MORE_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1))  # SIGXCPU, and then SIGKILL


if __name__ == "__main__":
    main()
