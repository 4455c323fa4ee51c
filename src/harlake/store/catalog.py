"""The catalog: which sessions and captures there are. Tables are in ``schema.sql``.

A capture is announced before its objects are written, and complete in one transaction; until then nobody sees it. It is
removed in one transaction, too: what may be left of its objects is known, and cleaned up, until it is forgotten.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pyarrow as pa

from harlake.errors import CaptureNotFoundError, CatalogUnavailableError, SessionNotFoundError
from harlake.store.capture_descriptions import CaptureDescription, CaptureQuery, select_captures
from harlake.store.capture_lists import CAPTURE_COLUMNS, CaptureLists, capture_from_row
from harlake.store.capture_lists import Capture as Capture
from harlake.store.capture_object import Frame
from harlake.store.catalog_database import CatalogCursor, CatalogDatabase, ConflictError
from harlake.store.catalog_slices import kept_rows_sql, slices, table_slices
from harlake.store.database import BusyError
from harlake.store.schema import make_tables
from harlake.store.sessions import Session, insert_session, select_session, select_sessions
from harlake.store.timestamps import to_microseconds, utc_now
from harlake.store.unfinished import (
    delete_announced,
    ensure_unfinished,
    give_up,
    give_up_abandoned,
    insert_unfinished,
    is_announced,
    select_removed,
    select_unfinished,
    select_unknown,
)

#: Ids that one statement names, and those for which it returns rows of the index, of up to 256 KiB each.
_MOST_IDS: Final = 500
_MOST_KEPT_ROWS: Final = 64

#: Captures that are read at a time with the rows of their index: these have up to 256 KiB.
_SLICE_CAPTURES: Final = 128

_COMPLETE: Final = """
    INSERT INTO captures VALUES (?, ?, nextval('capture_order'), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


#: Captures in the order in which several sessions are shown.
_BY_SESSION: Final = """
    FROM captures c JOIN sessions s ON s.id = c.session WHERE {} ORDER BY s.created_us, s.id, c.number
"""


@dataclass(frozen=True, slots=True)
class CaptureRecord:
    """An imported HAR, as it is about to be completed; sizes in bytes.

    ``envelope`` is the frame that ends its object. ``entry_rows`` and ``page_rows`` are the index rows of a small
    capture, None where they are in files.
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
    pages: int
    entry_rows: bytes | None
    page_rows: bytes | None


class Catalog:
    """An open catalog; :meth:`close` it. Raises DataDirError where it is another version's."""

    def __init__(self, database: CatalogDatabase) -> None:
        self._database = database
        self._lists = CaptureLists()
        try:
            with database.writing() as cursor:
                make_tables(cursor, database)
        except BaseException:
            database.close()
            raise

    @property
    def database(self) -> CatalogDatabase:
        """The database, for what reads or writes tables as a whole."""
        return self._database

    def close(self) -> None:
        """Let go of the database; whoever comes later gets a DataDirError."""
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

    def sessions(self, limit: int | None = None, after: uuid.UUID | None = None) -> list[Session]:
        """Return sessions, newest first: all of them, or so many of those that come after one."""
        with self._database.reading() as cursor:
            return select_sessions(cursor, limit, after)

    def session_names(self) -> dict[uuid.UUID, str]:
        """Return the names of all sessions."""
        with self._database.reading() as cursor:
            return dict(cursor.execute("SELECT id, name FROM sessions").fetchall())

    def rename_session(self, session: uuid.UUID, name: str) -> None:
        """Rename a session. Raises SessionNotFoundError."""
        with self._database.writing() as cursor:
            if not cursor.execute("UPDATE sessions SET name = ? WHERE id = ? RETURNING id", [name, session]).fetchall():
                raise SessionNotFoundError

    def remove_session(self, session: uuid.UUID) -> list[uuid.UUID]:
        """Remove a session and its captures; return these, to be forgotten when their objects have gone.

        Raises SessionNotFoundError.
        """
        with self._database.writing() as cursor:
            if not cursor.execute("DELETE FROM sessions WHERE id = ? RETURNING id", [session]).fetchall():
                raise SessionNotFoundError
            return self._remove(cursor, "session", session)

    def remove_capture(self, capture: uuid.UUID) -> None:
        """Remove a complete capture, to be forgotten when its objects have gone. Raises CaptureNotFoundError."""
        with self._database.writing() as cursor:
            if not self._remove(cursor, "id", capture):
                raise CaptureNotFoundError(f"no capture {str(capture)!r}")

    # --- captures being written ----------------------------------------------------------------------------------

    def announce(self, capture: uuid.UUID) -> None:
        """Announce a capture before its first object: whatever a crash leaves of it can then be found."""
        self._database.ensure_alive()
        with self._database.writing() as cursor:
            insert_unfinished(cursor, [capture], "importing", self._database.node)

    def complete(self, capture: CaptureRecord, session: uuid.UUID, new_session: str | None) -> Session:
        """Make an announced capture visible in a session, which is created if ``new_session`` names it.

        Raises SessionNotFoundError when there is no such session (any more), and CatalogUnavailableError when the
        capture was given up. After any other error it may be visible nevertheless: :meth:`remove` it.
        """
        try:
            with self._database.writing() as cursor:
                return _complete(cursor, capture, session, new_session)
        except ConflictError:  # the session was removed at the same time
            raise SessionNotFoundError from None

    def remove(self, capture: uuid.UUID, new_session: uuid.UUID | None = None) -> None:
        """Let a capture be seen no more, nor a session that was created for it unless it holds another.

        It is unfinished until :meth:`forget`, also when it was forgotten before.
        """
        while True:
            # Again where a capture has come into the session at the same time, which now is not empty.
            with suppress(ConflictError), self._database.writing() as cursor:
                give_up(cursor, capture)  # which waits for what may be completing it
                self._remove(cursor, "id", capture)
                ensure_unfinished(cursor, capture, self._database.node)
                cursor.execute(
                    "DELETE FROM sessions WHERE id = ? AND NOT EXISTS (SELECT 1 FROM captures WHERE session = ?)",
                    [new_session, new_session],
                )
                return

    def forget(self, capture: uuid.UUID) -> None:
        """Remove the last trace of a capture whose objects are gone."""
        with self._database.writing() as cursor:
            cursor.execute("DELETE FROM unfinished WHERE capture = ?", [capture])

    def unfinished(self) -> list[uuid.UUID]:
        """Return the captures of which something may be left, but which are not complete."""
        with self._database.reading() as cursor:
            return select_unfinished(cursor, "importing", "removed")

    def is_announced(self, capture: uuid.UUID) -> bool:
        """Return whether somebody may be writing a capture."""
        with self._database.reading() as cursor:
            return is_announced(cursor, capture)

    def abandoned(self, is_written: Callable[[uuid.UUID], bool] = lambda _: True, grace: float = 0) -> list[uuid.UUID]:
        """Give up captures that nobody writes any more, and return all captures of which the objects are to go.

        Nobody does where the process that announced one has ended, nor, of those of this process, where ``is_written``
        says so. Whoever is writing one nevertheless cannot complete it. Those removed ``grace`` seconds ago are to go.
        """
        with self._database.writing() as cursor:
            give_up_abandoned(cursor, self._database, is_written)
            return select_removed(cursor, grace)

    def collecting(self) -> AbstractContextManager[bool]:
        """Be the one that collects what is left of captures; what is given is whether no other node is."""
        return self._database.lease()

    def stored_bytes(self) -> int:
        """Return how many bytes the objects of all complete captures have."""
        with self._database.reading() as cursor:
            sql = "SELECT CAST(coalesce(sum(object_bytes), 0) AS BIGINT) FROM captures"
            return int(cursor.execute(sql).fetchall()[0][0])

    def unknown(self, captures: Sequence[uuid.UUID]) -> set[uuid.UUID]:
        """Return which of some captures, 500 at most, the catalog knows nothing of: neither complete nor unfinished."""
        with self._database.reading() as cursor:
            return select_unknown(cursor, captures)

    def complete_ids(self) -> set[uuid.UUID]:
        """Return the ids of all complete captures."""
        with self._database.reading() as cursor:
            return {capture for (capture,) in cursor.execute("SELECT id FROM captures").fetchall()}

    # --- captures being read -------------------------------------------------------------------------------------

    def captures(self, session: uuid.UUID) -> list[Capture]:
        """Return the captures of a session, in the order in which they were imported."""
        with self._database.reading() as cursor:
            return self._lists.captures(cursor, session)

    def all_captures(self) -> list[Capture]:
        """Return the captures of all sessions, by session and in the order of their import."""
        return self._captures(_BY_SESSION.format("true"), [])

    def captures_by_id(self, ids: Sequence[uuid.UUID]) -> list[Capture]:
        """Return those captures that there are, by session and in the order of their import."""
        if len(ids) > _MOST_IDS:
            known = set(ids)
            return [capture for capture in self.all_captures() if capture.id in known]
        return self._captures(_BY_SESSION.format(_among("c.id", ids)), ids) if ids else []

    def described_captures(self, query: CaptureQuery, after: int, most: int) -> list[CaptureDescription]:
        """Return captures as clients see them, in the order of their completion, from the one after a number on."""
        with self._database.reading() as cursor:
            return select_captures(cursor, query, after, most)

    def capture_between(self, least: uuid.UUID, greatest: uuid.UUID) -> Capture | None:
        """Return the capture whose id is in the range, or None."""
        return next(iter(self.captures_between(least, greatest, 1)), None)

    def captures_between(self, least: uuid.UUID, greatest: uuid.UUID, most: int) -> list[Capture]:
        """Return captures whose ids are in the range, so many at most."""
        return self._captures(
            "FROM captures c WHERE c.id BETWEEN ? AND ? ORDER BY c.id LIMIT ?", [least, greatest, most]
        )

    def kept_rows(self, captures: Sequence[Capture], column: str) -> Iterator[tuple[uuid.UUID, bytes]]:
        """Yield what the catalog keeps of the index rows of captures, in their order, those that have gone left out.

        ``column`` is ``entry_rows`` or ``page_rows``.
        """
        for first in range(0, len(captures), _MOST_KEPT_ROWS):
            some = captures[first : first + _MOST_KEPT_ROWS]
            with self._database.reading() as cursor:
                rows = dict(cursor.execute(kept_rows_sql(column, [(one.id, one.number) for one in some])).fetchall())
            yield from ((one.id, rows[one.id]) for one in some if one.id in rows)

    def table(self, name: str) -> Iterator[pa.Table]:
        """Yield a copy of a table of :data:`catalog_slices.COPIED_TABLES`, some rows at a time."""
        return table_slices(self._database, name)

    def captures_with_rows(self, column: str) -> Iterator[list[tuple[Capture, bytes | None]]]:
        """Yield all captures in the order of their completion, some at a time, each with the index rows that are kept.

        ``column`` is ``entry_rows`` or ``page_rows``.
        """
        sql = f"SELECT c.number, c.{column}, {CAPTURE_COLUMNS} FROM captures c"
        for rows in slices(self._database, sql, "number", 0, _SLICE_CAPTURES):
            yield [(capture_from_row(capture), kept) for _, kept, *capture in rows]

    def _remove(self, cursor: CatalogCursor, column: str, value: uuid.UUID) -> list[uuid.UUID]:
        rows = cursor.execute(f"DELETE FROM captures WHERE {column} = ? RETURNING id", [value]).fetchall()
        removed = [capture for (capture,) in rows]
        insert_unfinished(cursor, removed, "removed", self._database.node)
        return removed

    def _captures(self, source: str, parameters: Sequence[object]) -> list[Capture]:
        with self._database.reading() as cursor:
            rows = cursor.execute(f"SELECT {CAPTURE_COLUMNS} {source}", parameters).fetchall()
        return list(map(capture_from_row, rows))


def _among(column: str, values: Sequence[object]) -> str:
    return f"{column} IN ({', '.join('?' * len(values))})"


def _complete(cursor: CatalogCursor, capture: CaptureRecord, session: uuid.UUID, new_session: str | None) -> Session:
    if not delete_announced(cursor, capture.id):
        raise CatalogUnavailableError("the catalog was out of reach for so long that the import was given up")
    if new_session is not None:
        insert_session(cursor, session, new_session, capture.created_at)
    cursor.execute(_COMPLETE, capture_values(capture, session))
    # Before it is committed: what fails after that would be taken for a failure of the import.
    completed = select_session(cursor, session)
    if completed is None:
        raise SessionNotFoundError
    return completed


def capture_values(capture: CaptureRecord, session: uuid.UUID) -> list[object]:
    """Return the values of a capture's row, all but its number, which is the third."""
    return [
        capture.id,
        session,
        to_microseconds(capture.created_at),
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
        capture.pages,
        capture.entry_rows is not None,
        capture.page_rows is not None,
        capture.entry_rows,
        capture.page_rows,
    ]
