"""The catalog in PostgreSQL, which any number of nodes share.

Strategy: a pool of connections in autocommit mode, and transactions that begin and end within one operation. Their
isolation is *read committed*, PostgreSQL's default: a statement locks the rows that it writes, and sees what was
committed before it began. Nothing is tried again here: an operation that loses its connection has failed, and the next
one gets a connection that was tried first.

Connections have to be those of a session: a proxy in between must not share them among clients for a transaction each.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from string import Template
from typing import Any, Final

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from harlake.errors import CatalogUnavailableError, DataDirError, InsufficientStorageError
from harlake.pipeline.interruption import Interrupted, interrupted_by
from harlake.store.catalog_database import CatalogCursor, ConflictError
from harlake.store.database import BusyError
from harlake.store.deadlines import Deadlines
from harlake.store.node_lock import NodeLock

#: What ``schema.sql`` leaves open. The reference is checked at the end of a transaction, which removes a session before
#: its captures: so its row is locked before they are looked for, and no other transaction can add one unseen.
_SCHEMA: Final = {
    "key": "PRIMARY KEY",
    "reference": "REFERENCES sessions DEFERRABLE INITIALLY DEFERRED",
}

_INDEXES: Final = "CREATE INDEX IF NOT EXISTS captures_of_session ON captures (session, number)"

#: Keys of the locks that a node holds while it creates tables, and while it collects: numbers out of the range that
#: nodes have theirs from.
_SCHEMA_LOCK: Final = -1
_LEASE: Final = -2

#: How a connection is made, unless its URL says otherwise. Either side finds out within half a minute that the other is
#: gone. Times are in seconds, but for ``tcp_user_timeout``.
_CONNECTION: Final = {
    "application_name": "harlake",
    "client_encoding": "utf8",
    "target_session_attrs": "read-write",  # no standby, which may be behind
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}

#: The server's side of it. A transaction that waits for its node holds up others, who wait for its rows.
_SESSION: Final = """
    SET tcp_keepalives_idle = 10;
    SET tcp_keepalives_interval = 5;
    SET tcp_keepalives_count = 3;
    SET idle_in_transaction_session_timeout = '30s';
    SET default_transaction_isolation = 'read committed';
"""

#: Seconds for which an operation waits for a connection, and for which a lost one is made anew before it is given up,
#: to be made by the next operation: the pool waits ever longer between two attempts.
_POOL_PATIENCE: Final = 5
_RECONNECT_PATIENCE: Final = 3

#: Seconds that asking for the state of the catalog may take.
_CHECK_PATIENCE: Final = 1

_log = logging.getLogger(__name__)


class PostgresDatabase:
    """A database that is named by a URL, ``postgresql://…``; :meth:`close` it.

    There are ``connections`` at most, and one for the lock of the node. A statement may take ``statement_timeout``
    seconds. A server that has just been started has lost all locks; for ``grace`` seconds no node is taken for dead.

    Raises CatalogUnavailableError.
    """

    def __init__(self, url: str, *, connections: int = 8, statement_timeout: int = 30, grace: int = 30) -> None:
        self._statement_timeout = statement_timeout
        self._grace = grace
        self._arguments = _connection_arguments(url)
        try:
            self._lock = NodeLock(self._connect)
        except psycopg.Error as error:
            raise CatalogUnavailableError(f"cannot connect to the catalog: {error}") from error
        self.node = self._lock.node
        self._deadlines = Deadlines(statement_timeout + _POOL_PATIENCE)
        self._pool = ConnectionPool(
            kwargs=self._arguments,
            min_size=1,
            max_size=connections,
            open=True,
            configure=self._configure,
            check=self._check,
            timeout=_POOL_PATIENCE,
            reconnect_timeout=_RECONNECT_PATIENCE,
        )

    def close(self) -> None:
        """Let go of the database; whoever comes later gets a DataDirError."""
        self._pool.close(timeout=_CHECK_PATIENCE)
        self._lock.close()
        self._deadlines.close()

    def create_tables(self, cursor: CatalogCursor, schema: str) -> None:
        """Create the tables of ``schema.sql`` that are not there, while no other node does."""
        cursor.execute("SELECT pg_advisory_xact_lock(?)", [_SCHEMA_LOCK])
        cursor.execute(Template(schema).substitute(_SCHEMA))
        cursor.execute(_INDEXES)

    def reading(self) -> AbstractContextManager[CatalogCursor]:
        """Let statements be executed that only read, each by itself."""
        return self._cursor(_POOL_PATIENCE)

    @contextmanager
    def try_reading(self) -> Iterator[CatalogCursor]:
        """Do so without waiting for long. Raises BusyError where others have all connections."""
        try:
            with self._cursor(_CHECK_PATIENCE) as cursor:
                yield cursor
        except CatalogUnavailableError as error:
            # The connection of the lock, which nothing else uses, knows whether the server is there.
            if isinstance(error.__cause__, PoolTimeout) and self._lock.is_held:
                raise BusyError from error
            raise

    def writing(self) -> AbstractContextManager[CatalogCursor]:
        """Let statements be executed as one transaction. Raises ConflictError at its end.

        After a CatalogUnavailableError it may have been committed nevertheless: the connection may be lost while the
        answer is on its way.
        """
        return self._cursor(_POOL_PATIENCE, in_transaction=True)

    def ensure_alive(self) -> None:
        """Wait until this node has its lock. Raises CatalogUnavailableError."""
        self._lock.wait()

    def has_ended(self, cursor: CatalogCursor, node: int) -> bool:
        """Return whether a node lives no more; if so, it cannot come back before the transaction ends."""
        if node == self.node:
            return False
        sql = "SELECT now() - pg_postmaster_start_time() >= make_interval(secs => ?)"
        if cursor.execute(sql, [self._grace]).fetchall() != [(True,)]:
            return False
        return bool(cursor.execute("SELECT pg_try_advisory_xact_lock(CAST(? AS BIGINT))", [node]).fetchall()[0][0])

    @contextmanager
    def lease(self) -> Iterator[bool]:
        """Take what one node at a time has; what is given is whether this one got it.

        It is lost with the lock of the node, which is only found out by those who take it next.
        """
        with _catalog_errors():
            is_ours = self._lock.try_lock(_LEASE)
        try:
            yield is_ours
        finally:
            if is_ours:
                self._lock.unlock(_LEASE)

    @contextmanager
    def _cursor(self, patience: float, *, in_transaction: bool = False) -> Iterator[CatalogCursor]:
        with _catalog_errors(), self._pool.connection(patience) as connection, self._deadlines.over(connection):
            cancellation = _Cancellation(connection)
            transaction = connection.transaction() if in_transaction else nullcontext()
            try:
                with interrupted_by(cancellation.request), transaction, connection.cursor() as cursor:
                    yield _Cursor(cursor, cancellation)
            except errors.QueryCanceled:
                cancellation.check()
                raise
            finally:
                # The server may hear of a cancellation late, and must not apply it to what comes next.
                if cancellation.is_requested:
                    connection.close()

    def _connect(self) -> psycopg.Connection:
        connection = psycopg.connect(**self._arguments)
        self._configure(connection)
        return connection

    def _check(self, connection: psycopg.Connection) -> None:
        with self._deadlines.over(connection):
            ConnectionPool.check_connection(connection)

    def _configure(self, connection: psycopg.Connection) -> None:
        connection.execute(f"{_SESSION} SET statement_timeout = '{self._statement_timeout}s'".encode())


class _Cancellation:
    """Cancels what a connection does, for those who no longer wait for it."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self.is_requested = False

    def request(self) -> None:
        """Cancel it, in a thread: it takes another connection, and the caller may be the event loop."""
        self.is_requested = True
        threading.Thread(target=self._cancel, name="cancellation", daemon=True).start()

    def check(self) -> None:
        """Raise Interrupted where it was requested."""
        if self.is_requested:
            raise Interrupted

    def _cancel(self) -> None:
        try:
            self._connection.cancel_safe(timeout=_POOL_PATIENCE)
        except psycopg.Error as error:
            _log.warning("a statement cannot be cancelled: %s", error)


class _Cursor:
    """Executes statements as they are written for DuckDB."""

    def __init__(self, cursor: psycopg.Cursor, cancellation: _Cancellation) -> None:
        self._cursor = cursor
        self._cancellation = cancellation

    def execute(self, statement: str, parameters: Sequence[object] = (), /) -> _Cursor:
        """Execute a statement, and return the cursor that has its rows."""
        self._cancellation.check()
        values = [_storable(value) for value in parameters]
        # The tables are created by several statements at once, which the binary protocol does not take.
        self._cursor.execute(_translated(statement), values or None, binary=bool(values))
        return self

    def fetchall(self) -> list[Any]:
        """Return the rows of the last statement."""
        return self._cursor.fetchall()


def _storable(value: object) -> object:
    """Return a value that PostgreSQL can store: a name that a client gives may have a NUL, its texts may not."""
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) else value


@lru_cache(1_024)
def _translated(statement: str) -> bytes:
    """Return a statement with PostgreSQL's placeholders; no text in it has a question mark, or a per cent sign."""
    return statement.replace("?", "%s").encode()


def _connection_arguments(url: str) -> dict[str, Any]:
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError:  # its text may have the password
        raise DataDirError("the catalog's URL is not one that PostgreSQL takes") from None
    return _CONNECTION | given | {"autocommit": True}


@contextmanager
def _catalog_errors() -> Iterator[None]:
    """Turn PostgreSQL's errors, by their class, into those that a client is answered with; their texts are logged."""
    try:
        yield
    except PoolClosed:
        raise DataDirError("the data folder is closed") from None
    except errors.ForeignKeyViolation as error:
        raise ConflictError from error
    except errors.DiskFull as error:
        _log.error("PostgreSQL: %s", error)
        raise InsufficientStorageError("the catalog's disk is full") from error
    except (psycopg.OperationalError, psycopg.InterfaceError, errors.ReadOnlySqlTransaction) as error:
        _log.warning("PostgreSQL: %s", error)
        raise CatalogUnavailableError("the catalog cannot be reached, or does not answer in time") from error
    except psycopg.Error as error:  # tables were changed, or may not be used by this user
        _log.error("PostgreSQL: %s", error)
        raise DataDirError("the catalog is not what it should be; the service's log says why") from error
