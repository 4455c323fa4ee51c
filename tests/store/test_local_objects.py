"""Objects as local files: under another name until they are complete, private, and no links."""

from __future__ import annotations

import stat
import uuid
from contextlib import closing
from pathlib import Path

import pytest

from harlake.errors import InsufficientStorageError
from harlake.store.local_objects import LocalObjects, staged_path

_NAME = f"{uuid.UUID(int=1)}.har.zst"


def _nothing() -> None:
    """Let there be room."""


def test_an_object_has_its_name_when_it_is_complete(tmp_path: Path) -> None:
    """Until then, it has another one, which only one writer can have."""
    objects = LocalObjects(tmp_path)
    sink = objects.sink(_NAME, _nothing)
    sink.write(b"x")
    assert list(tmp_path.iterdir()) == [staged_path(tmp_path / _NAME)]
    with pytest.raises(FileExistsError):
        objects.sink(_NAME, _nothing).write(b"y")
    sink.close()
    assert [path.name for path in tmp_path.iterdir()] == [_NAME]


def test_what_nobody_writes_any_more_is_removed(tmp_path: Path) -> None:
    """Files of others stay, whatever they are called."""
    objects = LocalObjects(tmp_path)
    objects.sink(_NAME, _nothing).write(b"x")
    (tmp_path / "notes.part").write_text("mine")
    assert list(objects.remove_unfinished(lambda name: name != _NAME)) == []
    assert list(objects.remove_unfinished(lambda name: name == _NAME)) == [_NAME]
    assert [path.name for path in tmp_path.iterdir()] == ["notes.part"]


def test_files_are_their_owners_only(tmp_path: Path) -> None:
    """Those that are made are, and those that are there become so."""
    objects = LocalObjects(tmp_path / "captures")
    sink = objects.sink(_NAME, _nothing)
    sink.write(b"x")
    sink.close()
    path = tmp_path / "captures" / _NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    assert objects.narrow() == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_links_are_not_followed(tmp_path: Path) -> None:
    """Neither to read nor to narrow."""
    target = tmp_path / "target"
    target.write_bytes(b"secret")
    target.chmod(0o644)
    objects = LocalObjects(tmp_path / "captures")
    (tmp_path / "captures" / _NAME).symlink_to(target)
    assert objects.narrow() == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    with pytest.raises(OSError, match="symbolic links"):
        objects.open(_NAME)


def test_an_open_object_is_read_to_its_end_though_it_is_removed(tmp_path: Path) -> None:
    """And how long it was is returned to whoever removes it."""
    objects = LocalObjects(tmp_path)
    sink = objects.sink(_NAME, _nothing)
    sink.write(b"12345")
    sink.close()
    with closing(objects.open(_NAME)) as source:
        assert objects.delete(_NAME) == 5
        assert source.read(0, 9) == b"12345"


def test_objects_are_files_already(tmp_path: Path) -> None:
    """Nothing is fetched, dropped or closed."""
    objects = LocalObjects(tmp_path)
    with objects.files([_NAME]) as paths:
        assert paths == [tmp_path / _NAME]
    objects.forget(_NAME)
    objects.close()


def test_the_disk_keeps_some_room(tmp_path: Path) -> None:
    """As much as is asked for."""
    LocalObjects(tmp_path).check_free(0)
    with pytest.raises(InsufficientStorageError, match=f"{1 << 60} are kept free"):
        LocalObjects(tmp_path).check_free(1 << 60)
