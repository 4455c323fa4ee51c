"""Where the files of indexes are, and that nothing of a capture is left when it goes."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from harlake.store.capture_object import Frame
from harlake.store.catalog import Capture
from harlake.store.index_files import IndexFiles

_CAPTURES = [uuid.UUID(int=number) for number in range(1, 4)]


def _nothing() -> None:
    """Let the disk have room."""


@pytest.fixture
def files(tmp_path: Path) -> IndexFiles:
    """An empty folder of index files."""
    return IndexFiles(tmp_path / "index")


def _names(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "index").iterdir())


def _write(files: IndexFiles, capture: uuid.UUID, table: str, *, is_complete: bool = True) -> None:
    sink = files.sink(capture, table, _nothing)
    sink.write(b"rows")
    if is_complete:
        sink.close()


def test_a_capture_has_a_file_for_each_table(tmp_path: Path, files: IndexFiles) -> None:
    """Of those captures that have rows of it."""
    for table in ("entries", "pages"):
        _write(files, _CAPTURES[0], table)
    assert _names(tmp_path) == [f"{_CAPTURES[0]}.pages.parquet", f"{_CAPTURES[0]}.parquet"]
    captures = [
        Capture(capture, number, Frame(0, 1, 1), 1 - number, False, False)
        for number, capture in enumerate(_CAPTURES[:2])
    ]
    folder = tmp_path / "index"
    assert files.paths(captures, "entries") == [folder / f"{_CAPTURES[1]}.parquet"]
    assert files.paths(captures, "pages") == [folder / f"{_CAPTURES[0]}.pages.parquet"]


def test_a_removed_capture_has_none(tmp_path: Path, files: IndexFiles) -> None:
    """Complete or not, and however often; others keep theirs."""
    _write(files, _CAPTURES[0], "entries")
    _write(files, _CAPTURES[0], "pages", is_complete=False)
    _write(files, _CAPTURES[1], "entries")
    files.delete(_CAPTURES[0])
    files.delete(_CAPTURES[0])
    assert _names(tmp_path) == [f"{_CAPTURES[1]}.parquet"]


def test_what_a_crash_left_is_removed(tmp_path: Path, files: IndexFiles) -> None:
    """Files of other names are not harlake's."""
    _write(files, _CAPTURES[0], "entries")
    _write(files, _CAPTURES[1], "entries", is_complete=False)
    _write(files, _CAPTURES[2], "pages", is_complete=False)
    (tmp_path / "index" / "notes.parquet.part").write_text("mine")
    assert list(files.remove_staged()) == [f"{_CAPTURES[1]}.parquet.part", f"{_CAPTURES[2]}.pages.parquet.part"]
    assert _names(tmp_path) == [f"{_CAPTURES[0]}.parquet", "notes.parquet.part"]


def test_the_folder_is_its_owners_only(tmp_path: Path) -> None:
    """URLs are in it, and what they may have in them."""
    (tmp_path / "index").mkdir(mode=0o755)
    IndexFiles(tmp_path / "index")
    assert (tmp_path / "index").stat().st_mode & 0o777 == 0o700
