"""Objects as local files: on the disk before they have their names, and errors of the disk are told as such."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from harlake.errors import InsufficientStorageError
from harlake.store import local_objects
from harlake.store.local_objects import LocalSink, staged_path


def _nothing() -> None:
    """Let the disk have room."""


def test_a_file_is_made_with_its_first_bytes(tmp_path: Path) -> None:
    """Under another name, which nobody else may have, and for its owner only."""
    path = tmp_path / "x"
    sink = LocalSink(path, _nothing)
    assert list(tmp_path.iterdir()) == []
    sink.write(b"one")
    assert list(tmp_path.iterdir()) == [staged_path(path)]
    assert staged_path(path).stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        LocalSink(path, _nothing).write(b"two")
    sink.close()
    assert (list(tmp_path.iterdir()), path.read_bytes()) == ([path], b"one")


def test_a_new_object_takes_the_place_of_an_old_one(tmp_path: Path) -> None:
    """At once, when it is complete."""
    path = tmp_path / "x"
    path.write_bytes(b"old")
    sink = LocalSink(path, _nothing)
    sink.write(b"new")
    assert path.read_bytes() == b"old"
    sink.close()
    assert path.read_bytes() == b"new"


def test_large_objects_go_to_the_disk_bit_by_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else closing one would take as long as writing it; the last bytes, and the name, are there at the end."""
    calls = []
    for name in ("fdatasync", "fsync"):
        monkeypatch.setattr(os, name, lambda _, name=name: calls.append(name))
    monkeypatch.setattr(local_objects, "_SYNC_BYTES", 10)
    sink = LocalSink(tmp_path / "x", _nothing)
    for _ in range(5):
        sink.write(b"12345")
    assert calls == ["fdatasync"] * 2
    sink.close()
    assert calls[2:] == ["fsync"] * 2


def test_a_system_that_writes_less_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it may for large writes, and on a disk that is nearly full."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:3]))
    sink = LocalSink(tmp_path / "x", _nothing)
    sink.write(b"1234567890")
    sink.close()
    assert (tmp_path / "x").read_bytes() == b"1234567890"


def test_a_full_disk_is_noticed_before_and_while_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check comes before anything is written; where the system is faster, its error has the same answer."""

    def refuse() -> None:
        raise InsufficientStorageError("nearly full")

    with pytest.raises(InsufficientStorageError, match="nearly full"):
        LocalSink(tmp_path / "x", refuse).write(b"1")
    assert list(tmp_path.iterdir()) == []

    def fail(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", fail)
    sink = LocalSink(tmp_path / "x", _nothing)
    with pytest.raises(InsufficientStorageError, match="the disk is full"):
        sink.write(b"1")
    sink.discard()
    assert list(tmp_path.iterdir()) == []
