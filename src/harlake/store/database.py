"""The catalog's own database: a DuckDB file, one operation at a time.

Strategy: one database instance, and a lock that each operation holds. Operations are short, so nobody waits for long.

After some errors, of a full disk above all, DuckDB refuses to go on with a database until it is opened again, or keeps
what fills its memory. As no error of its is expected, the next operation after any of them opens the database again.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import Final

import duckdb

from harlake.errors import DamagedCatalogError, DataDirError, InsufficientStorageError, TooBusyError
from harlake.pipeline.interruption import Interrupted, interrupted_by
from harlake.store.catalog_database import CatalogCursor
from harlake.store.disk import NO_MORE_FILES, disk_errors, is_disk_full, system_error
from harlake.store.duckdb_instance import new_instance

Cursor = duckdb.DuckDBPyConnection

_log = logging.getLogger(__name__)

#: What DuckDB may use; a list of 50,000 sessions takes more than 16 MB.
_MEMORY: Final = "32MB"

#: Rows per row group of a table. The index rows of small captures are values of some KB each.
_ROW_GROUP_SIZE: Final = 4_096

#: Bytes per block of the database file. Of DuckDB's default, 256 KiB, an empty catalog has some MB.
_BLOCK_SIZE: Final = 16_384

#: Length of the write-ahead log at which DuckDB writes to its file what until then is in memory as well.
_WAL_SIZE: Final = "1MB"

#: What ``schema.sql`` leaves open: there are few rows, which are looked through, and only one transaction at a time.
_SCHEMA: Final = {"key": "", "reference": ""}


#: How the error of a commit begins that succeeded, but after which the log could not be moved to the file.
_COMMITTED: Final = "IO Error: Transaction COMMIT succeeded"


_CONFIG: Final = {
    "memory_limit": _MEMORY,
    "threads": "1",
    # By default, nine tenths of what is free when DuckDB first looks: next to nothing on a disk that was nearly full
    # then.
    "max_temp_directory_size": "1TB",
    "wal_autocheckpoint": _WAL_SIZE,
}


class _AbsentModule:
    """Says at once that a module is not there, which takes Python 0.2 ms to find out, each time that it is asked."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(self, name: str, *_: object) -> None:
        """Raise ModuleNotFoundError for the module, and leave all others to whom they belong."""
        if name == self._name:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


# DuckDB tries to import pandas with each value that a statement is given.
if find_spec("pandas") is None:
    sys.meta_path.insert(0, _AbsentModule("pandas"))


#: What is said of a folder on such a disk.
READ_ONLY: Final = "the data folder is on a disk that is read only"


class BusyError(Exception):
    """Another operation holds the database."""


class Database:
    """An open database, attached as ``catalog``; :meth:`close` it, for only one process can have it.

    Raises DataDirError and InsufficientStorageError, whenever it has to be opened.
    """

    def __init__(
        self,
        path: Path,
        check: Callable[[], None] = lambda: None,
        make_room: Callable[[], bool] = lambda: False,
        *,
        read_only: bool = False,
    ) -> None:
        """``check`` is called before each operation, and raises where the file is no longer to be used.

        ``make_room`` is called where the disk is so full that the file cannot be opened; it returns whether it did.
        """
        self.node: Final = secrets.randbits(63)
        self._path = path
        self._check = check
        self._make_room = make_room
        self._read_only = read_only
        self._lock = threading.Lock()
        self._failed = self._closed = False
        self._database = self._open_with_room()

    def close(self) -> None:
        """Write everything to the file, and let go of it; whoever comes later gets a DataDirError."""
        with self._lock:
            self._closed = True
            self._close()

    def create_tables(self, cursor: CatalogCursor, schema: str) -> None:
        """Create the tables of ``schema.sql`` that are not there."""
        cursor.execute(Template(schema).substitute(_SCHEMA))

    def ensure_alive(self) -> None:
        """Do nothing: there is no other process."""

    def has_ended(self, _: CatalogCursor, node: int) -> bool:
        """Return whether a process other than this one is meant, for only one at a time can have the database."""
        return node != self.node

    def lease(self) -> AbstractContextManager[bool]:
        """Take what one process at a time has: there is no other."""
        return nullcontext(True)

    def reading(self) -> AbstractContextManager[Cursor]:
        """Hold the database for queries."""
        return self._cursor()

    def try_reading(self) -> AbstractContextManager[Cursor]:
        """Hold the database for queries, without waiting. Raises BusyError where another operation holds it."""
        return self._cursor(wait=False)

    @contextmanager
    def writing(self) -> Iterator[Cursor]:
        """Hold the database for a transaction."""
        with self._cursor() as cursor:
            cursor.begin()
            try:
                yield cursor
                self._commit(cursor)
            except BaseException:
                with suppress(duckdb.Error):  # DuckDB rolls back by itself where a commit fails
                    cursor.rollback()
                raise

    @contextmanager
    def _cursor(self, *, wait: bool = True) -> Iterator[Cursor]:
        """Hold the database. Raises BusyError where another operation holds it, unless it may ``wait``."""
        with disk_errors(), self._locked(wait):
            if self._closed:
                raise DataDirError("the data folder is closed")
            self._check()
            if self._failed:
                self._close()
                self._database = self._open_again()
                self._failed = False
                _log.warning("opened %s again", self._path.name)
            try:
                with _readable_errors(), interrupted_by(self._database.interrupt):
                    yield self._database
            except duckdb.InterruptException:
                raise Interrupted from None
            except duckdb.Error as error:
                if self._read_only and isinstance(error, duckdb.InvalidInputException):
                    raise DataDirError(READ_ONLY) from error
                self._failed = True
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
            with _readable_errors():
                cursor.commit()
        except duckdb.IOException as error:
            if not str(error).startswith(_COMMITTED):
                raise
            # What is committed is in the log. Only moving it to the file has failed, which is tried again.
            self._failed = True
            _log.warning("DuckDB cannot write to %s: %s", self._path.name, error)

    def _close(self) -> None:
        with (
            suppress(duckdb.Error),
            _readable_errors(),
        ):  # what DuckDB cannot write now is in the log, for the next time
            self._database.execute("USE memory")
            self._database.execute("DETACH catalog")
        with suppress(duckdb.Error), _readable_errors():
            self._database.close()

    def _open_again(self) -> Cursor:
        """Open it for a client, who is not told of paths."""
        try:
            return self._open_with_room()
        except (DataDirError, InsufficientStorageError) as error:
            _log.error("%s", error)
            raise type(error)("the catalog cannot be opened again; the service's log says why") from error

    def _open_with_room(self) -> Cursor:
        try:
            return self._open()
        except InsufficientStorageError:
            if not self._make_room():
                raise
            return self._open()

    def _open(self) -> Cursor:
        path = self._path
        if "?" in str(path.resolve()):  # DuckDB would put its write-ahead log in another place
            raise DataDirError(f"cannot open {path}: no name on the way to it may have a question mark")
        try:
            database = new_instance(_CONFIG | {"temp_directory": f"{path}.tmp"})
            try:
                with _readable_errors():
                    _attach(database, path, read_only=self._read_only)
            except BaseException:
                database.close()
                raise
        except (duckdb.Error, OSError) as error:
            if is_disk_full(error):
                raise InsufficientStorageError(f"cannot open {path}: {error}") from error
            if system_error(error) in NO_MORE_FILES:
                raise TooBusyError("too many files are open") from error
            if system_error(error) is not None:  # of which rebuilding is no remedy
                raise DataDirError(f"cannot open {path}: {error}") from error
            raise DamagedCatalogError(f"cannot open {path}, which `harlake reindex` can make again: {error}") from error
        return database


@contextmanager
def _readable_errors() -> Iterator[None]:
    """Let errors of DuckDB be such also where they name a file whose name is no UTF-8."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise duckdb.IOException(error.object.decode(errors="replace")) from error


def _attach(database: Cursor, path: Path, *, read_only: bool) -> None:
    options = "READ_ONLY" if read_only else f"ROW_GROUP_SIZE {_ROW_GROUP_SIZE}, BLOCK_SIZE {_BLOCK_SIZE}"
    database.execute(f"ATTACH '{_quoted(path)}' AS catalog ({options})")
    database.execute("USE catalog")
    # The folder is locked: what a process left that was killed is nobody's, and DuckDB would miscount it.
    shutil.rmtree(f"{path}.tmp", ignore_errors=True)
    # From here on, no other file can be opened, whatever the statement; what does not fit in memory still goes to the
    # disk. It cannot be undone, so another database instance is made to open the file again.
    database.execute("SET enable_external_access = false")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
