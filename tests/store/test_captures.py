"""The captures' objects, in a folder and in a bucket."""

from __future__ import annotations

import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harlake.errors import DamagedCaptureError, InsufficientStorageError, SessionNotFoundError
from harlake.limits import MIB
from harlake.store.captures import CaptureStore
from harlake.store.local_objects import LocalObjects
from harlake.store.objects import ObjectStore

_CAPTURES = [uuid.UUID(int=number) for number in range(1, 4)]


def test_complete_objects_are_known_by_their_names(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    """Objects that are being written, and files of other names, are none."""
    captures = CaptureStore(LocalObjects(tmp_path / "captures"), keep_free=0)
    for capture in _CAPTURES[:2]:
        writer = captures.write(capture, threads)
        writer.frame(b"text")
        writer.close()
    being_written = captures.write(_CAPTURES[2], threads)
    (tmp_path / "captures" / "notes.txt").write_text("mine")
    (tmp_path / "captures" / "notes.part").write_text("mine")
    assert set(captures.ids()) == set(_CAPTURES[:2])
    with captures.open(_CAPTURES[0]) as reader:
        assert [text for _, text in reader.frames()] == [b"text"]
    being_written.frame(os.urandom(2 * MIB))
    being_written._writer.wait()
    assert list(captures.remove_unfinished(lambda _: False)) == []
    assert list(captures.remove_unfinished(lambda _: True)) == [f"{_CAPTURES[2]}.har.zst"]
    captures.delete(_CAPTURES[0])
    captures.delete(_CAPTURES[0])
    being_written.discard()
    assert sorted(path.name for path in (tmp_path / "captures").iterdir()) == [
        f"{_CAPTURES[1]}.har.zst",
        "notes.part",
        "notes.txt",
    ]


def test_an_object_that_is_being_written_can_be_deleted(objects: ObjectStore, threads: ThreadPoolExecutor) -> None:
    """Whatever state a capture is in, nothing of it is left."""
    captures = CaptureStore(objects, keep_free=0)
    writer = captures.write(_CAPTURES[0], threads)
    writer.frame(os.urandom(2 * MIB))
    captures.delete(_CAPTURES[0])
    writer.discard()
    assert list(captures.ids()) == list(captures.remove_unfinished(lambda _: True)) == []


def test_the_disk_keeps_some_room(tmp_path: Path) -> None:
    """Below what is to be kept free, nothing is written."""
    CaptureStore(LocalObjects(tmp_path), keep_free=0).check_free()
    with pytest.raises(InsufficientStorageError, match=f"{1 << 60} are kept free"):
        CaptureStore(LocalObjects(tmp_path), keep_free=1 << 60).check_free()


def _read(captures: CaptureStore, capture: uuid.UUID) -> None:
    with captures.open(capture) as reader:
        reader.stored(0, 1)


def test_what_is_missing_is_lost_or_removed(objects: ObjectStore) -> None:
    """Lost, unless it is known to have been removed."""
    captures = CaptureStore(objects, keep_free=0)
    with pytest.raises(DamagedCaptureError):
        _read(captures, _CAPTURES[0])
    captures.is_removed = lambda capture: capture == _CAPTURES[0]
    with pytest.raises(SessionNotFoundError):
        _read(captures, _CAPTURES[0])
    with pytest.raises(DamagedCaptureError):
        _read(captures, _CAPTURES[1])


def test_a_large_frame_is_not_cached(objects: ObjectStore, threads: ThreadPoolExecutor) -> None:
    """Of two that are read twice, the small one is the same object."""
    captures = CaptureStore(objects, keep_free=0)
    writer = captures.write(_CAPTURES[0], threads)
    small, large = writer.frame(b"x" * MIB), writer.frame(b"y" * 3 * MIB)
    writer.close()
    assert captures.text(_CAPTURES[0], small) is captures.text(_CAPTURES[0], small)
    assert captures.text(_CAPTURES[0], large) is not captures.text(_CAPTURES[0], large)
    assert captures.text(_CAPTURES[0], large) == b"y" * 3 * MIB


@pytest.mark.parametrize("memory", [MIB // 8, MIB, 4 * MIB])
def test_pieces_make_up_the_text(objects: ObjectStore, threads: ThreadPoolExecutor, memory: int) -> None:
    """However little memory there is for them; none has more of it than that."""
    captures = CaptureStore(objects, keep_free=0)
    writer = captures.write(_CAPTURES[0], threads)
    texts = [os.urandom(size) for size in (0, 1, MIB // 2 + 1, MIB, 3 * MIB)]
    frames = [writer.frame(text) for text in texts]
    writer.close()
    with captures.open(_CAPTURES[0], memory) as reader:
        for frame, text in zip(frames, texts, strict=True):
            pieces = list(captures.pieces(_CAPTURES[0], frame, reader, memory))
            assert b"".join(pieces) == text
            assert max(map(len, pieces), default=0) <= memory
