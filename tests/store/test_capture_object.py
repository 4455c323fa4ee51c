"""Capture objects: what is written frame by frame is read frame by frame, and damage is noticed."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harlake.errors import (
    DamagedCaptureError,
    HarlakeError,
    InsufficientStorageError,
    SessionNotFoundError,
    StorageUnavailableError,
    TooBusyError,
)
from harlake.limits import MIB
from harlake.store import capture_object, local_objects
from harlake.store.capture_object import COMMA, OPENING, Frame, ObjectReader, ObjectWriter
from harlake.store.local_objects import LocalSink, LocalSource


def _nothing() -> None:
    """Let the disk have room."""


def _reader(path: Path) -> ObjectReader:
    return ObjectReader(path.name, lambda: LocalSource(path))


def _written(path: Path, texts: list[bytes], threads: ThreadPoolExecutor) -> list[Frame]:
    writer = ObjectWriter(LocalSink(path, _nothing), threads)
    frames = [writer.frame(text) for text in texts]
    writer.close()
    assert path.stat().st_size == writer.length
    return frames


@given(st.lists(st.binary(max_size=300), max_size=8), st.integers(1, 50), st.integers(1, 40), st.integers(1, 64))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_frames_are_read_as_they_were_written(
    tmp_path: Path, threads: ThreadPoolExecutor, texts: list[bytes], whole: int, buffer: int, piece: int
) -> None:
    """Each by its position, all by reading through, and as one zstd file; whatever is compressed or read in pieces."""
    path = tmp_path / "x.har.zst"
    path.unlink(missing_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(capture_object, "_WHOLE_BYTES", whole)
        patch.setattr(capture_object, "_WRITE_BYTES", buffer)
        patch.setattr(local_objects, "_SYNC_BYTES", 4 * buffer)
        patch.setattr(capture_object, "_READ_BYTES", piece)
        patch.setattr(capture_object, "PIECE_BYTES", piece)
        frames = _written(path, texts, threads)
        with _reader(path) as reader:
            assert [reader.text(frame) for frame in frames] == texts
            assert [b"".join(reader.pieces(frame)) for frame in reversed(frames)] == texts[::-1]
            assert list(reader.frames()) == list(zip(frames, texts, strict=True))
            assert b"".join(reader.stored(frame.start, frame.length) for frame in frames) == path.read_bytes()
    data = zstandard.ZstdDecompressor().stream_reader(path.read_bytes(), read_across_frames=True).read()
    assert data == b"".join(texts)


def test_what_is_complete_can_be_read_and_stays(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    """One that is discarded leaves nothing, one that is complete is not discarded any more."""
    path = tmp_path / "x.har.zst"
    writer = ObjectWriter(LocalSink(path, _nothing), threads)
    writer.put(OPENING)
    writer.put(COMMA)
    writer.close()
    writer.discard()
    with _reader(path) as reader:
        assert [text for _, text in reader.frames()] == [b'{"log":{"entries":[', b","]
    other = ObjectWriter(LocalSink(tmp_path / "y.har.zst", _nothing), threads)
    other.frame(os.urandom(3 * MIB))
    other.discard()
    assert [one.name for one in tmp_path.iterdir()] == ["x.har.zst"]


def test_a_full_disk_is_noticed_before_and_while_writing(
    tmp_path: Path, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check comes before each buffer; where the system is faster, its error has the same answer."""

    def refuse() -> None:
        raise InsufficientStorageError("nearly full")

    writer = ObjectWriter(LocalSink(tmp_path / "x.har.zst", refuse), threads)
    writer.put(bytes(MIB))
    with pytest.raises(InsufficientStorageError, match="nearly full"):
        writer.close()
    writer.discard()

    def write(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    writer = ObjectWriter(LocalSink(tmp_path / "x.har.zst", _nothing), threads)
    monkeypatch.setattr(os, "write", write)
    writer.put(bytes(MIB))
    with pytest.raises(InsufficientStorageError, match="the disk is full"):
        writer.close()
    writer.discard()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def stored(tmp_path: Path, threads: ThreadPoolExecutor) -> tuple[Path, list[Frame]]:
    """An object of two frames."""
    path = tmp_path / "x.har.zst"
    return path, _written(path, [os.urandom(1_000), os.urandom(2_000)], threads)


def test_a_missing_object_is_damage(tmp_path: Path) -> None:
    """The error names the object, not the folder."""
    with pytest.raises(DamagedCaptureError, match=r"^x\.har\.zst: "):
        _reader(tmp_path / "x.har.zst")


@pytest.mark.parametrize("offset", [4, 500, -3])
def test_a_flipped_byte_is_damage(stored: tuple[Path, list[Frame]], offset: int) -> None:
    """Each frame has a checksum; the other one can still be read."""
    path, (first, second) = stored
    data = bytearray(path.read_bytes())
    data[offset % first.length] ^= 0xFF
    path.write_bytes(data)
    with _reader(path) as reader:
        with pytest.raises(DamagedCaptureError, match=r"^x\.har\.zst: the frame at byte 0 c"):
            reader.text(first)
        with pytest.raises(DamagedCaptureError, match=r"^x\.har\.zst: the frame at byte 0 c"):
            list(reader.frames())
        assert len(reader.text(second)) == 2_000


def test_an_object_that_is_cut_off_is_damage(stored: tuple[Path, list[Frame]]) -> None:
    """Its whole frames can be read, and where it ends is said."""
    path, (first, second) = stored
    path.write_bytes(path.read_bytes()[:-10])
    with _reader(path) as reader:
        assert len(reader.text(first)) == 1_000
        end = path.stat().st_size
        with pytest.raises(DamagedCaptureError, match=f"it is cut off at byte {end}"):
            reader.text(second)
        with pytest.raises(DamagedCaptureError, match=f"the frame at byte {second.start} is cut off"):
            list(reader.frames())


def test_a_frame_that_is_shorter_than_the_catalog_says_is_damage(stored: tuple[Path, list[Frame]]) -> None:
    """A part of a frame decompresses without an error, but not to as much."""
    path, (first, _) = stored
    with _reader(path) as reader, pytest.raises(DamagedCaptureError, match="the frame at byte 0 "):
        reader.text(Frame(0, first.length - 200, first.text_length))


@pytest.mark.parametrize(
    ("number", "raised"),
    [
        (errno.EIO, DamagedCaptureError),
        (errno.ELOOP, DamagedCaptureError),
        (errno.EMFILE, TooBusyError),
        (errno.EACCES, StorageUnavailableError),
    ],
)
def test_only_an_object_itself_is_damaged(
    stored: tuple[Path, list[Frame]], monkeypatch: pytest.MonkeyPatch, number: int, raised: type[HarlakeError]
) -> None:
    """What this process may not or cannot do now is no damage."""

    def fail(*_: object) -> bytes:
        raise OSError(number, os.strerror(number))

    with _reader(stored[0]) as reader:
        monkeypatch.setattr(os, "pread", fail)
        with pytest.raises(raised):
            reader.stored(0, 1)


def test_what_is_missing_may_be_known_to_be_removed(tmp_path: Path) -> None:
    """Then it is no damage."""
    path = tmp_path / "x.har.zst"
    with pytest.raises(SessionNotFoundError):
        ObjectReader(path.name, lambda: LocalSource(path), SessionNotFoundError)


def test_an_object_can_be_read_when_it_has_been_removed(stored: tuple[Path, list[Frame]]) -> None:
    """An export that has begun ends well though the session is removed."""
    path, (_, second) = stored
    with _reader(path) as reader:
        path.unlink()
        assert len(reader.text(second)) == 2_000
