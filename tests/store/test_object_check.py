"""One object, checked: what is in it, and in what the catalog differs from it."""

from __future__ import annotations

import dataclasses
import errno
from contextlib import closing
from pathlib import Path

import pytest
import zstandard

from harlake.store.capture_object import Frame
from harlake.store.catalog_rows import CaptureRow, catalog_rows
from harlake.store.data_dir import DataDir
from harlake.store.ids import new_id
from harlake.store.local_objects import LocalObjects, LocalSource
from harlake.store.object_check import check_object, compare_with_catalog
from tests.support.folders import import_har
from tests.support.hars import numbered


@pytest.fixture
def stored(tmp_path: Path) -> tuple[LocalObjects, CaptureRow, str]:
    """Objects, one capture's row, and the name of its object."""
    with closing(DataDir(tmp_path)) as data_dir:
        import_har(data_dir, numbered(20))
        *_, row = catalog_rows(data_dir.catalog.database)
    assert isinstance(row, CaptureRow)
    return LocalObjects(tmp_path / "captures"), row, f"{row.record.id}.har.zst"


def test_a_whole_object(stored: tuple[LocalObjects, CaptureRow, str]) -> None:
    """Its frames of entries and its end are known, and the catalog says the same."""
    objects, row, name = stored
    content = check_object(objects, name)
    assert (content.problems, content.end, len(content.frames) // 3) == ([], row.record.envelope, 4)
    assert list(compare_with_catalog(content, row)) == []


def test_a_catalog_that_differs(stored: tuple[LocalObjects, CaptureRow, str]) -> None:
    """Each difference is told."""
    objects, row, name = stored
    record = dataclasses.replace(row.record, envelope=Frame(1, 2, 3), object_bytes=9, sha256="x", total=1)
    found = list(compare_with_catalog(check_object(objects, name), CaptureRow(new_id(), 1, record)))
    assert [problem.split()[0:2] for problem in found] == [
        ["the", "envelope"],
        ["the", "object"],
        ["it", "is"],
        ["sha256", "is"],
        ["total", "is"],
    ]


def test_frames_without_checksum_and_behind_the_end(tmp_path: Path) -> None:
    """The one could change unseen, the other is nobody's."""
    objects = LocalObjects(tmp_path)
    frames = map(zstandard.compress, (b'{"log":{"entries":[', b"]}}", b","))
    (tmp_path / "x").write_bytes(b"".join(frames))
    problems = check_object(objects, "x").problems
    assert [problem.partition(": ")[2] for problem in problems] == [
        *["the frame has no checksum"] * 2,
        "there is a frame behind the end",
        "the frame has no checksum",
    ]
    assert check_object(objects, "y").problems == ["there is no such object"]


@pytest.mark.parametrize(("number", "is_damage"), [(errno.EIO, True), (errno.EMFILE, False), (errno.EACCES, False)])
def test_only_the_objects_own_errors_are_damage(
    stored: tuple[LocalObjects, CaptureRow, str], monkeypatch: pytest.MonkeyPatch, number: int, is_damage: bool
) -> None:
    """A process that may open no more files, or may not read one, cannot tell how it is."""
    objects, _, name = stored

    def read(*_: object) -> bytes:
        raise OSError(number, "error")

    monkeypatch.setattr(LocalSource, "read", read)
    if is_damage:
        assert check_object(objects, name).problems == ["it cannot be read: error"]
    else:
        with pytest.raises(OSError, match="error"):
            check_object(objects, name)
