"""What nodes share, brought from an earlier version to this one."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from harlake.errors import DamagedCaptureError, DataDirError
from harlake.store.backends import OpenBackend, open_shared
from harlake.store.check import StoreCheck
from harlake.store.cluster_migration import migrate_cluster
from harlake.store.copy_target import ClusterTarget
from harlake.store.data_dir import DataDir
from harlake.store.direct_store import opened_backend, opened_cluster
from tests.support.copies import contents, copy_folder, fill_folder
from tests.support.old_catalogs import make_version_1
from tests.support.postgres import PostgresServer


@pytest.fixture
def cluster(postgres: PostgresServer, s3_environment: str, tmp_path: Path) -> OpenBackend:
    """A store in PostgreSQL and S3, as version 1 has left it, with a node's cache of it."""
    open_backend = open_shared(postgres.new_schema(), s3_environment)
    fill_folder(tmp_path / "source")
    with opened_backend(open_backend) as backend:
        copy_folder(tmp_path / "source", lambda: ClusterTarget(backend))
    with opened_backend(open_backend) as backend:
        make_version_1(backend, tmp_path)
    (tmp_path / "node" / "cache").mkdir(parents=True)
    return open_backend


@pytest.mark.slow
def test_a_cluster_of_version_1_is_migrated(cluster: OpenBackend, tmp_path: Path, s3_environment: str) -> None:
    """Interrupted or not: no node opens it before it is done, and then it is whole, and all that it was."""
    with pytest.raises(DataDirError, match="made by an earlier version of harlake; `harlake migrate`"):
        DataDir(tmp_path / "node", open_backend=cluster)
    list(islice(migrate_cluster(cluster), 2))
    with pytest.raises(DataDirError, match="`harlake migrate` has to be run again"):
        DataDir(tmp_path / "node", open_backend=cluster)
    assert sorted(entries for _, entries in migrate_cluster(cluster)) == [0, 2, 3, 600]
    assert list(migrate_cluster(cluster)) == []
    with opened_cluster(s3_environment, cluster) as store:
        assert list(StoreCheck(store).findings()) == []
    assert contents(tmp_path / "node", cluster) == contents(tmp_path / "source")
    assert not (tmp_path / "node" / "cache").exists()


def test_a_damaged_capture_keeps_none_of_the_others_back(cluster: OpenBackend) -> None:
    """It is named in the end."""
    with opened_backend(cluster) as backend:
        stored = max(backend.captures.stored(), key=lambda one: one.length)
        sink = backend.captures.sink(stored.name, lambda: None)
        sink.write(b"damaged")
        sink.close()
    with pytest.raises(DamagedCaptureError, match=str(stored.capture)):
        list(migrate_cluster(cluster))
    assert list(migrate_cluster(cluster)) == []
