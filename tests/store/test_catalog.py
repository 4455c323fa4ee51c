"""The catalog: captures are seen when they are complete, and until they are removed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from harlake.errors import DataDirError, SessionNotFoundError
from harlake.store import catalog as catalog_module
from harlake.store.capture_object import Frame
from harlake.store.catalog import Capture, CaptureRecord, Catalog
from harlake.store.database import Database
from harlake.store.schema import VERSION

_CAPTURE, _OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
_SESSION, _UNKNOWN = uuid.UUID(int=10), uuid.UUID(int=99)
_CREATED = datetime(2024, 2, 28, 16, tzinfo=UTC)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """An empty catalog."""
    opened = Catalog(Database(tmp_path / "catalog.duckdb"))
    yield opened
    opened.close()


def _record(
    capture: uuid.UUID, imported: int = 3, *, rows: bytes | None = b"rows", created_at: datetime = _CREATED
) -> CaptureRecord:
    frame = Frame(4, 2, 8)
    return CaptureRecord(capture, "x.har", created_at, 10, 20, 5, imported, imported, "ab", frame, 1, rows, None)


def _import(catalog: Catalog, capture: uuid.UUID, session: uuid.UUID = _SESSION, name: str | None = None) -> None:
    catalog.announce(capture)
    catalog.complete(_record(capture), session, name)


def _ids(captures: list[Capture]) -> list[int]:
    return [capture.id.int for capture in captures]


def test_a_capture_is_seen_when_it_is_complete(catalog: Catalog) -> None:
    """Before, it is unfinished; then it is in its session, which counts it."""
    catalog.announce(_CAPTURE)
    assert (catalog.unfinished(), catalog.complete_ids(), catalog.all_captures()) == ([_CAPTURE], set(), [])
    assert catalog.capture_between(_CAPTURE, _CAPTURE) is None
    session = catalog.complete(_record(_CAPTURE), _SESSION, "Mine")
    assert (session.name, session.entry_count, session.capture_count) == ("Mine", 3, 1)
    assert session.created_at == "2024-02-28T16:00:00.000Z"
    assert (catalog.unfinished(), catalog.complete_ids()) == ([], {_CAPTURE})
    capture = Capture(_CAPTURE, 3, Frame(4, 2, 8), 1, keeps_entries=True, keeps_pages=False)
    assert catalog.captures(_SESSION) == catalog.all_captures() == [capture]
    assert catalog.captures_by_id([_CAPTURE, _OTHER]) == [capture]
    assert catalog.captures_by_id([_OTHER]) == catalog.captures_by_id([]) == catalog.captures(_UNKNOWN) == []
    assert catalog.capture_between(uuid.UUID(int=0), _OTHER) == capture


def test_a_capture_says_where_its_rows_are() -> None:
    """Each table's are in the catalog or in a file."""
    capture = Capture(_CAPTURE, 3, Frame(4, 2, 8), 1, keeps_entries=True, keeps_pages=False)
    assert [(capture.keeps(table), capture.rows_of(table)) for table in ("entries", "pages")] == [(True, 3), (False, 1)]


def test_a_capture_of_a_session_that_has_gone_is_refused(catalog: Catalog) -> None:
    """Nothing of the transaction is there afterwards."""
    catalog.announce(_CAPTURE)
    with pytest.raises(SessionNotFoundError):
        catalog.complete(_record(_CAPTURE), _SESSION, None)
    assert (catalog.unfinished(), catalog.complete_ids()) == ([_CAPTURE], set())


def test_captures_are_in_the_order_of_their_completion(catalog: Catalog) -> None:
    """Whatever the clock said when they began; sessions by age, and of the same age by id."""
    captures = [uuid.UUID(int=number) for number in (5, 3, 4)]
    catalog.create_session(_SESSION, "old", _CREATED)
    catalog.create_session(_OTHER, "older", _CREATED - timedelta(days=1))
    for number, capture in enumerate(captures):
        catalog.announce(capture)
        catalog.complete(_record(capture, created_at=_CREATED - timedelta(hours=number)), _SESSION, None)
    _import(catalog, _CAPTURE, _OTHER)
    assert _ids(catalog.captures(_SESSION)) == [5, 3, 4]
    assert _ids(catalog.all_captures()) == [1, 5, 3, 4]
    assert _ids(catalog.captures_by_id([*captures[1:], _CAPTURE])) == [1, 3, 4]
    _import(catalog, _UNKNOWN)
    assert _ids(catalog.captures(_SESSION)) == [5, 3, 4, 99]


def test_any_number_of_ids_is_looked_up(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than one statement names as well; each capture once."""
    monkeypatch.setattr(catalog_module, "_MOST_IDS", 2)
    monkeypatch.setattr(catalog_module, "_MOST_KEPT_ROWS", 2)
    catalog.create_session(_SESSION, "Mine", _CREATED)
    captures = [uuid.UUID(int=number) for number in range(1, 6)]
    for capture in captures:
        _import(catalog, capture)
    asked = [*captures[:3], _UNKNOWN, captures[0]]
    assert _ids(catalog.captures_by_id(asked)) == [1, 2, 3]
    found = catalog.captures(_SESSION)[::-1]
    assert list(catalog.kept_rows(found, "entry_rows")) == [(capture, b"rows") for capture in captures[::-1]]
    assert list(catalog.kept_rows(found, "page_rows")) == list(catalog.kept_rows([], "entry_rows")) == []


def test_sessions_are_made_and_renamed(catalog: Catalog) -> None:
    """The newest comes first."""
    catalog.create_session(_SESSION, "One", _CREATED)
    other = catalog.create_session(uuid.UUID(int=11), "Two")
    assert [session.name for session in catalog.sessions()] == ["Two", "One"]
    catalog.rename_session(other.id, "Zwei")
    assert [(one.name, one.created_at[:4] == "2024") for one in catalog.sessions()] == [("Zwei", False), ("One", True)]
    assert catalog.session_names() == {other.id: "Zwei", _SESSION: "One"}
    assert catalog.session(_UNKNOWN) is None
    with pytest.raises(SessionNotFoundError):
        catalog.rename_session(_UNKNOWN, "none")
    with pytest.raises(SessionNotFoundError):
        catalog.remove_session(_UNKNOWN)


def test_a_removed_session_takes_its_captures_until_they_are_forgotten(catalog: Catalog) -> None:
    """They are seen no more, but known as long as something of them may be left."""
    _import(catalog, _CAPTURE, name="Mine")
    _import(catalog, _OTHER)
    catalog.forget(_CAPTURE)
    assert catalog.complete_ids() == {_CAPTURE, _OTHER}
    captures = catalog.captures(_SESSION)
    assert set(catalog.remove_session(_SESSION)) == {_CAPTURE, _OTHER}
    assert (catalog.sessions(), catalog.all_captures(), catalog.complete_ids()) == ([], [], set())
    assert list(catalog.kept_rows(captures, "entry_rows")) == []
    assert set(catalog.unfinished()) == {_CAPTURE, _OTHER}
    catalog.forget(_CAPTURE)
    assert catalog.unfinished() == [_OTHER]


@pytest.mark.parametrize("is_shared", [True, False])
def test_a_removed_capture_takes_its_new_session_along(catalog: Catalog, is_shared: bool) -> None:
    """Unless another capture has come into it."""
    _import(catalog, _CAPTURE, name="Mine")
    if is_shared:
        _import(catalog, _OTHER)
    catalog.remove(_CAPTURE, _SESSION)
    assert [session.capture_count for session in catalog.sessions()] == ([1] if is_shared else [])
    assert catalog.unfinished() == [_CAPTURE]


def test_a_capture_that_never_was_complete_is_removed(catalog: Catalog) -> None:
    """It is unfinished already, and sessions stay."""
    catalog.create_session(_SESSION, "Mine")
    catalog.announce(_CAPTURE)
    catalog.remove(_CAPTURE)
    assert (catalog.unfinished(), len(catalog.sessions())) == ([_CAPTURE], 1)
    catalog.forget(_CAPTURE)
    assert catalog.unfinished() == []


def test_a_state_that_is_not_known_is_left_alone(catalog: Catalog) -> None:
    """It may be another version's, and its capture is not removed."""
    catalog.announce(_CAPTURE)
    catalog.announce(_OTHER)
    with catalog._database.writing() as cursor:
        cursor.execute("UPDATE unfinished SET state = 'moving' WHERE capture = ?", [_CAPTURE])
    assert catalog.unfinished() == [_OTHER]


def test_tables_are_copied(catalog: Catalog) -> None:
    """For queries of clients, with ids and times as they are stored, and without rows of the index."""
    assert [list(catalog.table(name)) for name in ("sessions", "captures")] == [[], []]
    _import(catalog, _CAPTURE, name="Mine")
    microseconds = int(_CREATED.timestamp()) * 1_000_000
    (session,) = pa.concat_tables(catalog.table("sessions")).to_pylist()
    assert session == {"id": _SESSION, "name": "Mine", "created_us": microseconds}
    table = pa.concat_tables(catalog.table("captures"))
    sizes = {"upload_bytes": 10, "har_bytes": 20, "object_bytes": 5, "total": 3, "imported": 3}
    ids = {"id": _CAPTURE, "session": _SESSION, "created_us": microseconds}
    assert table.to_pylist() == [ids | sizes | {"file_name": "x.har", "sha256": "ab"}]
    assert table.schema.field("id").type == pa.uuid()


def test_a_catalog_that_is_busy_is_well(catalog: Catalog) -> None:
    """Whoever asks whether it is does not wait."""
    with catalog._database.reading():
        catalog.check()
    catalog.check()


def test_a_closed_catalog_says_so(catalog: Catalog) -> None:
    """To whoever comes later."""
    catalog.close()
    with pytest.raises(DataDirError, match="is closed"):
        catalog.sessions()
    with pytest.raises(DataDirError, match="is closed"):
        catalog.check()


def test_a_catalog_is_what_it_was_when_it_was_closed(tmp_path: Path, catalog: Catalog) -> None:
    """Also the sequence of captures goes on where it was."""
    for number in (3, 2):
        _import(catalog, uuid.UUID(int=number), name="Mine" if number == 3 else None)
    catalog.close()
    again = Catalog(Database(tmp_path / "catalog.duckdb"))
    _import(again, _CAPTURE)
    assert _ids(again.captures(_SESSION)) == [3, 2, 1]
    again.close()


def test_a_catalog_of_another_version_lets_go_of_its_file(tmp_path: Path, catalog: Catalog) -> None:
    """It can be opened by what understands it, in the same process, too."""
    catalog.close()
    path = tmp_path / "catalog.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute("UPDATE store SET version = ?", [VERSION + 1])
    before = path.read_bytes()
    with pytest.raises(DataDirError, match=r"made by a newer version of harlake .*`harlake reindex` makes one"):
        Catalog(Database(path))
    assert path.read_bytes() == before
    with duckdb.connect(str(path)) as database:
        assert database.execute("SELECT version FROM store").fetchall() == [(VERSION + 1,)]
