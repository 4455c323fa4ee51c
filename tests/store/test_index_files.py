"""Index files: an import's rows, where questions find them, wherever objects are."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from harlake.store.capture_object import Frame
from harlake.store.catalog import Capture
from harlake.store.file_cache import FileCache
from harlake.store.index_files import IndexFiles
from harlake.store.local_objects import LocalObjects
from harlake.store.objects import ObjectStore


@pytest.fixture
def files(objects: ObjectStore, tmp_path: Path) -> Iterator[IndexFiles]:
    """Index files in a folder, then in a bucket with a cache."""
    local = objects if isinstance(objects, LocalObjects) else FileCache(objects, tmp_path / "cache", 1_000)
    with closing(IndexFiles(objects, local)) as files:
        yield files


def _capture(entries: int, pages: int, *, keeps_entries: bool = False, keeps_pages: bool = False) -> Capture:
    return Capture(uuid.uuid4(), entries, Frame(0, 1, 1), pages, keeps_entries, keeps_pages)


def _write(files: IndexFiles, capture: Capture, table: str, data: bytes) -> None:
    sink = files.sink(capture.id, table, lambda: None)
    sink.write(data)
    sink.close()


def test_files_are_those_of_rows_that_the_catalog_does_not_keep(files: IndexFiles) -> None:
    """In the order of the captures; of no more tables than are asked for."""
    large, small, other = _capture(9, 9), _capture(9, 9, keeps_entries=True, keeps_pages=True), _capture(9, 0)
    for capture, table in ((large, "entries"), (large, "pages"), (other, "entries")):
        _write(files, capture, table, f"{capture.id} {table}".encode())
    with files.opened([other, small, large], ["entries", "pages"]) as paths:
        assert {table: [path.read_text() for path in found] for table, found in paths.items()} == {
            "entries": [f"{other.id} entries", f"{large.id} entries"],
            "pages": [f"{large.id} pages"],
        }
    with files.opened([large], ["pages"]) as paths:
        assert list(paths) == ["pages"]


def test_removed_files_are_gone(files: IndexFiles) -> None:
    """All those of a capture, also one that was asked about."""
    capture = _capture(1, 1)
    for table in ("entries", "pages"):
        _write(files, capture, table, b"x")
    with files.opened([capture], ["entries"]):
        files.delete(capture.id)
    with pytest.raises(FileNotFoundError), files.opened([capture], ["entries"]) as paths:
        paths["entries"][0].read_bytes()
    files.delete(capture.id)
    assert list(files.remove_unfinished(lambda _: True)) == []
