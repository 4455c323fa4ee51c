"""What is taken over from a catalog that is rebuilt, whichever version made it."""

from __future__ import annotations

import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from harlake.errors import DataDirInUseError
from harlake.store import address_file
from harlake.store.capture_object import Frame
from harlake.store.catalog import CaptureRecord, Catalog
from harlake.store.database import Database
from harlake.store.old_catalog import OldCatalog, read_old_catalog
from tests.support.old_catalogs import write_earlier_catalog

_CREATED = datetime(2024, 2, 28, 16, 0, 0, 123_456, tzinfo=UTC)
_SESSIONS = [(uuid.UUID(int=number), f"'S{number}'\n", _CREATED - timedelta(days=number)) for number in (3, 4)]
#: Captures by age, of which two have the same.
_TIMES = {uuid.UUID(int=number): _CREATED + timedelta(hours=hours) for number, hours in ((9, 0), (7, 1), (8, 1))}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the catalog is."""
    return tmp_path / "catalog.duckdb"


def _write(path: Path) -> None:
    """Write a catalog of this version, whose captures were completed the other way round than they began."""
    catalog = Catalog(Database(path))
    for session in _SESSIONS:
        catalog.create_session(*session)
    for capture, created_at in reversed(_TIMES.items()):
        record = CaptureRecord(capture, None, created_at, 1, 1, 1, 0, 0, "", Frame(0, 1, 1), 0, b"", b"")
        catalog.announce(capture)
        catalog.complete(record, _SESSIONS[0][0], None)
    catalog.close()


def test_a_catalog_knows_its_sessions_and_the_order_of_captures(path: Path) -> None:
    """Times to the microsecond, captures by their numbers."""
    _write(path)
    old = read_old_catalog(path)
    assert (sorted(old.sessions), old.captures, old.is_understood) == (_SESSIONS, [*reversed(_TIMES)], True)


def test_an_earlier_catalog_knows_the_same(path: Path) -> None:
    """Captures have the order that they had: by their times, and of those that have the same, by id."""
    session = _SESSIONS[0][0]
    write_earlier_catalog(path, _SESSIONS, [(capture, session, time) for capture, time in reversed(_TIMES.items())])
    old = read_old_catalog(path)
    assert (sorted(old.sessions), old.captures, old.is_understood) == (_SESSIONS, [*_TIMES], True)
    assert (old.unfinished, old.is_earlier) == ([], True)


@pytest.mark.parametrize("is_earlier", [True, False])
def test_captures_that_are_not_complete_are_known(path: Path, is_earlier: bool) -> None:
    """One in a state that this version does not know is left alone, and the catalog is kept."""
    removed, other = uuid.UUID(int=20), uuid.UUID(int=21)
    if is_earlier:
        write_earlier_catalog(path, _SESSIONS, [], [removed, other])
        change = "UPDATE captures SET state = 'archived' WHERE id = ?"
    else:
        _write(path)
        change = "INSERT INTO unfinished VALUES ('00000000-0000-0000-0000-000000000014', 'importing', 0, 0)"
        change += ", (?, 'archived', 0, 0)"
    assert read_old_catalog(path).is_understood
    with duckdb.connect(str(path)) as database:
        database.execute(change, [other])
    old = read_old_catalog(path)
    assert (old.unfinished, old.is_understood, old.is_earlier) == ([removed], False, is_earlier)


def test_a_newer_catalog_is_not_understood(path: Path) -> None:
    """What is known of it is taken over."""
    _write(path)
    with duckdb.connect(str(path)) as database:
        database.execute("UPDATE store SET version = 99")
        database.execute("ALTER TABLE captures DROP COLUMN number")
    old = read_old_catalog(path)
    assert (sorted(old.sessions), old.captures, old.is_understood) == (_SESSIONS, [], False)


@pytest.mark.parametrize("change", ["ALTER TABLE sessions ADD COLUMN owner VARCHAR", "DROP TABLE unfinished"])
def test_a_catalog_with_other_columns_is_not_understood(path: Path, change: str) -> None:
    """What is known of it is taken over; whoever changed it may have put something there that nobody else has."""
    _write(path)
    with duckdb.connect(str(path)) as database:
        database.execute(change)
    old = read_old_catalog(path)
    assert (sorted(old.sessions), old.captures) == (_SESSIONS, [*reversed(_TIMES)])
    assert not old.is_understood
    assert not old.is_earlier


def test_what_is_no_catalog_is_not_understood(path: Path) -> None:
    """Nothing is known of it."""
    path.write_bytes(b"no database" * 2_000)
    assert read_old_catalog(path) == OldCatalog(is_understood=False)


def test_a_damaged_catalog_is_not_understood(path: Path) -> None:
    """Whatever DuckDB makes of each damage, nothing is lost with it that was not read."""
    _write(path)
    whole = path.read_bytes()
    for offset in range(4_096, len(whole), 16_384):
        path.write_bytes(whole[:offset] + bytes(64) + whole[offset + 64 :])
        old = read_old_catalog(path)
        assert not old.is_understood or (sorted(old.sessions), len(old.captures)) == (_SESSIONS, len(_TIMES))


def test_where_there_is_none_nothing_is_lost(path: Path) -> None:
    """And none is made."""
    assert read_old_catalog(path) == OldCatalog(is_understood=True)
    assert not path.exists()


def test_a_catalog_that_is_in_use_is_not_read(path: Path) -> None:
    """As an earlier version may, which has no other lock; the error says where it is served."""
    _write(path)
    address_file.write(path.parent, "http://127.0.0.1:1")
    code = f"import duckdb, sys; d = duckdb.connect({str(path)!r}); print(flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(DataDirInUseError, match=r"in use by the service at http://127\.0\.0\.1:1"):
            read_old_catalog(path)
        other.communicate()
