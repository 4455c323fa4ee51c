"""Queries of a client's own: one SELECT over views of what is complete, and nothing else.

Each runs in a process of its own (:mod:`sql_server`), for a limited time and in limited memory, over the files of the
index and copies of what is in the catalog. It writes its rows to a file without a name, from which they are sent when
it has ended: a slow client keeps nobody waiting, and whatever fails, fails before the first byte.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile, mkdtemp
from typing import IO, Final

import msgspec

from harlake.errors import ExpensiveQueryError, HarlakeError, InsufficientStorageError, InvalidQueryError
from harlake.query.sql_messages import UNREADABLE, MessageChannel, QueryReply, QueryTask
from harlake.query.sql_process import SqlProcess
from harlake.query.sql_views import sources_of
from harlake.store.data_dir import DataDir
from harlake.store.disk import disk_errors
from harlake.store.index_writer import kept_rows

#: How often a query is run where files of its tables have gone: their sessions may have been removed beside it.
_ATTEMPTS: Final = 3

#: Where the catalog keeps rows of the index's tables.
_KEPT: Final = {"entries": "entry_rows", "pages": "page_rows"}

_FAILURES: Final = {
    error.__name__: error for error in (InvalidQueryError, ExpensiveQueryError, InsufficientStorageError)
}

_log = logging.getLogger(__name__)


class SqlQuery:
    """One query; :meth:`run` it in a thread."""

    def __init__(self, data_dir: DataDir, process: SqlProcess, sql: str, seconds: float | None) -> None:
        """``seconds`` is how long it may take once its process has begun, None for any time."""
        self._data_dir = data_dir
        self._process = process
        self._sql = sql
        self._seconds = seconds

    def run(self) -> IO[bytes]:
        """Return an unnamed file of the rows, a JSON object a line.

        Raises InvalidQueryError, ExpensiveQueryError and InsufficientStorageError; and Interrupted.
        """
        with disk_errors():
            rows = TemporaryFile(dir=self._data_dir.scratch)  # noqa: SIM115 - it outlives this
        try:
            for _ in range(_ATTEMPTS):
                reply = self._ask(rows)
                if reply.failure != UNREADABLE:
                    break
            _check(reply)
        except BaseException:
            rows.close()
            raise
        rows.seek(0)
        return rows

    def _ask(self, rows: IO[bytes]) -> QueryReply:
        rows.seek(0)  # as an attempt before may have left it
        rows.truncate()
        with self._scratch() as scratch, _opened(self._data_dir.path) as folder, ExitStack() as files:
            task = QueryTask(self._sql, self._seconds, self._data_dir.captures.keep_free, self._name(scratch))

            def talk(channel: MessageChannel) -> QueryReply:
                channel.send(msgspec.json.encode(task))
                reply = _reply(channel)
                if reply.failure is None:
                    for source in sources_of(reply.views):
                        self._send(channel, source, files)
                    reply = _reply(channel)
                return reply

            return self._process.run([rows.fileno(), folder], self._seconds, talk)

    def _send(self, channel: MessageChannel, source: str, files: ExitStack) -> None:
        """Send the contents of a table, a little at a time: there may be a million captures.

        Its files stay as long as ``files`` is open.
        """
        place, _, table = source.partition("_")
        catalog, index_files = self._data_dir.catalog, self._data_dir.index_files
        if place == "catalog":
            for rows in catalog.table(table):
                channel.send_rows(kept_rows(rows))
        else:
            for captures in catalog.captures_with_rows(_KEPT[table]):
                in_files = [capture for capture, kept in captures if kept is None]
                for path in files.enter_context(index_files.opened(in_files, [table]))[table]:
                    channel.send_path(self._name(path))
                for _, kept in captures:
                    if kept is not None:
                        channel.send_rows(kept)
        channel.end_table()

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        with disk_errors():
            scratch = Path(mkdtemp(prefix="sql-", dir=self._data_dir.scratch))
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _name(self, path: Path) -> str:
        """Return a path as the query's process, whose current folder is the data folder, names it."""
        folder = self._data_dir.path
        return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _reply(channel: MessageChannel) -> QueryReply:
    return msgspec.json.decode(channel.receive(), type=QueryReply)


def _check(reply: QueryReply) -> None:
    if reply.failure is None:
        return
    if reply.failure in _FAILURES:
        raise _FAILURES[reply.failure](reply.detail)
    _log.error("a query failed: %s", reply.detail or "its tables cannot be read, or its scratch folder be written to")
    raise HarlakeError("the query failed for a reason of the service's own; its log says more")
