"""Room that is kept for removing: taken where there is some, given back on a full disk, once."""

from __future__ import annotations

import errno
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from harlake.errors import DataDirError, DataDirInUseError, InsufficientStorageError
from harlake.limits import MIB
from harlake.store.data_dir import DataDir
from harlake.store.ids import new_id
from harlake.store.readiness import readiness_problems
from harlake.store.reserve import Reserve
from tests.support.folders import import_har
from tests.support.hars import numbered


def _fill(folder: Path) -> Path:
    """Leave no byte free on a disk; return the file that takes them."""
    path = folder / "filler"
    with path.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4_096))
    return path


def test_room_is_kept_and_given_back(tmp_path: Path) -> None:
    """It is a file of a MiB, which only its owner can read, and which outlives the process."""
    reserve, file = Reserve(tmp_path), tmp_path / "reserve"
    assert (file.stat().st_size, file.stat().st_mode & 0o777) == (MIB, 0o600)
    assert Reserve(tmp_path).release()
    assert not file.exists()
    assert not reserve.release()
    Reserve(tmp_path)
    assert file.stat().st_size == MIB
    file.write_bytes(b"cut off")  # by a crash while it was written
    Reserve(tmp_path).keep()
    assert file.stat().st_size == MIB


def test_only_a_full_disk_uses_it(tmp_path: Path) -> None:
    """What fails for another reason is not tried again; what fails of a full disk is, once."""
    reserve, calls = Reserve(tmp_path), 0

    def fail(error: Exception) -> None:
        nonlocal calls
        calls += 1
        raise error

    with pytest.raises(ValueError, match="other"):
        reserve.use_if_full(lambda: fail(ValueError("other")))
    assert (calls, reserve.use_if_full(lambda: 7), (tmp_path / "reserve").exists()) == (1, 7, True)
    for tried in (3, 4):
        with pytest.raises(InsufficientStorageError):
            reserve.use_if_full(lambda: fail(OSError(errno.EDQUOT, "no")))
        assert (calls, (tmp_path / "reserve").exists()) == (tried, False)


@pytest.mark.slow
def test_a_full_disk_is_read_and_emptied(small_disk: Path) -> None:
    """Everything is listed, also after a start; sessions can be removed, whatever the catalog's log has room for."""
    folder = DataDir(small_disk / "data", keep_free=0)
    sessions = {import_har(folder, numbered(count)).id for count in (3, 3, 600, 3, 2_000) * 3}
    filler = _fill(small_disk)
    while sessions:
        removed = sessions.pop()
        folder.delete_session(removed)
        assert {session.id for session in folder.catalog.sessions()} == sessions
        _fill(small_disk)  # others take what has become free
        if len(sessions) % 5 == 0:
            folder.close()
            folder = DataDir(small_disk / "data", keep_free=0)
    assert list((small_disk / "data" / "captures").iterdir()) == []
    assert folder.catalog.unfinished() == []
    _fill(small_disk)
    with pytest.raises(InsufficientStorageError):
        import_har(folder, numbered(2_000))
    filler.unlink()
    session = import_har(folder, numbered(3))
    assert [one.id for one in folder.catalog.sessions()] == [session.id]
    assert (small_disk / "data" / "reserve").stat().st_size == MIB
    folder.close()


def test_no_file_can_be_made(small_disk: Path) -> None:
    """Where not bytes but files are used up, it is the same: the reserve is one."""
    folder = DataDir(small_disk / "data", keep_free=0)
    session = import_har(folder, numbered(3)).id
    more = small_disk / "more"
    more.mkdir()
    with suppress(OSError):
        for number in range(1_000):
            (more / str(number)).touch()
    assert not (more / "999").exists()
    assert shutil.disk_usage(small_disk).free > 8 * MIB
    assert [one.id for one in folder.catalog.sessions()] == [session]
    folder.delete_session(session)
    (more / "more").touch()  # in place of its object
    with pytest.raises(InsufficientStorageError):
        import_har(folder, numbered(3))
    folder.close()
    folder = DataDir(small_disk / "data", keep_free=0)
    assert folder.catalog.session(new_id()) is None
    folder.close()


def test_a_disk_that_is_read_only_is_read(small_disk: Path) -> None:
    """With what the catalog's log has, too; nothing is changed, and whoever wants to write is told why not."""
    path = small_disk / "data"
    folder = DataDir(path, keep_free=0)
    sessions = {import_har(folder, numbered(count)).id for count in (3, 600)}
    shutil.copytree(path, small_disk / "copy")  # with a log, and a scratch folder, as a killed service leaves it
    folder.close()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    folder = DataDir(small_disk / "copy")
    assert {session.id for session in folder.catalog.sessions()} == sessions
    captures = folder.catalog.all_captures()
    assert folder.index.rows(captures, "SELECT count(*) FROM entries") == [(603,)]
    assert {folder.envelope(capture).log["version"] for capture in captures} == {b'"1.2"'}
    folder.announce("http://127.0.0.1:1")
    for change in (
        lambda: import_har(folder, numbered(3)),
        lambda: folder.catalog.create_session(new_id(), "New"),
        lambda: folder.delete_session(captures[0].id),
    ):
        with pytest.raises(DataDirError, match="read only"):
            change()
    assert "the data folder cannot be written" in readiness_problems(folder)
    with pytest.raises(DataDirInUseError):
        DataDir(small_disk / "copy")
    folder.close()
    assert not folder.scratch.exists()
