"""The lock of a data folder: one holder at a time, in whichever process, and it notices when the folder goes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harlake.errors import DataDirError, DataDirInUseError
from harlake.store import address_file
from harlake.store.folder_lock import FolderLock

_HOLD = """
import sys, time
from pathlib import Path
from harlake.store.folder_lock import FolderLock
lock = FolderLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    """Another one is told who it is; when that is closed, the next one gets it."""
    lock = FolderLock(tmp_path)
    lock.check()
    with pytest.raises(DataDirInUseError, match="another harlake"):
        FolderLock(tmp_path)
    address_file.write(tmp_path, "http://127.0.0.1:1")
    with pytest.raises(DataDirInUseError, match=r"the service at http://127\.0\.0\.1:1"):
        FolderLock(tmp_path)
    lock.close()
    FolderLock(tmp_path).close()


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    """As long as it runs, nobody else gets it."""
    with subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(DataDirInUseError):
            FolderLock(tmp_path)
        holder.kill()
        holder.wait()
        FolderLock(tmp_path).close()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """Whoever could once write to the folder does not choose which file is opened."""
    (tmp_path / "target").touch()
    (tmp_path / "lock").symlink_to(tmp_path / "target")
    with pytest.raises(DataDirError, match="symbolic link"):
        FolderLock(tmp_path)


@pytest.mark.parametrize("replaced", [True, False])
def test_a_folder_that_goes_is_noticed(tmp_path: Path, replaced: bool) -> None:
    """Moved away, with another one in its place or none; it is well when it is back."""
    folder = tmp_path / "data"
    folder.mkdir()
    lock = FolderLock(folder)
    folder.rename(tmp_path / "away")
    if replaced:
        folder.mkdir()
        FolderLock(folder).close()
    with pytest.raises(DataDirError, match="moved or removed"):
        lock.check()
    if not replaced:
        (tmp_path / "away").rename(folder)
        lock.check()
    lock.close()


@pytest.mark.parametrize("name", ["catalog", "captures"])
def test_a_part_that_goes_is_noticed(tmp_path: Path, name: str) -> None:
    """A file, or a folder in whose place is another, as where a disk is unmounted; it is well when it is back."""
    (tmp_path / "captures").mkdir()
    (tmp_path / "catalog").touch()
    lock = FolderLock(tmp_path)
    lock.watch("catalog", "captures")
    lock.check()
    path = tmp_path / name
    path.rename(tmp_path / "away")
    for is_there in (False, True):
        if is_there:
            path.mkdir()
        with pytest.raises(DataDirError, match="a part of it, was moved or removed"):
            lock.check()
    path.rmdir()
    (tmp_path / "away").rename(path)
    lock.check()
    lock.close()


def test_a_folder_of_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB gets a path that it takes for a file's: no URL, and UTF-8 also where the folder's name is none."""
    monkeypatch.chdir(tmp_path)
    for name in (b"s3:/bucket", b"~", b"bad\xff"):
        folder = Path(os.fsdecode(name))
        folder.mkdir(parents=True)
        lock = FolderLock(folder)
        assert lock.folder.is_absolute()
        assert str(lock.folder).isascii()
        assert lock.folder.samefile(folder)
        lock.check()
        lock.close()
    assert not lock.folder.exists()
