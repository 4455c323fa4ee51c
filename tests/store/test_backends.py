"""Where a store is, and what is said where it cannot be there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harlake.errors import DataDirError, HarlakeError, StorageUnavailableError
from harlake.store.backends import open_local, open_shared
from harlake.store.data_dir import DataDir
from harlake.store.folder_lock import FolderLock
from tests.support.folders import import_har
from tests.support.hars import numbered


def test_a_folder_has_all_by_itself(tmp_path: Path) -> None:
    """Catalog, captures and index; nobody else may use it."""
    lock = FolderLock(tmp_path)
    backend = open_local(tmp_path, lock, lambda: False)
    assert not backend.is_shared
    assert {path.name for path in tmp_path.iterdir()} == {"captures", "catalog.duckdb", "index", "lock"}
    lock.close()
    backend.database.close()
    backend.close()


def test_two_nodes_have_the_same(url: str, s3_environment: str, tmp_path: Path) -> None:
    """What one acknowledges, the other has; a folder is scratch space, and a cache."""
    one, two = (DataDir(tmp_path / name, open_backend=open_shared(url, s3_environment)) for name in "ab")
    session = import_har(one, numbered(600))
    (capture,) = two.catalog.captures(session.id)
    assert two.index.rows([capture], "SELECT count(*) FROM entries") == [(600,)]
    assert [path.name for path in (tmp_path / "b").glob("cache-*/*")] == [f"{capture.id}.parquet"]
    two.delete_session(session.id)
    assert one.catalog.sessions() == []
    one._collector.collect()
    assert list(two.captures.ids()) == []
    for data_dir in (one, two):
        data_dir.close()


def test_a_bucket_that_cannot_be_used_is_no_store(
    url: str, s3_environment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is a catalog; the folder is free again, and no password is told."""
    with pytest.raises(DataDirError, match="no URL such as s3://"):
        DataDir(tmp_path, open_backend=open_shared(url, "http://bucket"))
    with monkeypatch.context() as patch:
        patch.setenv("AWS_SECRET_ACCESS_KEY", "another one")
        with pytest.raises(StorageUnavailableError):
            DataDir(tmp_path, open_backend=open_shared(url, s3_environment))
    for wrong in ("postgresql://a:secret@127.0.0.1:1/x", "postgresql://a:secret@@:x/"):
        with pytest.raises(HarlakeError) as caught:
            DataDir(tmp_path, open_backend=open_shared(wrong, s3_environment))
        assert "secret" not in str(caught.value)
    DataDir(tmp_path, open_backend=open_shared(url, s3_environment)).close()


def test_what_is_missing_is_named() -> None:
    """Whoever has installed harlake alone is told of its extra."""
    script = """if True:
        import sys
        sys.modules["psycopg"] = None
        from harlake.store.backends import open_shared
        open_shared("postgresql://a", "s3://b")
    """
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, "pip install 'harlake[cluster]'" in done.stderr) == (1, True)
