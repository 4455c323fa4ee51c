"""Copies of a store: they are equal to it, made in as little as is needed, and never half of it."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from harlake.errors import DamagedCaptureError, DataDirError
from harlake.export.exporter import export_session
from harlake.store.backends import open_shared
from harlake.store.catalog_rows import CatalogRow, catalog_rows
from harlake.store.copy_target import ClusterTarget, FolderTarget
from harlake.store.data_dir import DataDir
from harlake.store.direct_store import opened_backend, opened_cluster, opened_folder
from harlake.store.local_objects import LocalObjects
from harlake.store.store_copy import StoreCopy
from tests.support.copies import backup, contents, copy_folder, copy_of, files, fill_folder
from tests.support.folders import import_har
from tests.support.hars import numbered
from tests.support.postgres import PostgresServer


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is not changed."""
    path = tmp_path_factory.mktemp("original") / "data"
    fill_folder(path)
    return path


@pytest.fixture
def source(original: Path, tmp_path: Path) -> Path:
    """A folder of the test's own."""
    return shutil.copytree(original, tmp_path / "source")


@pytest.mark.slow
def test_a_backup_equals_its_source(source: Path, tmp_path: Path) -> None:
    """It is a data folder; repeated, it copies what is new, and removes what was removed."""
    target = tmp_path / "target"
    first = backup(source, target)
    assert sum(copied for _, copied in first) == sum(map(len, files(source).values()))
    assert (contents(target), files(target)) == (contents(source), files(source))
    assert backup(source, target) == [(capture, 0) for capture, _ in first]
    with closing(DataDir(source, keep_free=0)) as data_dir:
        newest, *_, oldest = (one for one in data_dir.catalog.sessions() if one.capture_count)
        data_dir.delete_session(oldest.id)
        data_dir.catalog.rename_session(newest.id, "Other")
        import_har(data_dir, numbered(4), newest)
    again = backup(source, target)
    assert [copied > 0 for _, copied in again] == [False, True]
    assert (contents(target), files(target)) == (contents(source), files(source))


def test_the_next_import_into_a_copy_comes_last(source: Path, tmp_path: Path) -> None:
    """The sequence goes on behind the captures that were copied."""
    backup(source, tmp_path / "target")
    with closing(DataDir(tmp_path / "target", keep_free=0)) as data_dir:
        session = next(one for one in data_dir.catalog.sessions() if one.capture_count == 3)
        import_har(data_dir, numbered(7), session)
        assert [one.imported for one in data_dir.catalog.captures(session.id)] == [3, 600, 0, 7]


@pytest.mark.slow
@pytest.mark.parametrize("steps", [*(pytest.param(steps, marks=pytest.mark.slow) for steps in (0, 1)), 3])
def test_a_copy_that_was_interrupted_is_none_yet(source: Path, tmp_path: Path, steps: int) -> None:
    """It is no data folder, or still the copy that it was, and is gone on with."""
    target = tmp_path / "target"
    with opened_folder(source) as store, closing(FolderTarget(target, str(source), is_backup=True)) as opened:
        done = list(islice(copy_of(store).run(opened), steps))
    with pytest.raises(DataDirError, match=f"holds a part of {source}"):
        DataDir(target)
    assert [bool(copied) for _, copied in backup(source, target)] == [False] * len(done) + [True] * (4 - len(done))
    before = contents(target)
    with closing(DataDir(source, keep_free=0)) as data_dir:
        import_har(data_dir, numbered(9))
    with opened_folder(source) as store, closing(FolderTarget(target, str(source), is_backup=True)) as opened:
        list(islice(copy_of(store).run(opened), 5))
    assert contents(target) == before
    backup(source, target)
    assert contents(target) == contents(source)


def test_what_is_removed_or_made_meanwhile_is_left_out(source: Path, tmp_path: Path) -> None:
    """A service may be running: what was complete before is there, and no half of anything else; no error of it."""
    with closing(DataDir(source, keep_free=0)) as data_dir:
        sessions = {one.name: one.id for one in data_dir.catalog.sessions()}

        def rows() -> Iterator[CatalogRow]:
            for number, row in enumerate(catalog_rows(data_dir.catalog.database)):
                if number == len(sessions):
                    data_dir.delete_session(sessions["Empty"])
                    import_har(data_dir, numbered(5))
                yield row

        captures, index = (LocalObjects(source / name) for name in ("captures", "index"))
        with closing(FolderTarget(tmp_path / "target", "source", is_backup=True)) as target:
            work = StoreCopy(rows(), captures, index, data_dir.catalog.session_names).run(target)
            next(work)
            data_dir.delete_session(sessions["Session"])
            data_dir.catalog.rename_session(sessions["Renamed"], "Renamed again")
            assert len(list(work)) == 2
        expected = export_session(data_dir, str(sessions["Renamed"])).text()
        assert contents(tmp_path / "target")["exports"] == {sessions["Renamed"]: b"".join(expected)}


def test_a_damaged_capture_is_named_and_all_else_copied(source: Path, tmp_path: Path) -> None:
    """Unless the copy has it already: then it stays there, whole."""
    target = tmp_path / "target"
    large = max((source / "captures").iterdir(), key=lambda path: path.stat().st_size)
    whole = large.read_bytes()
    large.write_bytes(whole[:-1])
    with pytest.raises(DamagedCaptureError, match=large.name.partition(".")[0]):
        backup(source, target)
    assert len(files(target)) == 3
    large.write_bytes(whole)
    backup(source, target)
    before = contents(target)
    large.unlink()
    backup(source, target)
    assert contents(target) == before


def test_a_folder_of_something_else_is_no_target(source: Path, tmp_path: Path) -> None:
    """Neither a data folder, nor another one's backup, nor one that has got captures of its own."""
    other, target = tmp_path / "other", tmp_path / "target"
    fill_folder(other)
    with pytest.raises(DataDirError, match=f"other holds captures or sessions, and is no copy of {source}"):
        backup(source, other)
    backup(other, target)
    with pytest.raises(DataDirError, match=f"target is a copy of {other}, and not of {source}"):
        backup(source, target)
    with closing(DataDir(target, keep_free=0)) as data_dir:
        import_har(data_dir, numbered(1))
    with pytest.raises(DataDirError, match="has got captures of its own since"):
        backup(other, target)


def test_a_restored_folder_is_no_copy_any_more(source: Path, tmp_path: Path) -> None:
    """It is a data folder like the first: nothing is copied over it again."""
    target = tmp_path / "target"
    with closing(DataDir(target)):
        pass  # an empty one

    def restore() -> None:
        copy_folder(source, lambda: FolderTarget(target, str(source), is_backup=False))

    restore()
    assert contents(target) == contents(source)
    with pytest.raises(DataDirError, match="holds captures or sessions"):
        restore()


@pytest.mark.slow
def test_to_a_cluster_and_back(source: Path, tmp_path: Path, postgres: PostgresServer, s3_environment: str) -> None:
    """Interrupted or not: nobody can open it until it is complete, and it is not copied to again."""
    open_backend = open_shared(postgres.new_schema(), s3_environment)
    with opened_backend(open_backend) as backend, opened_folder(source) as store:
        list(islice(copy_of(store).run(ClusterTarget(backend)), 2))
    with pytest.raises(DataDirError, match="holds a part of a copy"):
        DataDir(tmp_path / "node", open_backend=open_backend)
    with opened_backend(open_backend) as backend:
        copied = copy_folder(source, lambda: ClusterTarget(backend))
    assert [bool(length) for _, length in copied] == [False, False, True, True]
    with opened_backend(open_backend) as backend, pytest.raises(DataDirError, match="holds captures or sessions"):
        ClusterTarget(backend)
    assert contents(tmp_path / "node", open_backend) == contents(source)
    target = tmp_path / "target"
    with (
        opened_cluster(s3_environment, open_backend) as cluster,
        closing(FolderTarget(target, s3_environment, is_backup=False)) as opened,
    ):
        list(copy_of(cluster).run(opened))
    assert (contents(target), files(target)) == (contents(source), files(source))


def test_a_bucket_with_something_else_is_no_target(source: Path, postgres: PostgresServer, s3_environment: str) -> None:
    """Objects of another store would be taken for this one's."""
    with opened_backend(open_shared(postgres.new_schema(), s3_environment)) as backend:
        sink = backend.captures.sink(f"{uuid.uuid4()}.har.zst", lambda: None)
        sink.write(b"x")
        sink.close()
        with pytest.raises(DataDirError, match="there are objects already"):
            copy_folder(source, lambda: ClusterTarget(backend))
