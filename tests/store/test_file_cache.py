"""Files that are made when they are asked for: each once, and for nobody who has left."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from harlake.pipeline.interruption import Interrupted, interruptible
from harlake.store.file_cache import FileCache
from tests.support.server import PATIENCE


class _Maker:
    """Makes files when it may, and notes which."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.begun = threading.Event()
        self.may_make = threading.Event()
        self.may_make.set()

    def make(self, name: str, path: Path) -> None:
        self.begun.set()
        assert self.may_make.wait(PATIENCE)
        self.made.append(name)
        path.write_text(name)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[FileCache]:
    """A cache of 10 bytes, in which one file is made at a time."""
    with closing(FileCache(tmp_path / "cache", 10, threads=1)) as cache:
        yield cache


def test_a_file_is_made_once(cache: FileCache) -> None:
    """And again when it has been forgotten."""
    maker = _Maker()
    for _ in range(2):
        with cache.files(["a", "b"], maker.make) as paths:
            assert [path.read_text() for path in paths] == ["a", "b"]
    assert maker.made == ["a", "b"]
    cache.forget(lambda name: name == "a")
    with cache.files(["a", "b"], maker.make):
        pass
    assert maker.made == ["a", "b", "a"]


def test_who_has_left_is_not_waited_for(cache: FileCache, tmp_path: Path) -> None:
    """What is being made is completed, and is there for others; what has not been begun is not."""
    maker = _Maker()
    maker.may_make.clear()

    def ask() -> None:
        with cache.files(["a", "b"], maker.make):
            raise AssertionError("they were not made yet")

    with interruptible() as interruption, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(contextvars.copy_context().run, ask)
        assert maker.begun.wait(PATIENCE)
        interruption.happen()
        with pytest.raises(Interrupted):
            asked.result(PATIENCE)
    maker.may_make.set()
    with cache.files(["a", "c"], maker.make) as paths:
        assert [path.read_text() for path in paths] == ["a", "c"]
    assert maker.made == ["a", "c"]
    assert {path.name for path in (tmp_path / "cache").iterdir()} == {"a", "c"}


def test_a_file_that_cannot_be_made_leaves_nothing(cache: FileCache, tmp_path: Path) -> None:
    """Whoever asks gets the error."""

    def fail(_: str, path: Path) -> None:
        path.write_text("half")
        raise OSError

    with pytest.raises(OSError), cache.files(["a"], fail):
        pass
    assert list((tmp_path / "cache").iterdir()) == []
