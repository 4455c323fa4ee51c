"""The database that the catalog is in: DuckDB, in little memory, one operation at a time.

Strategy: one database instance, and a lock that each operation holds. DuckDB would let readers go on beside a writer,
but they share its memory limit: listings beside imports exceeded 10 MB now and then, and 16 MB as well. Operations are
short, so nobody waits for long.

After some errors, of a full disk above all, DuckDB refuses to go on with a database until it is opened again, or keeps
what fills its memory. As no error of its is expected, the next operation after any of them opens the database again.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar

import duckdb

from harlake.errors import DataDirError, DataDirInUseError, InsufficientStorageError
from harlake.pipeline.interruption import Interrupted, interrupted_by
from harlake.store.disk import disk_errors, is_disk_full

Result = TypeVar("Result")
Cursor = duckdb.DuckDBPyConnection

_log = logging.getLogger(__name__)

#: Rows per row group of a table; a whole one is held in memory while it is filled. DuckDB's default is 122,880.
ROW_GROUP_SIZE: Final = 4_096

#: Bytes per block of the database file. DuckDB holds some blocks per column while it writes; of its default size,
#: 256 KiB, that takes 30 MB for the entries' 33 columns, and fails outright under a tighter memory limit.
BLOCK_SIZE: Final = 16_384

#: Length of the write-ahead log at which DuckDB writes to its file what until then is in memory as well. Of its
#: default, 16 MB, the rows of some hundred small imports fill the memory limit, and every request fails.
_WAL_SIZE: Final = "1MB"

#: How texts are not compressed: a quarter of an import of small entries went into that, for 45 bytes of each.
_DISABLED_COMPRESSION: Final = "fsst"

#: Threads of a query, until its memory is not enough for two. They halve what it takes, where there are as many cores;
#: to group by 50,000 hosts, each holds 16 MB. What writes has one, and so writes row groups as they come.
_READING_THREADS: Final = min(2, os.cpu_count() or 1)

#: What DuckDB gets where its memory limit is not enough for the rows of one transaction.
_MORE_MEMORY: Final = "128MB"

#: How often an operation is repeated where memory was not enough: with one thread instead of two, and with more memory.
_RETRIES: Final = 2

#: How DuckDB's errors of various kinds end where its memory limit was the cause: ``(9.5 MiB/9.5 MiB used)``.
_OUT_OF_MEMORY: Final = re.compile(r"\([0-9.]+ \w+/[0-9.]+ \w+ used\)")


#: How DuckDB writes them; those that are not quoted end with white space.
_PATHS: Final = re.compile(r'"[^"\n]*catalog\.duckdb[^"\n]*"|\S*catalog\.duckdb[^\s"]*')


class BusyError(Exception):
    """Another operation holds the database."""


class Database:
    """An open database, attached as ``catalog``; :meth:`close` it, for only one process can have it.

    Raises DataDirError, DataDirInUseError and InsufficientStorageError, whenever it has to be opened.
    """

    def __init__(self, path: Path, memory_limit: str) -> None:
        """``memory_limit`` is DuckDB's."""
        self._path = path
        self._memory_limit = memory_limit
        self._lock = threading.Lock()
        self._failed = self._closed = False
        self._threads = 1
        self._reading_threads = _READING_THREADS
        self._database = self._open()

    def close(self) -> None:
        """Write everything to the file, and let go of it; whoever comes later gets a DataDirError."""
        with self._lock:
            self._closed = True
            self._close()

    def reading(self) -> AbstractContextManager[Cursor]:
        """Hold the database for queries."""
        return self._cursor(self._reading_threads)

    def autocommit(self) -> AbstractContextManager[Cursor]:
        """Hold the database for what writes and is no transaction."""
        return self._cursor(1)

    def try_reading(self) -> AbstractContextManager[Cursor]:
        """Hold the database for queries, without waiting. Raises BusyError where another operation holds it."""
        return self._cursor(self._threads, wait=False)

    @contextmanager
    def writing(self) -> Iterator[Cursor]:
        """Hold the database for a transaction."""
        with self._cursor(1) as cursor:
            cursor.begin()
            try:
                yield cursor
                self._commit(cursor)
            except BaseException:
                with suppress(duckdb.Error):  # DuckDB rolls back by itself where a commit fails
                    cursor.rollback()
                raise

    @contextmanager
    def client_query(self) -> Iterator[Cursor]:
        """Hold the database for a query of a client's own, with more memory for as long as that takes.

        Errors that are the query's must not leave the context as DuckDB's: these are taken for failures of the catalog.
        """
        # With a single thread: what DuckDB does not count of its memory is there once for each.
        with self.autocommit() as cursor:
            cursor.execute(f"SET memory_limit = '{_MORE_MEMORY}'")
            try:
                yield cursor
            finally:
                cursor.execute(f"SET memory_limit = '{self._memory_limit}'")

    def read(self, work: Callable[[Cursor], Result]) -> Result:
        """Do something in :meth:`reading`, and again where DuckDB lacked memory: it is opened again for that."""
        return _retry(self.reading, work)

    def write(self, work: Callable[[Cursor], Result]) -> Result:
        """Do something in :meth:`writing`, and again where DuckDB lacked memory."""
        return _retry(self.writing, work)

    def allow_more_memory(self, cursor: Cursor) -> None:
        """Give DuckDB more memory, until the next start."""
        self._allow_more_memory()
        cursor.execute(f"SET memory_limit = '{self._memory_limit}'")

    @contextmanager
    def _cursor(self, threads: int, *, wait: bool = True) -> Iterator[Cursor]:
        """Hold the database. Raises BusyError where another operation holds it, unless it may ``wait``."""
        with disk_errors(), self._locked(wait):
            if self._closed:
                raise DataDirError("the data folder is closed")
            if self._failed:
                self._close()
                self._database = self._open_again()
                self._failed = False
                _log.warning("opened %s again", self._path.name)
            try:
                if threads != self._threads:
                    self._database.execute(f"SET threads = {threads}")
                    self._threads = threads
                with closing(self._database.cursor()) as cursor, interrupted_by(cursor.interrupt):
                    cursor.execute("USE catalog; SET TimeZone = 'UTC'")
                    yield cursor
            except duckdb.InterruptException:
                raise Interrupted from None
            except duckdb.Error as error:
                self._on_failure(error)
                raise

    @contextmanager
    def _locked(self, wait: bool) -> Iterator[None]:
        if not self._lock.acquire(blocking=wait):
            raise BusyError
        try:
            yield
        finally:
            self._lock.release()

    def _commit(self, cursor: Cursor) -> None:
        try:
            cursor.commit()
        except duckdb.IOException as error:
            if "COMMIT succeeded" not in str(error):
                raise
            # What is committed is in the log. Only moving it to the file has failed, which is tried again.
            self._on_failure(error)
            _log.warning("DuckDB cannot write to %s: %s", self._path.name, error)

    def _on_failure(self, error: duckdb.Error) -> None:
        """Let the next operation open the database again; if memory was lacking, with one thread, or with more of it.

        It takes a dozen long texts in each of thousands of rows; such files are rare, and may take what they need.
        """
        self._failed = True
        disk_is_full = is_disk_full(error)  # on which DuckDB could not make room in memory
        if not _OUT_OF_MEMORY.search(str(error)) or disk_is_full:
            return
        if self._threads > 1:
            self._reading_threads = 1
            _log.warning("DuckDB reads with one thread until the next start")
        else:
            self._allow_more_memory()

    def _allow_more_memory(self) -> None:
        if self._memory_limit != _MORE_MEMORY:
            self._memory_limit = _MORE_MEMORY
            _log.warning("DuckDB gets %s until the next start", _MORE_MEMORY)

    def _close(self) -> None:
        with suppress(duckdb.Error):  # what DuckDB cannot write now is in the log, for the next time
            self._database.execute("USE memory")
            self._database.execute("DETACH catalog")
        with suppress(duckdb.Error):
            self._database.close()
        self._threads = 1

    def _open_again(self) -> Cursor:
        """Open it for a client, who is not told of paths."""
        try:
            return self._open()
        except (DataDirError, InsufficientStorageError) as error:
            _log.error("%s", error)
            raise type(error)("the catalog cannot be opened again; the service's log says why") from error

    def _open(self) -> Cursor:
        path = self._path
        try:
            database = duckdb.connect(
                config={
                    "memory_limit": self._memory_limit,
                    "threads": "1",
                    "temp_directory": f"{path}.tmp",
                    # By default, nine tenths of what is free when DuckDB first looks: next to nothing on a disk that
                    # was nearly full then.
                    "max_temp_directory_size": "1TB",
                    "wal_autocheckpoint": _WAL_SIZE,
                    # All that is needed is built in.
                    "autoinstall_known_extensions": "false",
                    "autoload_known_extensions": "false",
                }
            )
            database.execute(f"SET disabled_compression_methods = '{_DISABLED_COMPRESSION}'")
            database.execute(
                f"ATTACH '{_quoted(path)}' AS catalog (ROW_GROUP_SIZE {ROW_GROUP_SIZE}, BLOCK_SIZE {BLOCK_SIZE})"
            )
            # From here on, no other file can be opened, whatever the statement; what does not fit in memory still goes
            # to the disk. It cannot be undone, so another database instance is made to open the file again.
            database.execute("SET enable_external_access = false")
        except duckdb.Error as error:
            if is_disk_full(error):
                raise InsufficientStorageError(f"cannot open {path}: {error}") from error
            if isinstance(error, duckdb.IOException) and "lock" in str(error):
                raise DataDirInUseError(f"{path.parent} is in use by another harlake") from error
            raise DataDirError(f"cannot open {path}: {error}") from error
        return database


def without_paths(message: str) -> str:
    """Return a text of DuckDB's without the paths of the database and of its temporary files."""
    return _PATHS.sub("the catalog", message)


def _retry(begin: Callable[[], AbstractContextManager[Cursor]], work: Callable[[Cursor], Result]) -> Result:
    for _ in range(_RETRIES):
        try:
            with begin() as cursor:
                return work(cursor)
        except (duckdb.Error, InsufficientStorageError) as error:
            if not _OUT_OF_MEMORY.search(f"{error} {error.__cause__}"):
                raise
    with begin() as cursor:
        return work(cursor)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
