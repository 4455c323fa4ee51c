"""Index files: an import's rows, where questions find them, wherever objects are."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from harlake.store import index_files
from harlake.store.capture_object import Frame
from harlake.store.catalog import Capture
from harlake.store.index_files import IndexFiles, by_file, file_ranges
from harlake.store.local_objects import LocalObjects
from harlake.store.object_cache import ObjectCache
from harlake.store.objects import ObjectStore


@pytest.fixture
def files(objects: ObjectStore, tmp_path: Path) -> Iterator[IndexFiles]:
    """Index files in a folder, then in a bucket with a cache."""
    local = objects if isinstance(objects, LocalObjects) else ObjectCache(objects, tmp_path / "cache", 1_000)
    with closing(IndexFiles(objects, local)) as files:
        yield files


def _capture(entries: int, pages: int, *, keeps_entries: bool = False, keeps_pages: bool = False) -> Capture:
    return Capture(uuid.uuid4(), entries, Frame(0, 1, 1), pages, keeps_entries, keeps_pages)


def _write(files: IndexFiles, capture: Capture, table: str, data: bytes, number: int = 0) -> None:
    sink = files.sink(capture.id, table, lambda: None, number)
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


def test_a_large_capture_has_several_files(files: IndexFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as its rows need, in their order, or the one that is asked for; for its pages always one."""
    monkeypatch.setattr(index_files, "ROWS_PER_FILE", 4)
    large, full = _capture(9, 9), _capture(8, 0)
    for capture, count in ((large, 3), (full, 2)):
        for number in range(count):
            _write(files, capture, "entries", b"%d" % number, number)
    _write(files, large, "pages", b"pages")
    with files.opened([large, full], ["entries", "pages"]) as paths:
        assert [path.read_bytes() for path in paths["entries"]] == [b"0", b"1", b"2", b"0", b"1"]
        assert [path.read_bytes() for path in paths["pages"]] == [b"pages"]
    with files.opened([large, full], ["entries"], 2) as paths:
        assert [path.read_bytes() for path in paths["entries"]] == [b"2"]
    assert by_file([8, 3, 0, 4, 3]) == {0: [0, 3], 1: [0], 2: [0]}
    assert file_ranges(8) == [range(4), range(4, 8)]


@pytest.mark.parametrize("complete", [0, 1, 2, 5])
def test_all_files_of_an_import_are_removed(files: IndexFiles, objects: ObjectStore, complete: int) -> None:
    """However many it had completed when it was given up; those of others stay."""
    capture, other = _capture(9, 9), _capture(9, 9)
    _write(files, other, "entries", b"x", 1)
    for number in range(complete):
        _write(files, capture, "entries", b"x", number)
    files.delete(capture.id)
    assert [stored.name for stored in objects.stored() if stored.name.startswith(str(capture.id))] == []
    assert f"{other.id}.1.parquet" in [stored.name for stored in objects.stored()]


def test_a_removal_that_is_cut_short_leaves_no_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one finds what is left."""
    objects = LocalObjects(tmp_path)
    files, capture = IndexFiles(objects, objects), _capture(9, 9)
    for number in range(4):
        _write(files, capture, "entries", b"x", number)
    delete = objects.delete

    def fail(name: str) -> int:
        if name.endswith(".1.parquet"):
            raise OSError("stopped")
        return delete(name)

    with monkeypatch.context() as patch:
        patch.setattr(objects, "delete", fail)
        with pytest.raises(OSError, match="stopped"):
            files.delete(capture.id)
    assert len(list(tmp_path.iterdir())) == 2
    files.delete(capture.id)
    assert list(tmp_path.iterdir()) == []


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
