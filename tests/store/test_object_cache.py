"""Objects as local files: fetched once, kept as long as there is room, never removed under whoever uses them."""

from __future__ import annotations

import os
import stat
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from harlake.errors import StorageUnavailableError
from harlake.limits import MIB
from harlake.store.local_objects import LocalObjects, LocalSource
from harlake.store.object_cache import ObjectCache
from harlake.store.objects import ObjectStore


class _Counted(LocalObjects):
    """Objects that count how often they are opened, and open them when they may."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.opened: list[str] = []
        self.may_open = threading.Event()
        self.may_open.set()
        self.error: Exception | None = None

    def open(self, name: str, ahead: int = 0) -> LocalSource:
        self.opened.append(name)
        self.may_open.wait()
        if self.error is not None:
            raise self.error
        return super().open(name, ahead)


@pytest.fixture
def counted(tmp_path: Path) -> _Counted:
    """Objects in a folder."""
    return _Counted(tmp_path / "objects")


@pytest.fixture
def cache(counted: _Counted, tmp_path: Path) -> Iterator[ObjectCache]:
    """A cache of 1,000 bytes."""
    with closing(ObjectCache(counted, tmp_path / "cache", 1_000)) as cache:
        yield cache


def _written(objects: ObjectStore, size: int) -> str:
    name = f"{uuid.uuid4()}.parquet"
    sink = objects.sink(name, lambda: None)
    sink.write(os.urandom(size))
    sink.close()
    return name


def _cached(tmp_path: Path) -> set[str]:
    return {path.name for path in (tmp_path / "cache").iterdir()}


def test_a_file_is_what_the_object_is(objects: ObjectStore, tmp_path: Path) -> None:
    """Of any size; it is its owner's only."""
    names = [_written(objects, size) for size in (0, 1, MIB, 3 * MIB + 1)]
    with closing(ObjectCache(objects, tmp_path / "cache", 10 * MIB)) as cache, cache.files(names) as paths:
        assert [path.name for path in paths] == names
        for path, name in zip(paths, names, strict=True):
            with closing(objects.open(name)) as source:
                assert path.read_bytes() == (source.read(0, 4 * MIB) if path.stat().st_size else b"")
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700


def test_many_that_ask_at_once_make_one_download(counted: _Counted, cache: ObjectCache) -> None:
    """They wait for it; it has its name when it is complete."""
    name = _written(counted, 100)
    counted.may_open.clear()
    ready = threading.Barrier(9)

    def ask() -> int:
        ready.wait()
        with cache.files([name, name]) as paths:
            return sum(path.stat().st_size for path in paths)

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask) for _ in range(8)]
        ready.wait()
        counted.may_open.set()
        assert [one.result() for one in asked] == [200] * 8
    assert counted.opened == [name]


def test_what_was_not_used_for_long_goes_first(counted: _Counted, cache: ObjectCache, tmp_path: Path) -> None:
    """When there is more than there may be."""
    names = [_written(counted, 400) for _ in range(3)]
    for name in (*names[:2], names[0], names[2]):
        with cache.files([name]):
            pass
    assert _cached(tmp_path) == {names[0], names[2]}
    assert counted.opened == names


def test_what_is_used_stays(counted: _Counted, cache: ObjectCache, tmp_path: Path) -> None:
    """However much that is; what is too much goes when it is not used any more."""
    names = [_written(counted, 600) for _ in range(3)]
    with cache.files(names) as paths:
        with cache.files(names[:1]):
            pass
        assert [path.stat().st_size for path in paths] == [600] * 3
    assert _cached(tmp_path) == {names[0]}


def test_what_is_removed_goes_when_nobody_uses_it(counted: _Counted, cache: ObjectCache, tmp_path: Path) -> None:
    """What never was here is nothing."""
    name = _written(counted, 10)
    with cache.files([name]) as (path,):
        cache.forget(name)
        assert path.stat().st_size == 10
    assert _cached(tmp_path) == set()
    with cache.files([name]):
        pass
    cache.forget(name)
    cache.forget("never")
    assert _cached(tmp_path) == set()


@pytest.mark.parametrize("error", [FileNotFoundError(), StorageUnavailableError()])
def test_a_download_that_fails_is_not_kept(
    counted: _Counted, cache: ObjectCache, tmp_path: Path, error: Exception
) -> None:
    """Whoever waits for it gets the error, and whoever comes later tries again."""
    names = [_written(counted, 10), _written(counted, 10)]
    counted.error = error
    with pytest.raises(type(error)), cache.files(names):
        pass
    counted.error = None
    with cache.files(names) as paths:
        assert [path.stat().st_size for path in paths] == [10, 10]
    assert _cached(tmp_path) == set(names)


def test_a_cache_begins_empty(counted: _Counted, tmp_path: Path) -> None:
    """After a crash, nobody knows what is whole."""
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "half").write_bytes(b"x")
    ObjectCache(counted, tmp_path / "cache", 10).close()
    assert _cached(tmp_path) == set()
