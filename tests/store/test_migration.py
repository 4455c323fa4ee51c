"""A data folder of version 1, brought to this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from harlake.errors import DataDirError
from harlake.store.backends import open_local
from harlake.store.check import StoreCheck
from harlake.store.direct_store import locked_folder, opened_folder
from harlake.store.rebuild import migrate_folder, rebuild_catalog
from tests.support.copies import contents, files, fill_folder
from tests.support.old_catalogs import make_version_1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder of this version, with captures that have files of an index, and those that have none."""
    path = tmp_path / "data"
    fill_folder(path)
    return path


def _make_old(folder: Path, scratch: Path) -> None:
    with locked_folder(folder) as lock:
        backend = open_local(folder, lock, lambda: False)
        make_version_1(backend, scratch)
        backend.database.close()
        backend.close()


def test_a_folder_of_version_1_is_migrated(folder: Path, tmp_path: Path) -> None:
    """Nobody opens it before; then its index has all columns, and all else is what it was. It is done once."""
    before, stored = contents(folder), files(folder)
    _make_old(folder, tmp_path)
    with pytest.raises(DataDirError, match="made by an earlier version of harlake; `harlake migrate`"):
        contents(folder)
    assert files(folder) != stored
    assert sorted(entries for _, entries in migrate_folder(folder)) == [0, 2, 3, 600]
    assert (contents(folder), files(folder)) == (before, stored)
    with opened_folder(folder) as store:
        assert list(StoreCheck(store).findings()) == []
    assert list(migrate_folder(folder)) == []


def test_reindex_does_the_same(folder: Path, tmp_path: Path) -> None:
    """It makes everything again, whichever version it was."""
    before = contents(folder)
    _make_old(folder, tmp_path)
    list(rebuild_catalog(folder))
    assert contents(folder) == before
