"""The service's side of :mod:`sql_server`: starts that process when a query needs it, and ends it when none does."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from typing import Final, TypeVar

from harlake.errors import DataDirError, ExpensiveQueryError, HarlakeError
from harlake.pipeline.interruption import Interrupted, interrupted_by
from harlake.query.sql_messages import MessageChannel

_Result = TypeVar("_Result")

#: Seconds that the process waits for another query: it takes 50 to 90 MiB, and to start it longer than most queries.
_IDLE: Final = 60

#: Variables of its environment, beside the folders of its modules: nothing may begin threads where it will fork.
_ENVIRONMENT: Final[dict[str, str]] = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}

#: What Python is called with, to be that process.
_COMMAND: Final = ("-P", "-m", "harlake.query.sql_server")

_log = logging.getLogger(__name__)


class SqlProcess:
    """The process that queries run in, one at a time; :meth:`close` it."""

    def __init__(self) -> None:
        self._running = threading.Lock()
        self._server: _Server | None = None
        self._retirement: threading.Timer | None = None
        self._closed = False

    def close(self) -> None:
        """End the process, and the query that it runs."""
        self._closed = True
        if server := self._server:
            server.kill()  # whoever waits for a query has the lock until then
        self._retire()

    def run(
        self, descriptors: Sequence[int], seconds: float | None, talk: Callable[[MessageChannel], _Result]
    ) -> _Result:
        """Return what ``talk`` returns, which is called with the channel to a new query.

        The query has copies of ``descriptors``, those of the file for its rows and of the data folder. It is killed
        when ``talk`` has ended, when the time is over, and when nobody waits for it any more. Raises
        ExpensiveQueryError where it was killed, and Interrupted.
        """
        with self._running:
            if self._retirement is not None:
                self._retirement.cancel()
            server = self._started()
            try:
                return server.run(descriptors, seconds, talk)
            finally:
                self._retirement = threading.Timer(_IDLE, self._retire)
                self._retirement.daemon = True
                self._retirement.start()

    def _started(self) -> _Server:
        if self._server is not None and not self._server.is_alive():
            self._server.close()
            self._server = None
        if self._server is None:
            self._check_open()
            self._server = _Server()
        self._check_open()  # whoever closes it just now did not see the new process, and waits
        return self._server

    def _check_open(self) -> None:
        if self._closed:
            raise _closed_error()

    def _retire(self) -> None:
        with self._running:
            if self._server is not None:
                self._server.close()
            self._server = None


class _Server:
    """A process of :mod:`sql_server`."""

    def __init__(self) -> None:
        self._is_killed = False
        self._orders, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - it is this program
                [sys.executable, *_COMMAND],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=_ENVIRONMENT | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                start_new_session=True,  # signals of a terminal are for the service
            )
        self._orders.recv(1)  # when it is ready, or has failed, which the first query finds out

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """End it, and the query that it has begun, which belongs to its group."""
        self._is_killed = True
        if self._process.returncode is None:  # or its number may be another's
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End it, and return when it has gone."""
        self.kill()
        self._process.wait()
        self._orders.close()

    def run(
        self, descriptors: Sequence[int], seconds: float | None, talk: Callable[[MessageChannel], _Result]
    ) -> _Result:
        stopped = threading.Event()

        def stop() -> None:
            stopped.set()
            self._stop()

        ours, theirs = socket.socketpair()
        with closing(ours):
            with theirs, suppress(OSError):  # where the process has ended, nobody is at the other end of the channel
                socket.send_fds(self._orders, [b"q"], [theirs.fileno(), *descriptors])
            try:
                with interrupted_by(stop):
                    return talk(MessageChannel(ours, seconds))
            except TimeoutError:
                raise _too_long(seconds) from None
            except EOFError:
                pass
            finally:
                is_killed = self._is_killed
                status = self._end()
        if stopped.is_set():
            raise Interrupted
        if is_killed:
            raise _closed_error()
        raise _crash(status, seconds)

    def _stop(self) -> None:
        with suppress(OSError):
            self._orders.send(b"s")

    def _end(self) -> int | None:
        """End the query, if it has not ended, and return how, as waitpid says it; None where the server has ended."""
        self._stop()
        try:
            status = self._orders.recv(4, socket.MSG_WAITALL)
        except OSError:
            status = b""
        if status:
            return int.from_bytes(status, "big")
        self.close()
        return None


def _closed_error() -> DataDirError:
    return DataDirError("the data folder is closed")


def _too_long(seconds: float | None) -> ExpensiveQueryError:
    return ExpensiveQueryError(f"it was stopped after {seconds} seconds")


def _crash(status: int | None, seconds: float | None) -> HarlakeError:
    """Return what a client is told of a query whose process has ended without a word."""
    if status is not None and os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGXCPU:
            return _too_long(seconds)
        _log.warning("a query ended by signal %d", number)
        return ExpensiveQueryError(f"its process was ended by {signal.Signals(number).name}")
    _log.error("the process of queries ended, or could not be started")
    return HarlakeError("the process of the query ended")
