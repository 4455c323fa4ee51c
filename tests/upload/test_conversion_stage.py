"""The step that makes a HAR of another format: on the disk, and gone with the upload."""

from __future__ import annotations

import gc
from pathlib import Path
from zipfile import ZIP_STORED

import pytest

from harlake.errors import InsufficientStorageError
from harlake.limits import Limits
from harlake.upload.conversion_stage import Scratch, converter
from harlake.upload.salvage_upload_reader import SalvageUploadReader
from harlake.upload.upload_reader import UploadReader
from tests.support.conversions import zipped
from tests.support.hars import numbered
from tests.support.uploads import read_upload

_ARCHIVE = zipped({"x.har": numbered(10)}, ZIP_STORED)


def _open_files(folder: Path) -> list[str]:
    targets = (_target(link) for link in Path("/proc/self/fd").iterdir())
    return [found for found in targets if found.startswith(str(folder))]


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:
        return ""


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
def test_the_file_has_no_name_and_goes(tmp_path: Path) -> None:
    """While an upload is read there is a file in the folder, which nobody else sees, and none afterwards."""
    reader = UploadReader(scratch=Scratch(str(tmp_path)))
    list(reader.feed(_ARCHIVE[:-1]))
    assert list(tmp_path.iterdir()) == []
    list(reader.feed(_ARCHIVE[-1:]))
    list(reader.close())
    assert reader.report().imported == 10
    del reader
    gc.collect()
    assert _open_files(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_there_has_to_be_room(tmp_path: Path) -> None:
    """Nothing is written where the disk is full, at the beginning or later."""
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise InsufficientStorageError

    reader = UploadReader(scratch=Scratch(str(tmp_path), check))
    list(reader.feed(_ARCHIVE))
    with pytest.raises(InsufficientStorageError):
        list(reader.feed(bytes(20_000_000)))
    calls = 1
    with pytest.raises(InsufficientStorageError):
        list(UploadReader(scratch=Scratch(str(tmp_path), check)).feed(_ARCHIVE))


def test_salvage_reads_archives_too() -> None:
    """What is whole is taken of the HAR in it."""
    reader = SalvageUploadReader(scratch=Scratch(None))
    data = zipped({"x.har": numbered(10)[:-100]})
    parts = [part for piece in (data,) for parts in reader.feed(piece) for part in parts]
    parts += [part for found in reader.close() for part in found]
    assert reader.report().imported == 9
    assert reader.report().encoding == "zip"


def test_without_a_scratch_formats_are_refused() -> None:
    """As they are where only HARs are read, with what the file is."""
    assert converter(None, Limits())(_ARCHIVE) is None
    with pytest.raises(Exception, match="zip archive"):
        list(read_upload(UploadReader(), _ARCHIVE))
