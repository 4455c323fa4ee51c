"""A data folder whose objects are in a bucket: imports, questions, exports and removals, while S3 fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from harlake.errors import HarlakeError, StorageUnavailableError
from harlake.export.entry_streams import WholeCapture
from harlake.limits import GIB
from harlake.query.entry_reader import read_entries
from harlake.query.frames import capture_frames
from harlake.query.locations import locate_ordinals
from harlake.store import s3_bucket
from harlake.store.backends import Backend
from harlake.store.data_dir import DataDir
from harlake.store.database import Database
from harlake.store.folder_lock import FolderLock
from harlake.store.index_files import IndexFiles
from harlake.store.object_cache import ObjectCache
from harlake.store.s3_objects import S3Objects
from harlake.store.sessions import Session
from tests.support.faulty_proxy import Fault, FaultyProxy, each
from tests.support.folders import import_har
from tests.support.hars import numbered

#: More entries than the catalog keeps the rows of: they make a file.
_ENTRIES = 600
_HAR = numbered(_ENTRIES)

_Open = Callable[[], DataDir]


@pytest.fixture
def open_folder(proxy: FaultyProxy, s3_environment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Open:
    """What opens the same folder, with its objects behind the proxy."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.endpoint)
    backoff = {"init_backoff": timedelta(milliseconds=10), "max_backoff": timedelta(milliseconds=20), "base": 2}
    monkeypatch.setattr(s3_bucket, "_RETRIES", {"max_retries": 3, "backoff": backoff})

    def open_folder() -> DataDir:
        return DataDir(tmp_path / "data", open_backend=open_backend)

    def open_backend(folder: Path, lock: FolderLock, _: Callable[[], bool]) -> Backend:
        """Objects are behind the proxy, and the catalog is a file: no other node may use them."""
        captures, index = (S3Objects(s3_environment, name, folder / "scratch") for name in ("captures", "index"))
        files = IndexFiles(index, ObjectCache(index, folder / "cache", GIB))
        return Backend(Database(folder / "catalog.duckdb", lock.check), captures, files, is_shared=False)

    return open_folder


@contextmanager
def _closing(data_dir: DataDir) -> Iterator[DataDir]:
    try:
        yield data_dir
    finally:
        data_dir.close()


def _objects(data_dir: DataDir) -> list[str]:
    """Return the names of all objects."""
    stores = (data_dir.captures._objects, data_dir.index_files.objects)
    return sorted(stored.name for store in stores for stored in store.stored())


def _check(data_dir: DataDir, session: Session) -> None:
    """Check the entries of a session's only capture, as an export of all and as one of some reads them."""
    (capture,) = data_dir.catalog.captures(session.id)
    ((_, frames),) = capture_frames(data_dir.index, [capture])
    text = b"".join(WholeCapture(data_dir.captures, capture.id, frames, {}).text())
    assert text in _HAR.replace(b", ", b",") or text in _HAR
    locations = locate_ordinals(data_dir.index, {capture: set(range(0, _ENTRIES, 7))})[capture.id]
    entries = [entry for _, entry in read_entries(data_dir.captures, locations)]
    assert len(entries) == len(range(0, _ENTRIES, 7))
    assert all(entry in text for entry in entries)
    assert data_dir.index.rows([capture], "SELECT count(*), max(ordinal) FROM entries") == [(_ENTRIES, _ENTRIES - 1)]


def test_objects_are_in_the_bucket_only(open_folder: _Open, tmp_path: Path) -> None:
    """They are there after a restart, and gone after a removal; what is here is a copy of the index."""
    with _closing(open_folder()) as data_dir:
        session = import_har(data_dir, _HAR)
        _check(data_dir, session)
        (capture,) = data_dir.catalog.captures(session.id)
        assert _objects(data_dir) == [f"{capture.id}.har.zst", f"{capture.id}.parquet"]
        assert [path.name for path in (tmp_path / "data" / "cache").iterdir()] == [f"{capture.id}.parquet"]
        assert {path.name for path in (tmp_path / "data").iterdir()}.isdisjoint({"captures", "index"})
    with _closing(open_folder()) as data_dir:
        _check(data_dir, session)
        data_dir.delete_session(session.id)
        assert _objects(data_dir) == []
        assert list((tmp_path / "data" / "cache").iterdir()) == []


def test_an_index_is_fetched_once(open_folder: _Open, proxy: FaultyProxy) -> None:
    """One request for a small one, however many questions are asked."""
    with _closing(open_folder()) as data_dir:
        session = import_har(data_dir, _HAR)
        before = len(proxy.requests)
        (capture,) = data_dir.catalog.captures(session.id)
        for _ in range(3):
            data_dir.index.rows([capture], "SELECT count(*) FROM entries")
        assert [request.method for request in proxy.requests[before:]] == ["GET"]


@pytest.mark.slow
def test_what_fails_for_a_moment_is_noticed_by_nobody(open_folder: _Open, proxy: FaultyProxy) -> None:
    """Whether each tenth request, or each third one, is answered by an error or not at all."""
    with _closing(open_folder()) as data_dir:
        for every in (10, 3):
            proxy.faults = each(every, Fault(500), Fault(503), Fault(0), Fault(0, is_late=True))
            sessions = [import_har(data_dir, _HAR) for _ in range(2)]
            for session in sessions:
                _check(data_dir, session)
                data_dir.delete_session(session.id)
            assert _objects(data_dir) == []


@pytest.mark.parametrize("number", range(1, 5))
def test_an_import_that_cannot_be_stored_leaves_nothing(open_folder: _Open, proxy: FaultyProxy, number: int) -> None:
    """From whichever of its requests on S3 is gone: nobody sees it, and the next start collects what is left."""
    with _closing(open_folder()) as data_dir:
        kept = import_har(data_dir, _HAR)
        first = len(proxy.requests) + number
        proxy.faults = lambda request: Fault(503) if request.number >= first else None
        is_stored = False
        try:
            import_har(data_dir, _HAR)
            is_stored = True
        except StorageUnavailableError as error:
            assert error.retry_after  # noqa: PT017 - it may be stored by then
        with pytest.raises(HarlakeError):
            _check(data_dir, kept)
        proxy.faults = lambda _: None
        assert len(data_dir.catalog.sessions()) == 1 + is_stored
        _check(data_dir, kept)
    with _closing(open_folder()) as data_dir:
        assert len(data_dir.catalog.sessions()) == 1 + is_stored
        assert len(_objects(data_dir)) == 2 * (1 + is_stored)


def test_what_is_removed_while_s3_is_gone_goes_later(open_folder: _Open, proxy: FaultyProxy) -> None:
    """Nobody sees it any more; its objects are removed at the next start."""
    with _closing(open_folder()) as data_dir:
        session = import_har(data_dir, _HAR)
        proxy.faults = lambda _: Fault(503)
        data_dir.delete_session(session.id)
        proxy.faults = lambda _: None
        assert data_dir.catalog.sessions() == []
        assert len(_objects(data_dir)) == 2
    with _closing(open_folder()) as data_dir:
        assert _objects(data_dir) == []
