"""The catalog: a DuckDB database of sessions, captures and index rows.

All SQL is in this folder: here what writes, and finds captures; beside it what asks for entries.

Strategy: one database instance, on which operations take turns. DuckDB would let readers go on beside a writer, but
they share its memory limit: listings beside imports exceeded 10 MB now and then, and 16 MB as well. Operations are
short, so nobody waits for long.

A capture is begun, appended to in many small transactions, and completed in one; until then nobody sees it. It is
hidden in one transaction, and its rows go in many. That keeps memory flat, which one long transaction would not.

After some errors, of a full disk above all, DuckDB refuses to go on with a database until it is opened again, or keeps
what fills its memory. As no error of its is expected, the next operation after any of them opens the database again.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import duckdb
import pyarrow as pa

from harlake.errors import (
    BadRequestError,
    DataDirError,
    DataDirInUseError,
    InsufficientStorageError,
    SessionNotFoundError,
)
from harlake.store import index
from harlake.store.captures import Frame, disk_errors, is_disk_full
from harlake.store.filters import Condition, Filter

T = TypeVar("T")

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
_TOO_SLOW: Final = "fsst"

#: Row groups that rows may be removed from until the next checkpoint: for each of them, DuckDB holds 256 KiB so long.
_TOUCHED_ROW_GROUPS: Final = 8

#: Threads of a query. Two halve what it takes, where there are as many cores; more would hold more. What writes has
#: one, and so writes row groups as they come.
_READING_THREADS: Final = min(2, os.cpu_count() or 1)

#: Rows for which DuckDB reserves memory when it makes Arrow columns. For its default, a million, it asks the system for
#: new memory each time, which took a sixth of what statistics take.
_ARROW_ROWS: Final = 65_536

#: Entries that are looked up in one query.
_LOOKED_UP: Final = 256

#: What DuckDB gets where its memory limit is not enough for the rows of one transaction.
_MORE_MEMORY: Final = "128MB"

#: Bytes of an average row from which on DuckDB gets it beforehand: else it would write to the disk and read again what
#: does not fit, and take six times as long. Ordinary rows have 300 bytes, those with long URLs 2,000.
_HEAVY_ROW: Final = 4_096

#: How DuckDB's errors of various kinds end where its memory limit was the cause: ``(9.5 MiB/9.5 MiB used)``.
_OUT_OF_MEMORY: Final = re.compile(r"\([0-9.]+ \w+/[0-9.]+ \w+ used\)")

#: Yields a row where the catalog has the youngest of its columns.
_CURRENT: Final = "FROM duckdb_columns() WHERE table_name = 'entries' AND column_name = 'failed'"

#: How timestamps are written, for ``strftime``.
ISO: Final = "'%Y-%m-%dT%H:%M:%S.%gZ'"


@dataclass(frozen=True, slots=True)
class Session:
    """A named container of captures; ``entry_count`` is the sum over its captures."""

    id: uuid.UUID
    name: str
    created_at: str
    entry_count: int
    capture_count: int


@dataclass(frozen=True, slots=True)
class Capture:
    """An imported HAR, as it is about to be completed; sizes in bytes.

    ``envelope`` is the frame that ends its object, ``pages`` what :func:`index.page_rows` makes of its pages.
    """

    id: uuid.UUID
    file_name: str | None
    created_at: datetime
    upload_bytes: int
    har_bytes: int
    object_bytes: int
    total: int
    imported: int
    sha256: str
    envelope: Frame
    pages: pa.Table


class Place(NamedTuple):
    """Where an entry of a capture is: in which frame, and from where to where in the frame's text.

    ``started_us`` is in microseconds since 1970, None where the entry does not say when it started.
    """

    capture: uuid.UUID
    ordinal: int
    frame: Frame
    start: int
    length: int
    page_ref: str | None
    started_us: int | None

    def cut(self, text: bytes) -> bytes:
        """Return the entry out of its frame's text."""
        return text[self.start : self.start + self.length]


@dataclass(frozen=True, slots=True)
class StoredCapture:
    """What is to be known of a complete capture before it is read; ``envelope`` is the frame that ends its object."""

    id: uuid.UUID
    imported: int
    envelope: Frame


class _BusyError(Exception):
    """Somebody else has the database."""


class Catalog:
    """An open catalog; :meth:`close` it, for only one process can have it."""

    def __init__(self, path: Path, memory_limit: str, *, outdated: bool = False) -> None:
        """Open the catalog; one of an earlier version only if it may be ``outdated``: its sessions can be read."""
        self._path = path
        self._memory_limit = memory_limit
        self._turn = threading.Lock()
        self._failed = self._closed = False
        self._touched_row_groups = 0
        self._threads = 1
        self._database = self._open()
        with self._write() as cursor:
            cursor.execute(files(__package__).joinpath("schema.sql").read_text("utf-8"))
        if not outdated and not self.rows(_CURRENT):
            self.close()
            raise DataDirError(f"{path} was made by an earlier version; `harlake reindex` brings it up to date")

    def try_write(self, rows: pa.Table) -> None:
        """Insert index rows and take them back: shows at start-up that writing works, and loads what it needs.

        The first insertion takes 80 ms longer than others, which would be the first upload's.
        """
        with self._cursor() as cursor:
            cursor.begin()
            _insert(cursor, index.INSERT_ENTRIES, uuid.UUID(int=0), rows)
            cursor.rollback()

    def close(self) -> None:
        """Write everything to the database file, and let go of it; whoever comes later gets a DataDirError."""
        with self._turn:
            self._closed = True
            self._close()

    def check(self) -> None:
        """Raise when the catalog cannot be read; one that is busy is well, and not waited for."""
        with suppress(_BusyError), self._cursor(self._threads, patient=False) as cursor:
            cursor.execute("SELECT 1 FROM sessions LIMIT 1").fetchall()

    # --- sessions ------------------------------------------------------------------------------------------------

    def create_session(self, session: uuid.UUID, name: str, created_at: datetime | None = None) -> Session:
        """Add an empty session."""
        with self._write() as cursor:
            return _insert_session(cursor, session, name, created_at or now())

    def session(self, session: uuid.UUID) -> Session | None:
        """Return a session, or None."""
        with self._reading() as cursor:
            return _session(cursor, session)

    def sessions(self) -> list[Session]:
        """Return all sessions, newest first."""
        with self._reading() as cursor:
            return _sessions(cursor)

    def backdate_session(self, session: uuid.UUID, created_at: datetime) -> None:
        """Let a session be as old as its oldest capture."""
        with self._write() as cursor:
            cursor.execute("UPDATE sessions SET created_at = least(created_at, ?) WHERE id = ?", [created_at, session])

    def rename_session(self, session: uuid.UUID, name: str) -> None:
        """Rename a session. Raises SessionNotFoundError."""
        with self._write() as cursor:
            cursor.execute("UPDATE sessions SET name = ? WHERE id = ? RETURNING id", [name, session])
            if not cursor.fetchall():
                raise SessionNotFoundError

    def remove_session(self, session: uuid.UUID) -> list[uuid.UUID]:
        """Remove a session and hide its captures; return those, to be removed with :meth:`remove_rows`.

        They stay in state 'deleting' until :meth:`forget`. Raises SessionNotFoundError.
        """
        with self._write() as cursor:
            cursor.execute("DELETE FROM sessions WHERE id = ? RETURNING id", [session])
            if not cursor.fetchall():
                raise SessionNotFoundError
            cursor.execute(
                "UPDATE captures SET state = 'deleting', session = NULL WHERE session = ? RETURNING id", [session]
            )
            return [row[0] for row in cursor.fetchall()]

    # --- captures being written ----------------------------------------------------------------------------------

    def begin(self, capture: uuid.UUID) -> None:
        """Announce a capture, before its object is begun: whatever a crash leaves of it can then be found."""
        with self._write() as cursor:
            cursor.execute("INSERT INTO captures (id, state, created_at) VALUES (?, 'importing', ?)", [capture, now()])

    def append(self, capture: uuid.UUID, frames: pa.Table, rows: pa.Table) -> None:
        """Add rows of frames (:func:`index.frame_rows`) and of entries (:func:`index.record_batch`) of a capture."""

        def insert(cursor: duckdb.DuckDBPyConnection) -> None:
            if rows.nbytes > _HEAVY_ROW * len(rows):
                self._allow_more_memory()
                cursor.execute(f"SET memory_limit = '{self._memory_limit}'")
            _insert(cursor, index.INSERT_FRAMES, capture, frames)
            _insert(cursor, index.INSERT_ENTRIES, capture, rows)

        self._twice(self._write, insert)

    def complete(self, capture: Capture, session: uuid.UUID, new_session: str | None) -> Session:
        """Make a capture visible in a session, which is created if ``new_session`` names it.

        Raises SessionNotFoundError when there is no such session (any more). After any other error it may be visible
        nevertheless: :meth:`hide` it.
        """

        def insert(cursor: duckdb.DuckDBPyConnection) -> Session:
            if new_session is not None:
                _insert_session(cursor, session, new_session, capture.created_at)
            if len(capture.pages):
                _insert(cursor, index.INSERT_PAGES, capture.id, capture.pages)
            cursor.execute(
                """
                UPDATE captures SET state = 'complete', session = ?, created_at = ?, file_name = ?, upload_bytes = ?,
                    har_bytes = ?, object_bytes = ?, total = ?, imported = ?, sha256 = ?,
                    envelope_start = ?, envelope_length = ?, envelope_text_length = ?
                WHERE id = ?
                """,
                [
                    session,
                    capture.created_at,
                    capture.file_name,
                    capture.upload_bytes,
                    capture.har_bytes,
                    capture.object_bytes,
                    capture.total,
                    capture.imported,
                    capture.sha256,
                    capture.envelope.start,
                    capture.envelope.length,
                    capture.envelope.text_length,
                    capture.id,
                ],
            )
            # Before it is committed: what fails after that would be taken for a failure of the import.
            found = _session(cursor, session)
            if found is None:
                raise SessionNotFoundError
            return found

        return self._twice(self._write, insert)

    def hide(self, capture: uuid.UUID, new_session: uuid.UUID | None = None) -> None:
        """Let a capture be seen no more, nor a session that was created for it unless it holds another.

        It stays in state 'deleting' until :meth:`forget`.
        """
        with self._write() as cursor:
            cursor.execute("UPDATE captures SET state = 'deleting', session = NULL WHERE id = ?", [capture])
            cursor.execute(
                """
                DELETE FROM sessions
                WHERE id = $session AND NOT EXISTS (SELECT 1 FROM captures WHERE session = $session)
                """,
                {"session": new_session},
            )

    def remove_rows(self, capture: uuid.UUID) -> None:
        """Remove all rows of a hidden capture but its own, in transactions between which others have their turn."""
        for table, number in (("entries", "ordinal"), ("frames", "number"), ("pages", "number")):
            ((first, last),) = self.rows(
                f"SELECT min({number}), max({number}) FROM {table} WHERE capture = ?", [capture]
            )
            while first is not None and first <= last:
                first = self._remove_some(table, number, capture, first, last)

    def _remove_some(self, table: str, number: str, capture: uuid.UUID, first: int, last: int) -> int:
        """Remove rows from ``first`` on, as many as fit in memory; return the number of the next one."""
        with self._write() as cursor:
            row_groups = _TOUCHED_ROW_GROUPS - self._touched_row_groups
            until = min(first + row_groups * ROW_GROUP_SIZE, last + 1)
            cursor.execute(
                f"DELETE FROM {table} WHERE capture = ? AND {number} >= ? AND {number} < ?", [capture, first, until]
            )
            self._touched_row_groups += -(-(until - first) // ROW_GROUP_SIZE)
        if self._touched_row_groups >= _TOUCHED_ROW_GROUPS:
            with self._cursor() as cursor:
                cursor.execute("CHECKPOINT catalog")
                self._touched_row_groups = 0
        return until

    def forget(self, capture: uuid.UUID) -> None:
        """Remove the last trace of a hidden capture whose object and rows are gone."""
        with self._write() as cursor:
            cursor.execute("DELETE FROM captures WHERE id = ? AND state = 'deleting'", [capture])

    def unfinished(self) -> list[uuid.UUID]:
        """Return the captures that a crash left half imported or half deleted."""
        return [row[0] for row in self.rows("SELECT id FROM captures WHERE state <> 'complete'")]

    def complete_ids(self) -> set[uuid.UUID]:
        """Return the ids of all complete captures."""
        return {row[0] for row in self.rows("SELECT id FROM captures WHERE state = 'complete'")}

    # --- captures being read -------------------------------------------------------------------------------------

    def captures(self, session: uuid.UUID) -> list[StoredCapture]:
        """Return the captures of a session, in the order in which they were imported."""
        return self._captures("WHERE c.session = ?", [session])

    def all_captures(self) -> list[StoredCapture]:
        """Return the complete captures of all sessions, by session and in the order of their import."""
        return self._captures("WHERE true", [])

    def captures_by_id(self, ids: Sequence[uuid.UUID]) -> list[StoredCapture]:
        """Return those of the captures that are complete, by session and in the order of their import."""
        return self._captures("WHERE list_contains(?, c.id)", [list(ids)])

    def _captures(self, where: str, parameters: Sequence[object]) -> list[StoredCapture]:
        rows = self.rows(
            f"""
            SELECT c.id, c.imported, c.envelope_start, c.envelope_length, c.envelope_text_length
            FROM captures c JOIN sessions s ON s.id = c.session
            {where} AND c.state = 'complete' ORDER BY s.created_at, s.id, c.created_at, c.id
            """,
            parameters,
        )
        return [StoredCapture(capture, imported, Frame(*envelope)) for capture, imported, *envelope in rows]

    def capture_between(self, least: uuid.UUID, greatest: uuid.UUID) -> uuid.UUID | None:
        """Return the complete capture whose id is in the range, or None."""
        rows = self.rows("SELECT id FROM captures WHERE id BETWEEN ? AND ? AND state = 'complete'", [least, greatest])
        return next((row[0] for row in rows), None)

    def frames(self, capture: uuid.UUID) -> list[Frame]:
        """Return the frames of a capture that hold entries, in order."""
        return [
            Frame(*row)
            for row in self.rows(
                "SELECT start, length, text_length FROM frames WHERE capture = ? ORDER BY number", [capture]
            )
        ]

    def places(
        self,
        capture: uuid.UUID,
        ordinals: Sequence[int],
        wanted: Filter = Filter(),  # noqa: B008 - immutable
    ) -> list[Place]:
        """Return where entries of a capture are, given in order, in that order; those unknown or unwanted are left out.

        A few at a time: so DuckDB holds little, however far apart they are.
        """
        places: list[Place] = []
        for first in range(0, len(ordinals), _LOOKED_UP):
            some = ordinals[first : first + _LOOKED_UP]
            among = "capture = ? AND ordinal BETWEEN ? AND ? AND list_contains(?, ordinal)"
            where = wanted.where(Condition(among, (capture, some[0], some[-1], list(some))))
            places += self.places_where([capture], where)
        return places

    def places_where(self, captures: Sequence[uuid.UUID], where: Condition, order: str = "ordinal") -> list[Place]:
        """Return where those entries are whose rows meet a condition, in an order, which may have a limit.

        ``captures`` are the only ones that the condition allows; ``nth`` stands for a capture's place among them.
        Frames are looked up without a join, of which DuckDB would hold more.
        """
        nth = Condition("1") if len(captures) == 1 else Condition("list_position(?, capture)", (list(captures),))
        # A capture's place instead of its id: that would be made a Python object for each row, in twice the time.
        rows = self.rows(
            f"""
            SELECT {nth.sql} AS nth, frame, ordinal, start, length, page_ref, epoch_us(started_at) FROM entries
            WHERE {where.sql} ORDER BY {order}
            """,
            [*nth.parameters, *where.parameters],
        )
        numbers: dict[int, set[int]] = defaultdict(set)
        for place, number, *_ in rows:
            numbers[place].add(number)
        frames = {place: self._frames(captures[place - 1], some) for place, some in numbers.items()}
        return [
            Place(captures[place - 1], ordinal, frame, start, length, page_ref, started_us)
            for place, number, ordinal, start, length, page_ref, started_us in rows
            if (frame := frames[place].get(number)) is not None  # gone, where the capture was removed just now
        ]

    def _frames(self, capture: uuid.UUID, numbers: set[int]) -> dict[int, Frame]:
        """Return frames of a capture by their numbers."""
        rows = self.rows(
            """
            SELECT number, start, length, text_length FROM frames
            WHERE capture = ? AND number BETWEEN ? AND ? AND list_contains(?, number)
            """,
            [capture, min(numbers), max(numbers), list(numbers)],
        )
        return {number: Frame(*frame) for number, *frame in rows}

    def table(self, sql: str, parameters: Sequence[object] = ()) -> pa.Table:
        """Return what a query yields as Arrow columns."""
        return self._twice(self._reading, lambda cursor: cursor.execute(sql, parameters).to_arrow_table(_ARROW_ROWS))

    def rows(
        self, sql: str, parameters: Sequence[object] | dict[str, object] = (), *, named: bool = False
    ) -> list[Any]:
        """Return what a query yields, as tuples or, if ``named``, as dictionaries by column."""

        def fetch(cursor: duckdb.DuckDBPyConnection) -> list[Any]:
            cursor.execute(sql, parameters)
            rows = cursor.fetchall()
            if not named:
                return rows
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in rows]

        return self._twice(self._reading, fetch)

    def check_pattern(self, pattern: str) -> None:
        """Raise BadRequestError where DuckDB cannot take a text for a regular expression."""
        with self._reading() as cursor:
            try:
                cursor.execute("SELECT regexp_matches('', ?)", [pattern]).fetchall()
            except duckdb.InvalidInputException as error:
                raise BadRequestError(f"{pattern!r} is no regular expression: {error}") from error

    @contextmanager
    def lent(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The database to oneself for a query of a client's own, with more memory for as long as that takes.

        Errors that are the query's must not leave the context as DuckDB's: these are taken for failures of the catalog.
        """
        with self._reading() as cursor:
            cursor.execute(f"SET memory_limit = '{_MORE_MEMORY}'")
            try:
                yield cursor
            finally:
                cursor.execute(f"SET memory_limit = '{self._memory_limit}'")

    # --- plumbing ------------------------------------------------------------------------------------------------

    def _reading(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """The database to oneself, for a query."""
        return self._cursor(_READING_THREADS)

    @contextmanager
    def _cursor(self, threads: int = 1, *, patient: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
        """The database to oneself. Raises _BusyError where somebody else has it, unless ``patient``."""
        with disk_errors(), self._taking_turn(patient):
            if self._closed:
                raise DataDirError(f"{self._path.parent} is closed")
            if self._failed:
                self._close()
                self._database = self._open()
                self._failed = False
                _log.warning("opened %s again", self._path.name)
            try:
                if threads != self._threads:
                    self._database.execute(f"SET threads = {threads}")
                    self._threads = threads
                with closing(self._database.cursor()) as cursor:
                    cursor.execute("USE catalog; SET TimeZone = 'UTC'")
                    yield cursor
            except duckdb.Error as error:
                self._on_failure(error)
                raise

    @contextmanager
    def _taking_turn(self, patient: bool) -> Iterator[None]:
        if not self._turn.acquire(blocking=patient):
            raise _BusyError
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A transaction."""
        with self._cursor() as cursor:
            cursor.begin()
            try:
                yield cursor
                self._commit(cursor)
            except BaseException:
                with suppress(duckdb.Error):  # DuckDB rolls back by itself where a commit fails
                    cursor.rollback()
                raise

    def _twice(
        self,
        begin: Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]],
        work: Callable[[duckdb.DuckDBPyConnection], T],
    ) -> T:
        """Do something, and again where DuckDB lacked memory: it is opened again for that."""
        try:
            with begin() as cursor:
                return work(cursor)
        except (duckdb.Error, InsufficientStorageError) as error:
            if not _OUT_OF_MEMORY.search(f"{error} {error.__cause__}"):
                raise
        with begin() as cursor:
            return work(cursor)

    def _commit(self, cursor: duckdb.DuckDBPyConnection) -> None:
        try:
            cursor.commit()
        except duckdb.IOException as error:
            if "COMMIT succeeded" not in str(error):
                raise
            # What is committed is in the log. Only moving it to the file has failed, which is tried again.
            self._on_failure(error)
            _log.warning("DuckDB cannot write to %s: %s", self._path.name, error)

    def _on_failure(self, error: duckdb.Error) -> None:
        """Let the next operation open the database again, with more memory if that was too little.

        It takes a dozen long texts in each of thousands of rows; such files are rare, and may take what they need.
        """
        self._failed = True
        full_disk = is_disk_full(error)  # on which DuckDB could not make room in memory
        if _OUT_OF_MEMORY.search(str(error)) and not full_disk:
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
        self._touched_row_groups = 0
        self._threads = 1

    def _open(self) -> duckdb.DuckDBPyConnection:
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
                }
            )
            database.execute(f"SET disabled_compression_methods = '{_TOO_SLOW}'")
            database.execute(
                f"ATTACH '{_quoted(path)}' AS catalog (ROW_GROUP_SIZE {ROW_GROUP_SIZE}, BLOCK_SIZE {BLOCK_SIZE})"
            )
        except duckdb.Error as error:
            if is_disk_full(error):
                raise InsufficientStorageError(f"cannot open {path}: {error}") from error
            if isinstance(error, duckdb.IOException) and "lock" in str(error):
                raise DataDirInUseError(f"{path.parent} is in use by another harlake") from error
            raise DataDirError(f"cannot open {path}: {error}") from error
        return database


def now() -> datetime:
    """Return the time, with its zone."""
    return datetime.now(UTC)


def _session(cursor: duckdb.DuckDBPyConnection, session: uuid.UUID) -> Session | None:
    return next(iter(_sessions(cursor, "WHERE s.id = ?", [session])), None)


def _sessions(cursor: duckdb.DuckDBPyConnection, where: str = "", parameters: Sequence[object] = ()) -> list[Session]:
    cursor.execute(
        f"""
        SELECT s.id, s.name, strftime(s.created_at, {ISO}), coalesce(sum(c.imported), 0)::BIGINT, count(c.id)
        FROM sessions s LEFT JOIN captures c ON c.session = s.id AND c.state = 'complete'
        {where} GROUP BY ALL ORDER BY min(s.created_at) DESC, s.id
        """,
        parameters,
    )
    return [Session(*row) for row in cursor.fetchall()]


def _insert_session(cursor: duckdb.DuckDBPyConnection, session: uuid.UUID, name: str, created_at: datetime) -> Session:
    cursor.execute("INSERT INTO sessions VALUES (?, ?, ?)", [session, name, created_at])
    found = _session(cursor, session)
    assert found is not None
    return found


def _insert(cursor: duckdb.DuckDBPyConnection, sql: str, capture: uuid.UUID, rows: pa.Table) -> None:
    cursor.register(index.ROWS, rows)
    try:
        cursor.execute(sql, {"capture": str(capture)})
    finally:
        cursor.unregister(index.ROWS)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
