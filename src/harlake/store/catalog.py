"""The catalog: a DuckDB database of sessions, captures and index rows. All SQL is in this module and in index.py.

Strategy: one database instance, a cursor per operation; writers take turns, readers never wait (DuckDB's MVCC).
A capture is begun, appended to in many small transactions, and completed in one; until then nobody sees it. That
keeps memory flat, which one long transaction would not.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from harlake.errors import DataDirError, DataDirInUseError, SessionNotFoundError
from harlake.har.envelope import Envelope, decoded
from harlake.store import index
from harlake.store.captures import disk_errors

#: Rows per row group of a table; a whole one is held in memory while it is filled. DuckDB's default is 122,880.
ROW_GROUP_SIZE: Final = 4_096

#: Bytes per block of the database file. DuckDB holds some blocks per column while it writes; of its default size,
#: 256 KiB, that takes 30 MB for the entries' 33 columns, and fails outright under a tighter memory limit.
BLOCK_SIZE: Final = 16_384

_ISO: Final = "'%Y-%m-%dT%H:%M:%S.%gZ'"


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
    """An imported HAR, as it is about to be completed; sizes in bytes."""

    id: uuid.UUID
    file_name: str | None
    created_at: datetime
    upload_bytes: int
    har_bytes: int
    object_bytes: int
    total: int
    imported: int
    sha256: str
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a frame is in its capture's object, and how many bytes of text it holds."""

    start: int
    length: int
    text_length: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry is: in which frame of which capture, and from where to where in the frame's text."""

    capture: uuid.UUID
    ordinal: int
    frame: Frame
    start: int
    length: int
    page_ref: str | None


@dataclass(frozen=True, slots=True)
class StoredCapture:
    """What an export needs to know of a complete capture."""

    id: uuid.UUID
    imported: int
    envelope: str


class Catalog:
    """An open catalog; :meth:`close` it, for only one process can have it."""

    def __init__(self, path: Path, memory_limit: str) -> None:
        self._lock = threading.Lock()
        try:
            self._database = duckdb.connect(
                config={"memory_limit": memory_limit, "threads": "1", "temp_directory": str(path) + ".tmp"}
            )
            self._database.execute(
                f"ATTACH '{_quoted(path)}' AS catalog (ROW_GROUP_SIZE {ROW_GROUP_SIZE}, BLOCK_SIZE {BLOCK_SIZE})"
            )
        except duckdb.IOException as error:
            if "lock" in str(error):
                raise DataDirInUseError(f"{path.parent} is in use by another harlake") from error
            raise DataDirError(f"cannot open {path}: {error}") from error
        except duckdb.Error as error:
            raise DataDirError(f"cannot open {path}: {error}") from error
        with self._write() as cursor:
            cursor.execute(files(__package__).joinpath("schema.sql").read_text("utf-8"))

    def try_write(self, rows: pa.Table) -> None:
        """Insert index rows and take them back: shows at start-up that writing works, and loads what it needs.

        The first insertion takes 80 ms longer than others, which would be the first upload's.
        """
        with self._cursor() as cursor, disk_errors():
            cursor.begin()
            _insert(cursor, index.INSERT_ENTRIES, uuid.UUID(int=0), rows)
            cursor.rollback()

    def close(self) -> None:
        """Write everything to the database file, and let go of it."""
        with self._lock:
            self._database.execute("USE memory")
            self._database.execute("DETACH catalog")
            self._database.close()

    def check(self) -> None:
        """Raise when the catalog cannot be read."""
        self._rows("SELECT 1 FROM sessions LIMIT 1")

    # --- sessions ------------------------------------------------------------------------------------------------

    def create_session(self, session: uuid.UUID, name: str, created_at: datetime | None = None) -> Session:
        """Add an empty session."""
        with self._write() as cursor:
            _insert_session(cursor, session, name, created_at or now())
        found = self.session(session)
        assert found is not None
        return found

    def session(self, session: uuid.UUID) -> Session | None:
        """Return a session, or None."""
        return next(self._sessions("WHERE s.id = ?", [session]), None)

    def sessions(self) -> list[Session]:
        """Return all sessions, newest first."""
        return list(self._sessions("", []))

    def _sessions(self, where: str, parameters: Sequence[object]) -> Iterator[Session]:
        rows = self._rows(
            f"""
            SELECT s.id, s.name, strftime(s.created_at, {_ISO}), coalesce(sum(c.imported), 0)::BIGINT, count(c.id)
            FROM sessions s LEFT JOIN captures c ON c.session = s.id AND c.state = 'complete'
            {where} GROUP BY ALL ORDER BY min(s.created_at) DESC, s.id
            """,
            parameters,
        )
        return (Session(*row) for row in rows)

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
        """Remove a session and all rows of its captures; return those, whose objects are to be deleted.

        They stay in state 'deleting' until :meth:`forget`. Raises SessionNotFoundError.
        """
        with self._write() as cursor:
            cursor.execute("DELETE FROM sessions WHERE id = ? RETURNING id", [session])
            if not cursor.fetchall():
                raise SessionNotFoundError
            cursor.execute(
                """
                UPDATE captures SET state = 'deleting', session = NULL, envelope = NULL
                WHERE session = ? RETURNING id
                """,
                [session],
            )
            captures = [row[0] for row in cursor.fetchall()]
            _delete_rows(cursor, captures)
        return captures

    # --- captures being written ----------------------------------------------------------------------------------

    def begin(self, capture: uuid.UUID) -> None:
        """Announce a capture, before its object is begun: whatever a crash leaves of it can then be found."""
        with self._write() as cursor:
            cursor.execute("INSERT INTO captures (id, state, created_at) VALUES (?, 'importing', ?)", [capture, now()])

    def append(self, capture: uuid.UUID, frames: pa.Table, rows: pa.Table) -> None:
        """Add rows of frames (:func:`index.frame_rows`) and of entries (:func:`index.record_batch`) of a capture."""
        with self._write() as cursor:
            _insert(cursor, index.INSERT_FRAMES, capture, frames)
            _insert(cursor, index.INSERT_ENTRIES, capture, rows)

    def complete(self, capture: Capture, session: uuid.UUID, new_session: str | None) -> Session:
        """Make a capture visible in a session, which is created if ``new_session`` names it.

        Raises SessionNotFoundError when there is no such session (any more).
        """
        with self._write() as cursor:
            if new_session is not None:
                _insert_session(cursor, session, new_session, capture.created_at)
            elif not cursor.execute("SELECT 1 FROM sessions WHERE id = ?", [session]).fetchall():
                raise SessionNotFoundError
            _insert_pages(cursor, capture)
            cursor.execute(
                """
                UPDATE captures SET state = 'complete', session = ?, created_at = ?, file_name = ?, upload_bytes = ?,
                    har_bytes = ?, object_bytes = ?, total = ?, imported = ?, sha256 = ?, envelope = ?
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
                    capture.envelope.text().decode(),
                    capture.id,
                ],
            )
        found = self.session(session)
        if found is None:  # removed in this very moment
            raise SessionNotFoundError
        return found

    def remove(self, capture: uuid.UUID) -> None:
        """Remove all rows of a capture but its own, which stays in state 'deleting' until :meth:`forget`."""
        with self._write() as cursor:
            cursor.execute("UPDATE captures SET state = 'deleting' WHERE id = ?", [capture])
            _delete_rows(cursor, [capture])

    def forget(self, capture: uuid.UUID) -> None:
        """Remove the last trace of a capture whose object is gone."""
        with self._write() as cursor:
            cursor.execute("DELETE FROM captures WHERE id = ? AND state = 'deleting'", [capture])

    def unfinished(self) -> list[uuid.UUID]:
        """Return the captures that a crash left half imported or half deleted."""
        return [row[0] for row in self._rows("SELECT id FROM captures WHERE state <> 'complete'")]

    def complete_ids(self) -> set[uuid.UUID]:
        """Return the ids of all complete captures."""
        return {row[0] for row in self._rows("SELECT id FROM captures WHERE state = 'complete'")}

    # --- captures being read -------------------------------------------------------------------------------------

    def captures(self, session: uuid.UUID) -> list[StoredCapture]:
        """Return the captures of a session, in the order in which they were imported."""
        return [
            StoredCapture(*row)
            for row in self._rows(
                """
                SELECT id, imported, envelope FROM captures
                WHERE session = ? AND state = 'complete' ORDER BY created_at, id
                """,
                [session],
            )
        ]

    def captures_by_id(self, ids: Sequence[uuid.UUID]) -> list[StoredCapture]:
        """Return those of the captures that are complete, by session and in the order of their import."""
        return [
            StoredCapture(*row)
            for row in self._rows(
                """
                SELECT c.id, c.imported, c.envelope FROM captures c JOIN sessions s ON s.id = c.session
                WHERE list_contains(?, c.id) AND c.state = 'complete'
                ORDER BY s.created_at, s.id, c.created_at, c.id
                """,
                [list(ids)],
            )
        ]

    def capture_between(self, least: uuid.UUID, greatest: uuid.UUID) -> uuid.UUID | None:
        """Return the complete capture whose id is in the range, or None."""
        rows = self._rows("SELECT id FROM captures WHERE id BETWEEN ? AND ? AND state = 'complete'", [least, greatest])
        return next((row[0] for row in rows), None)

    def frames(self, capture: uuid.UUID) -> list[Frame]:
        """Return the frames of a capture that hold entries, in order."""
        return [
            Frame(*row)
            for row in self._rows(
                "SELECT start, length, text_length FROM frames WHERE capture = ? ORDER BY number", [capture]
            )
        ]

    def places(self, capture: uuid.UUID, ordinals: Sequence[int]) -> list[Place]:
        """Return where entries of a capture are, in the order of their ordinals; unknown ones are left out."""
        rows = self._rows(
            """
            SELECT e.capture, e.ordinal, f.start, f.length, f.text_length, e.start, e.length, e.page_ref
            FROM entries e JOIN frames f ON f.capture = e.capture AND f.number = e.frame
            WHERE e.capture = $capture AND e.ordinal BETWEEN $first AND $last
                AND e.ordinal IN (SELECT unnest($ordinals::BIGINT[]))
            ORDER BY e.ordinal
            """,
            {
                "capture": capture,
                "first": min(ordinals, default=0),
                "last": max(ordinals, default=0),
                "ordinals": list(ordinals),
            },
        )
        return [Place(row[0], row[1], Frame(row[2], row[3], row[4]), *row[5:]) for row in rows]

    def entries(self, capture: uuid.UUID, first: int, limit: int) -> list[dict[str, Any]]:
        """Return the index rows of at most ``limit`` entries from an ordinal on."""
        rows = self._rows(
            f"""
            SELECT ordinal, strftime(started_at, {_ISO}) AS startedDateTime, method, url, host, path, status,
                status_text AS statusText, http_version AS httpVersion, mime_type AS mimeType,
                resource_type AS resourceType, page_ref AS pageref, server_ip AS serverIPAddress, connection,
                time_ms AS time, request_size AS requestSize, response_size AS responseSize,
                content_size AS contentSize, transfer_size AS transferSize, error, from_cache AS fromCache,
                has_body AS hasBody, length AS bytes
            FROM entries WHERE capture = ? AND ordinal >= ? AND ordinal < ? ORDER BY ordinal
            """,
            [capture, first, first + limit],
            named=True,
        )
        return list(rows)

    # --- plumbing ------------------------------------------------------------------------------------------------

    def _rows(
        self, sql: str, parameters: Sequence[object] | dict[str, object] = (), *, named: bool = False
    ) -> list[Any]:
        with self._cursor() as cursor:
            cursor.execute(sql, parameters)
            rows = cursor.fetchall()
            if not named:
                return rows
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in rows]

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._database.cursor()
        try:
            cursor.execute("USE catalog; SET TimeZone = 'UTC'")
            yield cursor
        finally:
            cursor.close()

    @contextmanager
    def _write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A transaction; writers take turns."""
        with self._lock, self._cursor() as cursor, disk_errors():
            cursor.begin()
            try:
                yield cursor
                cursor.commit()
            except BaseException:
                with suppress(duckdb.Error):  # DuckDB rolls back by itself where a commit fails
                    cursor.rollback()
                raise


def now() -> datetime:
    """Return the time, with its zone."""
    return datetime.now(UTC)


def _insert_session(cursor: duckdb.DuckDBPyConnection, session: uuid.UUID, name: str, created_at: datetime) -> None:
    cursor.execute("INSERT INTO sessions VALUES (?, ?, ?)", [session, name, created_at])


def _insert(cursor: duckdb.DuckDBPyConnection, sql: str, capture: uuid.UUID, rows: pa.Table) -> None:
    cursor.register(index.ROWS, rows)
    try:
        cursor.execute(sql, {"capture": str(capture)})
    finally:
        cursor.unregister(index.ROWS)


def _insert_pages(cursor: duckdb.DuckDBPyConnection, capture: Capture) -> None:
    rows = [_page(number, page) for number, page in enumerate(capture.envelope.pages())]
    if rows:
        cursor.executemany(f"INSERT INTO pages SELECT '{capture.id}', ?, ?, ?, try_cast(? AS TIMESTAMPTZ), ?, ?", rows)


def _page(number: int, text: bytes) -> list[object]:
    page = decoded(text)
    page = page if isinstance(page, dict) else {}
    timings = page.get("pageTimings")
    timings = timings if isinstance(timings, dict) else {}
    return [
        number,
        *(_typed(page.get(name), str) for name in ("id", "title", "startedDateTime")),
        *(_typed(timings.get(name), (int, float)) for name in ("onContentLoad", "onLoad")),
    ]


def _typed(value: object, kind: type | tuple[type, ...]) -> object:
    if isinstance(value, int | float):
        value = float(value)
    return value if isinstance(value, kind) else None


def _delete_rows(cursor: duckdb.DuckDBPyConnection, captures: Sequence[uuid.UUID]) -> None:
    for table in ("entries", "frames", "pages"):
        for capture in captures:
            cursor.execute(f"DELETE FROM {table} WHERE capture = ?", [capture])


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
