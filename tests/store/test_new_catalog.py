"""A new catalog beside the present one, which it replaces in one step or not at all."""

from __future__ import annotations

import logging
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from harlake.errors import InsufficientStorageError
from harlake.store.catalog import Catalog
from harlake.store.database import Database
from harlake.store.ids import new_id
from harlake.store.new_catalog import NewCatalog


def _names(path: Path) -> list[str]:
    with closing(Catalog(Database(path))) as catalog:
        return [session.name for session in catalog.sessions()]


@pytest.fixture
def present(tmp_path: Path) -> Path:
    """A catalog with a session."""
    path = tmp_path / "catalog.duckdb"
    with closing(Catalog(Database(path))) as catalog:
        catalog.create_session(new_id(), "present")
    return path


def _begin(folder: Path, name: str, *, afresh: bool = False) -> NewCatalog:
    new = NewCatalog(folder, afresh=afresh)
    new.catalog.create_session(new_id(), name)
    return new


def test_it_takes_the_place_of_the_present_one(present: Path) -> None:
    """And nothing else is left."""
    new = _begin(present.parent, "new")
    assert _names(present) == ["present"]
    new.replace()
    assert _names(present) == ["new"]
    assert [path.name for path in present.parent.iterdir()] == [present.name]


def test_one_that_was_left_is_gone_on_with(present: Path) -> None:
    """Unless it is to be begun afresh; removed, it leaves everything as it was."""
    _begin(present.parent, "one").close()
    _begin(present.parent, "two").close()
    assert sorted(_names(present.with_name("catalog.duckdb.new"))) == ["one", "two"]
    new = _begin(present.parent, "three", afresh=True)
    assert [session.name for session in new.catalog.sessions()] == ["three"]
    new.remove()
    assert [path.name for path in present.parent.iterdir()] == [present.name]


@pytest.mark.parametrize("what", ["damaged", "of another version"])
def test_one_that_is_of_no_use_is_begun_afresh(present: Path, caplog: pytest.LogCaptureFixture, what: str) -> None:
    """What another version has begun, or the disk has not kept."""
    path = present.with_name("catalog.duckdb.new")
    _begin(present.parent, "one").close()
    if what == "damaged":
        path.write_bytes(b"no database" * 2_000)
    else:
        with duckdb.connect(str(path)) as database:
            database.execute("UPDATE store SET version = 99")
    caplog.set_level(logging.WARNING)
    with closing(NewCatalog(present.parent)) as new:
        assert new.catalog.sessions() == []
    assert "of no use" in caplog.text


def test_one_that_has_no_room_replaces_nothing(present: Path) -> None:
    """DuckDB leaves rows in its log where it cannot write to its file; the present catalog has no such log."""
    new = _begin(present.parent, "new")
    new.catalog.close()
    log = present.with_name("catalog.duckdb.new.wal")
    log.write_bytes(b"rows")
    with pytest.raises(InsufficientStorageError, match="no room for the new catalog"):
        new.replace()
    new.remove()
    assert _names(present) == ["present"]
    assert [path.name for path in present.parent.iterdir()] == [present.name]


def test_the_present_one_is_kept_if_asked_for(present: Path) -> None:
    """Under another name, with its log."""
    before = present.read_bytes()
    present.with_name("catalog.duckdb.wal").write_bytes(b"rows")
    _begin(present.parent, "new").replace(keeping=True)
    assert _names(present) == ["new"]
    kept, log = sorted(path for path in present.parent.iterdir() if path != present)
    assert (kept.read_bytes(), log.read_bytes()) == (before, b"rows")
    assert log.name == f"{kept.name}.wal"


def test_the_present_one_is_kept_where_its_log_stays(present: Path) -> None:
    """As DuckDB lets it, where a crash has cut it off: the new one must not get it."""
    log = present.with_name("catalog.duckdb.wal")
    log.write_bytes(b"cut off")
    _begin(present.parent, "new").replace()
    assert (_names(present), log.exists()) == (["new"], False)
    kept, kept_log = sorted(path for path in present.parent.iterdir() if path != present)
    assert (_names(kept), kept_log.name) == (["present"], f"{kept.name}.wal")
