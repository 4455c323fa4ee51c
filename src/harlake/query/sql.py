"""Queries of a client's own: one SELECT over views of what is complete, and nothing else.

Each runs in a process of its own (:mod:`sql_server`), for a limited time and in limited memory, over the files of the
index and copies of what is in the catalog. It writes its rows to a file without a name, from which they are sent when
it has ended: a slow client keeps nobody waiting, and whatever fails, fails before the first byte.

Headers, cookies and query parameters are read out of the entries themselves, for those queries that ask for them.
"""

from __future__ import annotations

import logging
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile, mkdtemp
from typing import IO, Final

import msgspec
import pyarrow as pa

from harlake.errors import (
    ExpensiveQueryError,
    HarlakeError,
    InsufficientStorageError,
    InvalidQueryError,
    SessionNotFoundError,
)
from harlake.query.sql_entry_parts import part_tables
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

#: What is said besides of a query that took too much, where that may be why.
_SLOW: Final = (
    "; headers, cookies and query_parameters are read out of all entries, which is slow: with `session`, out of one"
    " session's only"
)

_FAILURES: Final = {
    error.__name__: error for error in (InvalidQueryError, ExpensiveQueryError, InsufficientStorageError)
}

_log = logging.getLogger(__name__)


class SqlQuery:
    """One query; :meth:`run` it in a thread."""

    def __init__(
        self,
        data_dir: DataDir,
        process: SqlProcess,
        sql: str,
        seconds: float | None,
        *,
        session: str | None = None,
        file_format: str = "ndjson",
    ) -> None:
        """``seconds`` is how long it may take once its process has begun, None for any time.

        With a ``session``, given by its id, tables have only what is in that.
        """
        self._data_dir = data_dir
        self._process = process
        self._sql = sql
        self._seconds = seconds
        self._session = session
        self._format = file_format
        self._reads_entries = False

    def run(self) -> IO[bytes]:
        """Return an unnamed file of the rows, in the format.

        Raises InvalidQueryError, ExpensiveQueryError, InsufficientStorageError and SessionNotFoundError; and
        Interrupted.
        """
        only = None if self._session is None else self._data_dir.session(self._session).id
        with disk_errors():
            rows = TemporaryFile(dir=self._data_dir.scratch)  # noqa: SIM115 - it outlives this
        try:
            for _ in range(_ATTEMPTS):
                reply = self._ask(rows, only)
                if reply.failure != UNREADABLE:
                    break
            _check(reply)
        except ExpensiveQueryError as error:
            rows.close()
            if self._reads_entries and "stopped" in str(error.detail):
                error.put(f"{error.detail}{_SLOW}")
            raise
        except BaseException:
            rows.close()
            raise
        rows.seek(0)
        return rows

    def _ask(self, rows: IO[bytes], only: uuid.UUID | None) -> QueryReply:
        rows.seek(0)  # as an attempt before may have left it
        rows.truncate()
        with self._scratch() as scratch, _opened(self._data_dir.path) as folder, ExitStack() as files:
            keep_free = self._data_dir.captures.keep_free
            task = QueryTask(self._sql, self._seconds, keep_free, self._name(scratch), self._format)

            def talk(channel: MessageChannel) -> QueryReply:
                channel.send(msgspec.json.encode(task))
                reply = _reply(channel)
                if reply.failure is None:
                    for source in sources_of(reply.views):
                        try:
                            self._send(channel, source, only, files)
                        except SessionNotFoundError:  # it was removed beside the query
                            return QueryReply(failure=UNREADABLE)
                    reply = _reply(channel)
                return reply

            return self._process.run([rows.fileno(), folder], self._seconds, talk)

    def _send(self, channel: MessageChannel, source: str, only: uuid.UUID | None, files: ExitStack) -> None:
        """Send the contents of a table, a little at a time: there may be a million captures.

        Its files stay as long as ``files`` is open.
        """
        place, _, table = source.partition("_")
        catalog, index_files = self._data_dir.catalog, self._data_dir.index_files
        if place == "catalog":
            for rows in catalog.table(table):
                channel.send_rows(kept_rows(rows if only is None else _of_session(rows, table, only)))
        elif place == "frames":
            self._reads_entries = True
            read = catalog.all_captures() if only is None else catalog.captures(only)
            for rows in part_tables(self._data_dir, read, table):
                channel.send_rows(kept_rows(rows))
        else:
            wanted = None if only is None else {capture.id for capture in catalog.captures(only)}
            for captures in catalog.captures_with_rows(_KEPT[table]):
                if wanted is not None:
                    captures = [pair for pair in captures if pair[0].id in wanted]
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


def _of_session(rows: pa.Table, table: str, session: uuid.UUID) -> pa.Table:
    """Return those rows of a table of the catalog that are of a session."""
    ids = rows["id" if table == "sessions" else "session"].to_pylist()
    return rows.filter(pa.array([one == session for one in ids], pa.bool_()))


def _reply(channel: MessageChannel) -> QueryReply:
    return msgspec.json.decode(channel.receive(), type=QueryReply)


def _check(reply: QueryReply) -> None:
    if reply.failure is None:
        return
    if reply.failure in _FAILURES:
        raise _FAILURES[reply.failure](reply.detail)
    _log.error("a query failed: %s", reply.detail or "its tables cannot be read, or its scratch folder be written to")
    raise HarlakeError("the query failed for a reason of the service's own; its log says more")
