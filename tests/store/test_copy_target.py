"""Where a copy goes: what is published at once, and what a folder or a cluster must be like before.

Whole copies are in ``test_store_copy``.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from harlake.errors import DataDirError, DataDirInUseError
from harlake.store.backends import Backend
from harlake.store.catalog import Catalog
from harlake.store.catalog_database import CatalogDatabase
from harlake.store.catalog_rows import CaptureRow, SessionRow, insert_captures, insert_sessions
from harlake.store.copy_mark import read_mark
from harlake.store.copy_target import ClusterTarget, FolderTarget
from harlake.store.data_dir import DataDir
from harlake.store.ids import new_id
from harlake.store.index_files import IndexFiles
from harlake.store.local_objects import LocalObjects
from tests.support.capture_records import capture_record


def _fill(target: FolderTarget | ClusterTarget, name: str) -> None:
    """Put a session of one capture into a target."""
    session, capture = new_id(), new_id()
    sink = target.captures.sink(f"{capture}.har.zst", lambda: None)
    sink.write(b"entry")
    sink.close()
    with target.database.writing() as cursor:
        insert_sessions(cursor, [SessionRow(session, name, 0)])
        insert_captures(cursor, [CaptureRow(session, 1, capture_record(capture))])


def _names(path: Path) -> list[str]:
    with closing(DataDir(path, keep_free=0)) as data_dir:
        return [session.name for session in data_dir.catalog.sessions()]


def test_a_folder_is_what_it_was_until_it_is_published(tmp_path: Path) -> None:
    """Then it has what is in the copy, and nothing else; it stays marked as a copy."""
    for name in ("one", "two"):
        before = _names(tmp_path) if name == "two" else None
        with closing(FolderTarget(tmp_path, "source", is_backup=True)) as target:
            _fill(target, "given up")
        assert before is None or _names(tmp_path) == before == ["one"]
        with closing(FolderTarget(tmp_path, "source", is_backup=True)) as target:
            _fill(target, name)
            target.publish()
        assert _names(tmp_path) == [name]
    assert len(list((tmp_path / "captures").iterdir())) == 1
    mark = read_mark(tmp_path)
    assert mark is not None
    assert (mark.source, len(mark.states)) == ("source", 1)


def test_nobody_else_has_the_folder_meanwhile(tmp_path: Path) -> None:
    """Neither a service nor another copy."""
    with closing(FolderTarget(tmp_path, "source", is_backup=True)):
        with pytest.raises(DataDirInUseError):
            DataDir(tmp_path)
        with pytest.raises(DataDirInUseError):
            FolderTarget(tmp_path, "source", is_backup=True)
    with closing(FolderTarget(tmp_path, "source", is_backup=True)):
        pass


def test_a_cluster_is_opened_when_it_is_published(catalog_database: CatalogDatabase, tmp_path: Path) -> None:
    """Until then nodes are refused, and a copy may begin again; after it, no copy may."""
    captures, index = (LocalObjects(tmp_path / name) for name in ("captures", "index"))
    backend = Backend(catalog_database, captures, IndexFiles(index, index), is_shared=True)
    for _ in range(2):
        target = ClusterTarget(backend)
        _fill(target, "copied")
    with catalog_database.reading() as cursor:
        assert cursor.execute("SELECT count(*) FROM captures").fetchall() == [(1,)]
    target.publish()
    assert [session.name for session in Catalog(catalog_database).sessions()] == ["copied"]
    with pytest.raises(DataDirError, match="the catalog holds captures or sessions already"):
        ClusterTarget(backend)
