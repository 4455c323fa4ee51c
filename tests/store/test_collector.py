"""The collector: it removes what the catalog says is to go, and what nobody is writing, and nothing else."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from harlake.store import collector as collector_module
from harlake.store.captures import CaptureStore
from harlake.store.catalog import Catalog
from harlake.store.catalog_database import CatalogDatabase
from harlake.store.collector import Collector
from harlake.store.index_files import IndexFiles
from harlake.store.local_objects import LocalObjects
from tests.support.hars import wait_for

_ONE, _TWO, _THREE = (uuid.UUID(int=number) for number in range(1, 4))


@dataclass
class _Store:
    catalog: Catalog
    captures: CaptureStore
    index: IndexFiles
    folder: Path

    def collector(self, grace: float = 0, *written: uuid.UUID) -> Collector:
        """Return one that has this store, of a process that is writing some captures."""
        return Collector(
            self.catalog, self.captures, self.index, grace=grace, is_written=lambda capture: capture in written
        )

    def write(self, capture: uuid.UUID, table: str = "entries") -> None:
        """Write an object of a capture, and a file of its index."""
        with ThreadPoolExecutor(1) as threads:
            writer = self.captures.write(capture, threads)
            writer.frame(b"text")
            writer.close()
        sink = self.index.sink(capture, table, lambda: None)
        sink.write(b"rows")
        sink.close()

    def files(self) -> set[str]:
        """Return the names of all files."""
        return {path.name for folder in ("captures", "index") for path in (self.folder / folder).iterdir()}


@pytest.fixture
def store(catalog_database: CatalogDatabase, tmp_path: Path) -> Iterator[_Store]:
    """An empty store."""
    captures, index = (LocalObjects(tmp_path / name) for name in ("captures", "index"))
    yield _Store(Catalog(catalog_database), CaptureStore(captures, 0), IndexFiles(index, index), tmp_path)
    index.close()


def test_what_was_given_up_goes(store: _Store) -> None:
    """Not what is being written, and not what the catalog does not know: it may be all that is left of a capture."""
    for capture in (_ONE, _TWO, _THREE):
        store.write(capture)
    store.catalog.announce(_ONE)
    store.catalog.announce(_TWO)
    assert store.collector(0, _ONE).collect() == 1
    assert store.files() == {f"{capture}.{ending}" for capture in (_ONE, _THREE) for ending in ("har.zst", "parquet")}
    assert store.catalog.unfinished() == [_ONE]


def test_what_was_removed_stays_for_a_while(store: _Store) -> None:
    """Somebody may be reading it; that it is to go is not forgotten."""
    store.write(_ONE, "pages")
    store.catalog.announce(_ONE)
    assert store.collector(3600).collect() == 0
    assert (len(store.files()), store.catalog.is_announced(_ONE), store.catalog.unfinished()) == (2, False, [_ONE])
    assert store.collector(0).collect() == 1
    assert (store.files(), store.catalog.unfinished()) == (set(), [])


def test_what_nobody_goes_on_writing_goes(store: _Store) -> None:
    """The beginning of an object whose capture is announced may be being written, by whichever process."""
    sinks = [store.index.sink(capture, "entries", lambda: None) for capture in (_ONE, _TWO)]
    for sink in sinks:
        sink.write(b"rows")
    store.catalog.announce(_ONE)
    assert store.collector(0, _ONE).collect() == 1
    assert store.files() == {f"{_ONE}.parquet.part"}
    for sink in sinks:
        sink.discard()


def test_it_goes_on_after_any_error(
    store: _Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Also one that nobody foresaw: else nothing would ever be collected again."""
    monkeypatch.setattr(collector_module, "_INTERVAL", 0.01)
    errors = [ValueError("unforeseen")]
    abandoned = store.catalog.abandoned

    def fail_once(is_written: Callable[[uuid.UUID], bool], grace: float) -> list[uuid.UUID]:
        if errors:
            raise errors.pop()
        return abandoned(is_written, grace)

    monkeypatch.setattr(store.catalog, "abandoned", fail_once)
    store.catalog.announce(_ONE)
    collector = store.collector()
    collector.start()
    wait_for(lambda: store.catalog.unfinished() == [])
    collector.stop()
    collector._thread.join()
    assert caplog.messages == ["cannot collect what is left of captures: unforeseen"]


def test_one_that_cannot_be_removed_holds_up_no_other(store: _Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried again the next time."""
    for capture in (_ONE, _TWO):
        store.write(capture)
        store.catalog.announce(capture)
    delete = store.captures.delete

    def fail_for_one(capture: uuid.UUID) -> None:
        if capture == _ONE:
            raise OSError("busy")
        delete(capture)

    with monkeypatch.context() as patch:
        patch.setattr(store.captures, "delete", fail_for_one)
        assert store.collector().collect() == 1
    assert store.catalog.unfinished() == [_ONE]
    assert store.collector().collect() == 1
    assert store.files() == set()


def test_it_collects_now_and_then(store: _Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it is stopped."""
    monkeypatch.setattr(collector_module, "_INTERVAL", 0.01)
    collector = store.collector()
    collector.start()
    for capture in (_ONE, _TWO):
        store.catalog.announce(capture)
        wait_for(lambda: store.catalog.unfinished() == [])
    collector.stop()
    collector._thread.join()
    store.catalog.announce(_THREE)
    time.sleep(0.05)
    assert store.catalog.unfinished() == [_THREE]
