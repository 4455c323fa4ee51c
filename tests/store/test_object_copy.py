"""Objects that are copied from one store to another, byte for byte, and read back."""

from __future__ import annotations

from pathlib import Path

import pytest

from harlake.errors import DamagedCaptureError, StorageUnavailableError
from harlake.limits import MIB
from harlake.store.local_objects import LocalObjects, LocalSink
from harlake.store.object_copy import copy_object, has_object, is_same_file, read_object
from harlake.store.objects import ObjectStore

_NAME = "00000000-0000-4000-8000-000000000000.har.zst"
_DATA = bytes(range(256)) * 10_000


@pytest.fixture
def source(tmp_path: Path) -> LocalObjects:
    """A folder with one object of some MiB."""
    objects = LocalObjects(tmp_path / "source")
    (tmp_path / "source" / _NAME).write_bytes(_DATA)
    return objects


def test_an_object_is_copied(source: LocalObjects, objects: ObjectStore) -> None:
    """Into a folder and into a bucket; only when it is there is it the same."""
    assert not is_same_file(source, objects, _NAME)
    assert copy_object(source, objects, _NAME, len(_DATA)) == len(_DATA)
    assert b"".join(read_object(objects, _NAME)) == _DATA
    assert {len(piece) for piece in read_object(source, _NAME)} <= {MIB, len(_DATA) % MIB}
    assert is_same_file(source, objects, _NAME)
    assert has_object(objects, _NAME, len(_DATA))
    assert not has_object(objects, _NAME, len(_DATA) - 1)


def test_what_has_another_end_is_another_file(source: LocalObjects, tmp_path: Path) -> None:
    """A file of an index says at its end what it is like."""
    target = LocalObjects(tmp_path / "target")
    copy_object(source, target, _NAME)
    (tmp_path / "target" / _NAME).write_bytes(_DATA[:-1] + b"x")
    assert not is_same_file(source, target, _NAME)
    with pytest.raises(FileNotFoundError):
        is_same_file(target, source, "other")


@pytest.mark.parametrize("length", [0, len(_DATA) - 1, len(_DATA) + 1])
def test_an_object_of_another_length_is_not_copied(source: LocalObjects, tmp_path: Path, length: int) -> None:
    """Nor a part of it; nor one that is not there."""
    target = LocalObjects(tmp_path / "target")
    with pytest.raises(DamagedCaptureError, match=f"has {len(_DATA)} bytes, and should have {length}"):
        copy_object(source, target, _NAME, length)
    with pytest.raises(FileNotFoundError):
        copy_object(target, source, "other")
    assert list((tmp_path / "target").iterdir()) == []


def test_what_is_not_read_as_it_was_written_is_no_copy(
    source: LocalObjects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is removed again."""
    target = LocalObjects(tmp_path / "target")
    write = LocalSink.write
    monkeypatch.setattr(LocalSink, "write", lambda sink, data: write(sink, b"\0" + data[1:-1] + b"\1"))
    with pytest.raises(StorageUnavailableError, match="not read as it was written"):
        copy_object(source, target, _NAME)
    assert list((tmp_path / "target").iterdir()) == []
