"""The catalog: captures are seen when they are complete, and until they are hidden."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from harlake.errors import BadRequestError, DataDirError, DataDirInUseError, SessionNotFoundError
from harlake.limits import MAX_TEXT_BYTES
from harlake.store import index
from harlake.store.capture_object import Frame
from harlake.store.catalog import Capture, CaptureRecord, Catalog
from harlake.store.database import ROW_GROUP_SIZE

_CAPTURE, _OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
_SESSION = uuid.UUID(int=10)
_CREATED = datetime(2024, 2, 28, 16, tzinfo=UTC)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """An empty catalog."""
    opened = Catalog(tmp_path / "catalog.duckdb", "16MB")
    yield opened
    opened.close()


def _append(catalog: Catalog, capture: uuid.UUID, count: int) -> None:
    rows = index.sample_rows().take([0] * count).set_column(0, "ordinal", [pa.array(range(count), pa.int64())])
    catalog.append(capture, index.frame_rows([index.FrameRow(0, 0, 1, 1, 0, count)]), rows)


def _record(capture: uuid.UUID, imported: int = 3) -> CaptureRecord:
    pages = index.page_rows([b'{"id":"p"}'])
    return CaptureRecord(capture, "x.har", _CREATED, 10, 20, 5, imported, imported, "ab", Frame(4, 2, 8), pages)


def _counts(catalog: Catalog) -> list[int]:
    return [
        catalog.rows(f"SELECT count(*) FROM {table}")[0][0]
        for table in ("sessions", "captures", "frames", "pages", "entries")
    ]


def test_a_capture_is_seen_when_it_is_complete(catalog: Catalog) -> None:
    """Before, it is unfinished; then it is in its session, which counts it."""
    catalog.begin(_CAPTURE)
    _append(catalog, _CAPTURE, 3)
    assert (catalog.unfinished(), catalog.complete_ids(), catalog.all_captures()) == ([_CAPTURE], set(), [])
    assert catalog.capture_between(_CAPTURE, _CAPTURE) is None
    session = catalog.complete(_record(_CAPTURE), _SESSION, "Mine")
    assert (session.name, session.entry_count, session.capture_count) == ("Mine", 3, 1)
    assert session.created_at == "2024-02-28T16:00:00.000Z"
    assert (catalog.unfinished(), catalog.complete_ids()) == ([], {_CAPTURE})
    capture = Capture(_CAPTURE, 3, Frame(4, 2, 8))
    assert (
        catalog.captures(_SESSION) == catalog.all_captures() == catalog.captures_by_id([_CAPTURE, _OTHER]) == [capture]
    )
    assert catalog.captures_by_id([_OTHER]) == catalog.captures(uuid.UUID(int=11)) == []
    assert catalog.capture_between(uuid.UUID(int=0), _OTHER) == _CAPTURE
    assert catalog.table("SELECT count(*) AS n FROM pages").to_pylist() == [{"n": 1}]


def test_a_capture_of_a_session_that_has_gone_is_refused(catalog: Catalog) -> None:
    """Nothing of the transaction is there afterwards."""
    catalog.begin(_CAPTURE)
    with pytest.raises(SessionNotFoundError):
        catalog.complete(_record(_CAPTURE), _SESSION, None)
    assert catalog.unfinished() == [_CAPTURE]
    assert _counts(catalog) == [0, 1, 0, 0, 0]


def test_sessions_are_made_renamed_and_backdated(catalog: Catalog) -> None:
    """The newest comes first, and a session is as old as its oldest capture."""
    catalog.create_session(_SESSION, "One", _CREATED)
    other = catalog.create_session(uuid.UUID(int=11), "Two")
    assert [session.name for session in catalog.sessions()] == ["Two", "One"]
    catalog.rename_session(other.id, "Zwei")
    catalog.backdate_session(other.id, datetime(2020, 1, 1, tzinfo=UTC))
    catalog.backdate_session(_SESSION, datetime(2030, 1, 1, tzinfo=UTC))
    assert [(one.name, one.created_at[:4]) for one in catalog.sessions()] == [("One", "2024"), ("Zwei", "2020")]
    assert catalog.session(_CAPTURE) is None
    with pytest.raises(SessionNotFoundError):
        catalog.rename_session(_CAPTURE, "none")
    with pytest.raises(SessionNotFoundError):
        catalog.remove_session(_CAPTURE)


def test_a_removed_session_hides_its_captures_until_they_are_forgotten(catalog: Catalog) -> None:
    """Rows go in steps, and then the last trace; a capture that is still seen is not forgotten."""
    for capture in (_CAPTURE, _OTHER):
        catalog.begin(capture)
        _append(catalog, capture, 3)
        catalog.complete(_record(capture), _SESSION, None if capture == _OTHER else "Mine")
    catalog.forget(_CAPTURE)
    assert set(catalog.remove_session(_SESSION)) == {_CAPTURE, _OTHER}
    assert (catalog.sessions(), catalog.all_captures()) == ([], [])
    assert set(catalog.unfinished()) == {_CAPTURE, _OTHER}
    catalog.remove_rows(_CAPTURE)
    assert _counts(catalog) == [0, 2, 1, 1, 3]
    catalog.forget(_CAPTURE)
    assert catalog.unfinished() == [_OTHER]


@pytest.mark.parametrize("shared", [True, False])
def test_a_hidden_capture_takes_its_new_session_along(catalog: Catalog, shared: bool) -> None:
    """Unless another capture has come into it."""
    catalog.begin(_CAPTURE)
    catalog.complete(_record(_CAPTURE), _SESSION, "Mine")
    if shared:
        catalog.begin(_OTHER)
        catalog.complete(_record(_OTHER), _SESSION, None)
    catalog.hide(_CAPTURE, _SESSION)
    assert [session.capture_count for session in catalog.sessions()] == ([1] if shared else [])
    assert catalog.unfinished() == [_CAPTURE]


def test_very_many_rows_are_removed_in_steps(catalog: Catalog) -> None:
    """More than DuckDB can hold at a time: there are checkpoints in between, and nothing is left."""
    count = 20 * ROW_GROUP_SIZE + 1
    catalog.begin(_CAPTURE)
    _append(catalog, _CAPTURE, count)
    assert _counts(catalog) == [0, 1, 1, 0, count]
    catalog.hide(_CAPTURE)
    catalog.remove_rows(_CAPTURE)
    assert _counts(catalog) == [0, 1, 0, 0, 0]


def test_heavy_rows_get_more_memory_beforehand(catalog: Catalog, caplog: pytest.LogCaptureFixture) -> None:
    """Rows of long texts would else be written to the disk and read again."""
    rows = index.sample_rows().take([0] * 3)
    for column in ("method", "status_text", "http_version", "page_ref", "connection"):
        rows = rows.set_column(rows.column_names.index(column), column, [["x" * MAX_TEXT_BYTES] * 3])
    catalog.begin(_CAPTURE)
    _append(catalog, _CAPTURE, 3)
    assert caplog.messages == []
    catalog.append(_CAPTURE, index.frame_rows([]), rows)
    assert caplog.messages == ["DuckDB gets 128MB until the next start"]
    assert _counts(catalog) == [0, 1, 1, 0, 6]


def test_a_catalog_that_is_busy_is_well(catalog: Catalog) -> None:
    """Whoever asks whether it is does not wait."""
    with catalog.client_query():
        catalog.check()


def test_trying_to_write_leaves_nothing(catalog: Catalog) -> None:
    """It only shows that rows can be inserted."""
    catalog.try_write(index.sample_rows())
    assert _counts(catalog) == [0, 0, 0, 0, 0]
    catalog.check()


def test_a_pattern_that_duckdb_cannot_take_is_refused(catalog: Catalog) -> None:
    """The error says which, and the catalog goes on."""
    catalog.check_pattern("^a+$")
    with pytest.raises(BadRequestError, match=r"'\(' is no regular expression"):
        catalog.check_pattern("(")
    assert catalog.sessions() == []


def test_a_catalog_of_an_earlier_version_says_what_to_do(tmp_path: Path) -> None:
    """It can be opened to read its sessions, and only for that."""
    path = tmp_path / "catalog.duckdb"
    catalog = Catalog(path, "16MB")
    catalog.create_session(_SESSION, "Mine")
    catalog.close()
    with duckdb.connect(str(path)) as database:
        database.execute("ALTER TABLE entries DROP COLUMN failed")
    with pytest.raises(DataDirError, match="made by an earlier version; `harlake reindex`"):
        Catalog(path, "16MB")
    outdated = Catalog(path, "16MB", outdated=True)
    assert [session.name for session in outdated.sessions()] == ["Mine"]
    outdated.close()
    with pytest.raises(DataDirError, match="is closed"):
        outdated.sessions()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """Whatever DuckDB says of it is in the error."""
    path = tmp_path / "catalog.duckdb"
    path.write_bytes(b"no database" * 2_000)
    with pytest.raises(DataDirError, match=f"cannot open {path}") as raised:
        Catalog(path, "16MB")
    assert not isinstance(raised.value, DataDirInUseError)
