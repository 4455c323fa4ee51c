"""The catalog: a DuckDB database of sessions, captures and index rows.

Here is what writes, and what finds captures; :mod:`harlake.query` asks for entries. Tables are in ``schema.sql``, the
columns of entries in :mod:`harlake.store.index`.

A capture is begun, appended to in many small transactions, and completed in one; until then nobody sees it. It is
hidden in one transaction, and its rows go in many. That keeps memory flat, which one long transaction would not.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from harlake.errors import BadRequestError, DataDirError, SessionNotFoundError
from harlake.store import index
from harlake.store.capture_object import Frame
from harlake.store.database import BusyError, Cursor, Database
from harlake.store.row_removal import RowRemover
from harlake.store.sessions import Session, insert_session, select_session, select_sessions
from harlake.store.timestamps import utc_now

#: Rows for which DuckDB reserves memory when it makes Arrow columns. For its default, a million, it asks the system for
#: new memory each time, which took a sixth of what statistics take.
_ARROW_ROWS: Final = 65_536

#: Bytes of an average row from which on DuckDB gets it beforehand: else it would write to the disk and read again what
#: does not fit, and take six times as long. Ordinary rows have 300 bytes, those with long URLs 2,000.
_HEAVY_ROW: Final = 4_096

#: Yields a row where the catalog has the youngest of its columns.
_CURRENT: Final = "FROM duckdb_columns() WHERE table_name = 'entries' AND column_name = 'failed'"


_COMPLETE: Final = """
    UPDATE captures SET state = 'complete', session = ?, created_at = ?, file_name = ?, upload_bytes = ?,
        har_bytes = ?, object_bytes = ?, total = ?, imported = ?, sha256 = ?,
        envelope_start = ?, envelope_length = ?, envelope_text_length = ?
    WHERE id = ?
"""


@dataclass(frozen=True, slots=True)
class CaptureRecord:
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


@dataclass(frozen=True, slots=True)
class Capture:
    """What is to be known of a complete capture before it is read; ``envelope`` is the frame that ends its object."""

    id: uuid.UUID
    imported: int
    envelope: Frame


class Catalog:
    """An open catalog; :meth:`close` it, for only one process can have it."""

    def __init__(self, path: Path, memory_limit: str, *, outdated: bool = False) -> None:
        """Open the catalog; one of an earlier version only if it may be ``outdated``: its sessions can be read."""
        self._database = Database(path, memory_limit)
        self._removal = RowRemover(self._database)
        with self._database.writing() as cursor:
            cursor.execute(files(__package__).joinpath("schema.sql").read_text("utf-8"))
        if not outdated and not self.rows(_CURRENT):
            self.close()
            raise DataDirError(f"{path} was made by an earlier version; `harlake reindex` brings it up to date")

    def try_write(self, rows: pa.Table) -> None:
        """Insert index rows and take them back: shows at start-up that writing works, and loads what it needs.

        The first insertion takes 80 ms longer than others, which would be the first upload's.
        """
        with self._database.autocommit() as cursor:
            cursor.begin()
            _insert(cursor, index.INSERT_ENTRIES, uuid.UUID(int=0), rows)
            cursor.rollback()

    def close(self) -> None:
        """Write everything to the database file, and let go of it; whoever comes later gets a DataDirError."""
        self._database.close()

    def check(self) -> None:
        """Raise when the catalog cannot be read; one that is busy is well, and not waited for."""
        with suppress(BusyError), self._database.try_reading() as cursor:
            cursor.execute("SELECT 1 FROM sessions LIMIT 1").fetchall()

    # --- sessions ------------------------------------------------------------------------------------------------

    def create_session(self, session: uuid.UUID, name: str, created_at: datetime | None = None) -> Session:
        """Add an empty session."""
        with self._database.writing() as cursor:
            return insert_session(cursor, session, name, created_at or utc_now())

    def session(self, session: uuid.UUID) -> Session | None:
        """Return a session, or None."""
        with self._database.reading() as cursor:
            return select_session(cursor, session)

    def sessions(self) -> list[Session]:
        """Return all sessions, newest first."""
        with self._database.reading() as cursor:
            return select_sessions(cursor)

    def backdate_session(self, session: uuid.UUID, created_at: datetime) -> None:
        """Let a session be as old as its oldest capture."""
        with self._database.writing() as cursor:
            cursor.execute("UPDATE sessions SET created_at = least(created_at, ?) WHERE id = ?", [created_at, session])

    def rename_session(self, session: uuid.UUID, name: str) -> None:
        """Rename a session. Raises SessionNotFoundError."""
        with self._database.writing() as cursor:
            cursor.execute("UPDATE sessions SET name = ? WHERE id = ? RETURNING id", [name, session])
            if not cursor.fetchall():
                raise SessionNotFoundError

    def remove_session(self, session: uuid.UUID) -> list[uuid.UUID]:
        """Remove a session and hide its captures; return those, to be removed with :meth:`remove_rows`.

        They stay in state 'deleting' until :meth:`forget`. Raises SessionNotFoundError.
        """
        with self._database.writing() as cursor:
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
        with self._database.writing() as cursor:
            cursor.execute(
                "INSERT INTO captures (id, state, created_at) VALUES (?, 'importing', ?)", [capture, utc_now()]
            )

    def append(self, capture: uuid.UUID, frames: pa.Table, rows: pa.Table) -> None:
        """Add rows of frames (:func:`index.frame_rows`) and of entries (:func:`index.record_batch`) of a capture."""

        def insert(cursor: Cursor) -> None:
            if rows.nbytes > _HEAVY_ROW * len(rows):
                self._database.allow_more_memory(cursor)
            _insert(cursor, index.INSERT_FRAMES, capture, frames)
            _insert(cursor, index.INSERT_ENTRIES, capture, rows)

        self._database.write(insert)

    def complete(self, capture: CaptureRecord, session: uuid.UUID, new_session: str | None) -> Session:
        """Make a capture visible in a session, which is created if ``new_session`` names it.

        Raises SessionNotFoundError when there is no such session (any more). After any other error it may be visible
        nevertheless: :meth:`hide` it.
        """

        def insert(cursor: Cursor) -> Session:
            if new_session is not None:
                insert_session(cursor, session, new_session, capture.created_at)
            if len(capture.pages):
                _insert(cursor, index.INSERT_PAGES, capture.id, capture.pages)
            cursor.execute(_COMPLETE, _completed_values(capture, session))
            # Before it is committed: what fails after that would be taken for a failure of the import.
            completed = select_session(cursor, session)
            if completed is None:
                raise SessionNotFoundError
            return completed

        return self._database.write(insert)

    def hide(self, capture: uuid.UUID, new_session: uuid.UUID | None = None) -> None:
        """Let a capture be seen no more, nor a session that was created for it unless it holds another.

        It stays in state 'deleting' until :meth:`forget`.
        """
        with self._database.writing() as cursor:
            cursor.execute("UPDATE captures SET state = 'deleting', session = NULL WHERE id = ?", [capture])
            cursor.execute(
                """
                DELETE FROM sessions
                WHERE id = $session AND NOT EXISTS (SELECT 1 FROM captures WHERE session = $session)
                """,
                {"session": new_session},
            )

    def remove_rows(self, capture: uuid.UUID) -> None:
        """Remove all rows of a hidden capture but its own, in transactions between which other operations run."""
        self._removal.remove(capture)

    def forget(self, capture: uuid.UUID) -> None:
        """Remove the last trace of a hidden capture whose object and rows are gone."""
        with self._database.writing() as cursor:
            cursor.execute("DELETE FROM captures WHERE id = ? AND state = 'deleting'", [capture])

    def unfinished(self) -> list[uuid.UUID]:
        """Return the captures that a crash left half imported or half deleted."""
        return [row[0] for row in self.rows("SELECT id FROM captures WHERE state <> 'complete'")]

    def complete_ids(self) -> set[uuid.UUID]:
        """Return the ids of all complete captures."""
        return {row[0] for row in self.rows("SELECT id FROM captures WHERE state = 'complete'")}

    # --- captures being read -------------------------------------------------------------------------------------

    def captures(self, session: uuid.UUID) -> list[Capture]:
        """Return the captures of a session, in the order in which they were imported."""
        return self._captures("WHERE c.session = ?", [session])

    def all_captures(self) -> list[Capture]:
        """Return the complete captures of all sessions, by session and in the order of their import."""
        return self._captures("WHERE true", [])

    def captures_by_id(self, ids: Sequence[uuid.UUID]) -> list[Capture]:
        """Return those of the captures that are complete, by session and in the order of their import."""
        return self._captures("WHERE list_contains(?, c.id)", [list(ids)])

    def _captures(self, where: str, parameters: Sequence[object]) -> list[Capture]:
        rows = self.rows(
            f"""
            SELECT c.id, c.imported, c.envelope_start, c.envelope_length, c.envelope_text_length
            FROM captures c JOIN sessions s ON s.id = c.session
            {where} AND c.state = 'complete' ORDER BY s.created_at, s.id, c.created_at, c.id
            """,
            parameters,
        )
        return [Capture(capture, imported, Frame(*envelope)) for capture, imported, *envelope in rows]

    def capture_between(self, least: uuid.UUID, greatest: uuid.UUID) -> uuid.UUID | None:
        """Return the complete capture whose id is in the range, or None."""
        rows = self.rows("SELECT id FROM captures WHERE id BETWEEN ? AND ? AND state = 'complete'", [least, greatest])
        return next((row[0] for row in rows), None)

    def table(self, sql: str, parameters: Sequence[object] = ()) -> pa.Table:
        """Return what a query yields as Arrow columns."""
        return self._database.read(lambda cursor: cursor.execute(sql, parameters).to_arrow_table(_ARROW_ROWS))

    def rows(
        self, sql: str, parameters: Sequence[object] | dict[str, object] = (), *, named: bool = False
    ) -> list[Any]:
        """Return what a query yields, as tuples or, if ``named``, as dictionaries by column."""

        def fetch(cursor: Cursor) -> list[Any]:
            cursor.execute(sql, parameters)
            rows = cursor.fetchall()
            if not named:
                return rows
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in rows]

        return self._database.read(fetch)

    def check_pattern(self, pattern: str) -> None:
        """Raise BadRequestError where DuckDB cannot take a text for a regular expression."""
        with self._database.reading() as cursor:
            try:
                cursor.execute("SELECT regexp_matches('', ?)", [pattern]).fetchall()
            except duckdb.InvalidInputException as error:
                raise BadRequestError(f"{pattern!r} is no regular expression: {error}") from error

    def client_query(self) -> AbstractContextManager[Cursor]:
        """The database for a query of a client's own: see :meth:`Database.client_query`."""
        return self._database.client_query()


def _completed_values(capture: CaptureRecord, session: uuid.UUID) -> list[object]:
    """Return the parameters of the statement that completes a capture."""
    return [
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
    ]


def _insert(cursor: Cursor, sql: str, capture: uuid.UUID, rows: pa.Table) -> None:
    cursor.register(index.BATCH, rows)
    try:
        cursor.execute(sql, {"capture": str(capture)})
    finally:
        cursor.unregister(index.BATCH)
