"""Stores that commands open for themselves."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from harlake.errors import DamagedCatalogError, DataDirError, DataDirInUseError, SessionNotFoundError
from harlake.store.copy_mark import CopyMark, write_mark
from harlake.store.data_dir import DataDir
from harlake.store.direct_store import opened_folder
from tests.support.folders import import_har
from tests.support.hars import numbered


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one capture."""
    with closing(DataDir(tmp_path / "data", keep_free=0)) as data_dir:
        import_har(data_dir, numbered(1))
    return tmp_path / "data"


def test_a_folder_is_opened_as_it_is(folder: Path) -> None:
    """What an interrupted import has left is not collected, as a service would; nobody else has it meanwhile."""
    left = folder / "captures" / "00000000-0000-4000-8000-000000000000.har.zst.part"
    left.touch()
    with opened_folder(folder) as store:
        (capture,) = store.catalog.all_captures()
        assert (store.name, store.is_removed(capture.id)) == (str(folder), False)
        with store.captures.open(capture.id) as reader:
            assert reader.text(capture.envelope).startswith(b"]")
        with pytest.raises(DataDirInUseError), opened_folder(folder):
            pass
        store.catalog.remove(capture.id)
        store.objects.delete(f"{capture.id}.har.zst")
        with pytest.raises(SessionNotFoundError):
            store.captures.open(capture.id)
    assert left.exists()


def test_what_is_no_folder(folder: Path, tmp_path: Path) -> None:
    """There is nothing, a part of a copy, or no catalog; nothing is made of it."""
    with pytest.raises(DataDirError, match="holds no captures"), opened_folder(tmp_path / "nothing"):
        pass
    assert not (tmp_path / "nothing").exists()
    catalog = folder / "catalog.duckdb"
    whole = catalog.read_bytes()
    catalog.write_bytes(b"no database" * 2_000)
    with pytest.raises(DamagedCatalogError, match="cannot open"), opened_folder(folder):
        pass
    catalog.write_bytes(whole)
    code = f"import duckdb, sys; d = duckdb.connect({str(catalog)!r}); print(flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()  # an earlier version has no other lock
        with pytest.raises(DataDirInUseError), opened_folder(folder):
            pass
        other.communicate()
    catalog.unlink()
    with pytest.raises(DamagedCatalogError, match="has no catalog"), opened_folder(folder):
        pass
    write_mark(folder, CopyMark("elsewhere"))
    with pytest.raises(DataDirError, match="holds a part of elsewhere"), opened_folder(folder):
        pass
    assert not catalog.exists()
