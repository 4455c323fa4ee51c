"""Files that arrive in parts: what is kept of them, and what a crash leaves."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harlake.errors import UploadNotFoundError
from harlake.store.ids import new_id
from harlake.store.upload_files import UploadDescription, UploadFile, UploadFiles

_SECONDS = 100


@pytest.fixture
def files(tmp_path: Path) -> UploadFiles:
    """A folder of uploads."""
    return UploadFiles(tmp_path / "uploads", _SECONDS)


def _new(files: UploadFiles, length: int) -> UploadFile:
    return files.create(new_id(), UploadDescription(length, "a.har", {"sessionName": "S"}))


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5), st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_certain_outlives_a_crash(
    files: UploadFiles, content: bytes, cuts: list[int], data: st.DataObject
) -> None:
    """However it was cut: all until the last time that it was made certain, and nothing that is not its own."""
    upload = _new(files, len(content))
    synced = 0
    bounds = sorted({0, len(content), *(min(cut, len(content)) for cut in cuts)})
    for start, end in itertools.pairwise(bounds):
        upload.write(content[start:end], start)
        upload.offset = end
        if data.draw(st.booleans()):
            upload.sync()
            synced = end
    assert upload.read(0, 1_000) == content[: upload.offset]
    again = files.open(upload.id)
    assert again.offset == synced
    assert again.read(0, 1_000) == content[:synced]
    assert again.description == upload.description


def test_what_was_written_and_does_not_count_is_written_over(files: UploadFiles) -> None:
    """As what is known to be wrong."""
    upload = _new(files, 3)
    upload.write(b"xyz", 0)
    assert upload.read(0, 3) == b""
    upload.write(b"abc", 0)
    upload.offset = 3
    assert (upload.read(0, 3), upload.has_ended) == (b"abc", True)


def test_what_has_become_of_it_is_kept_without_its_bytes(files: UploadFiles, tmp_path: Path) -> None:
    """They go when it is certain."""
    upload = _new(files, 3)
    upload.conclude({"status": 200}, keeping=True)
    assert len(list((tmp_path / "uploads").iterdir())) == 3
    upload.conclude({"status": 200})
    assert [path.suffix for path in (tmp_path / "uploads").iterdir()] == [".json"]
    again = files.open(upload.id)
    assert (again.description.outcome, again.offset) == ({"status": 200}, 3)
    again.remove()
    with pytest.raises(UploadNotFoundError):
        files.open(upload.id)


def test_what_is_old_has_expired(files: UploadFiles, tmp_path: Path) -> None:
    """By its last byte, or by when it ended; and what belongs to nothing goes at once."""
    old, new = _new(files, 1), _new(files, 1)
    then = time.time() - _SECONDS - 1
    for path in (tmp_path / "uploads").iterdir():
        os.utime(path, (then, then))
    new.offset = 1
    new.sync()
    assert list(files.expired()) == [old.id]
    for name in (f"{new_id()}.part", f"{old.id}.json.new"):
        (tmp_path / "uploads" / name).write_bytes(b"")
    files.remove_remains()
    assert sorted(files.ids()) == sorted([old.id, new.id])
    assert len(list((tmp_path / "uploads").iterdir())) == 6
