"""Files and folders that are their owner's only, whatever the umask, and never a link."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from harlake.errors import DataDirError
from harlake.store import private_files


@pytest.fixture(params=[0o000, 0o022, 0o777], ids=oct)
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def _mode(path: Path) -> int:
    return path.lstat().st_mode & 0o7777


@pytest.mark.usefixtures("_umask")
def test_what_is_made_is_its_owners_only(tmp_path: Path) -> None:
    """Files and folders, whatever the umask is."""
    private_files.make_folder(tmp_path / "folder")
    os.close(private_files.create(tmp_path / "folder" / "file"))
    assert _mode(tmp_path / "folder") == 0o700
    assert _mode(tmp_path / "folder" / "file") == 0o600
    os.close(private_files.open_to_read(tmp_path / "folder" / "file"))


def test_what_is_there_is_not_created_again(tmp_path: Path) -> None:
    """Neither a file nor what a link points to, which may not even be there."""
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("nothing")
    for name in ("file", "link"):
        with pytest.raises(FileExistsError):
            private_files.create(tmp_path / name)
    assert not (tmp_path / "nothing").exists()


def test_links_are_not_followed(tmp_path: Path) -> None:
    """Neither to be read, nor as a folder, nor to have another mode."""
    (tmp_path / "file").write_bytes(b"secret")
    (tmp_path / "file").chmod(0o644)
    (tmp_path / "folder").mkdir(0o755)
    for name in ("file", "folder"):
        link = tmp_path / f"{name}-link"
        link.symlink_to(name)
        with pytest.raises(OSError, match="symbolic links"):
            private_files.open_to_read(link)
        with pytest.raises(DataDirError, match="is a symbolic link"):
            private_files.narrow(link)
        with pytest.raises(DataDirError, match="is a symbolic link"):
            private_files.make_folder(link)
    assert (_mode(tmp_path / "file"), _mode(tmp_path / "folder")) == (0o644, 0o755)


@pytest.mark.parametrize(("mode", "narrowed"), [(0o777, 0o700), (0o750, 0o700), (0o701, 0o700), (0o700, 0), (0o500, 0)])
def test_folders_are_narrowed(tmp_path: Path, mode: int, narrowed: int) -> None:
    """Those that others could use are said to be; the owner's own rights stay otherwise."""
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(mode)
    assert private_files.narrow(folder) == bool(narrowed)
    assert _mode(folder) == (narrowed or mode)


def test_files_are_narrowed(tmp_path: Path) -> None:
    """To what their owner needs; what is missing is nothing to be narrowed."""
    file = tmp_path / "file"
    assert not private_files.narrow(file)
    file.touch()
    file.chmod(0o664)
    assert private_files.narrow(file)
    assert _mode(file) == 0o600
    assert not private_files.narrow(file)


def test_only_files_and_folders_are_taken(tmp_path: Path) -> None:
    """A pipe or a socket is none, and a file is no folder."""
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(tmp_path / "socket"))
    (tmp_path / "file").touch()
    for name in ("pipe", "socket", "file"):
        with pytest.raises(DataDirError, match="no folder"):
            private_files.make_folder(tmp_path / name)
    for name in ("pipe", "socket"):
        with pytest.raises(DataDirError, match="neither"):
            private_files.narrow(tmp_path / name)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """It says whose it is, and what to do."""
    private_files.check_owner(tmp_path)
    os.chown(tmp_path, 12_345, -1)
    with pytest.raises(DataDirError, match=r"belongs to another user \(uid 12345, not 0\): make a folder in it"):
        private_files.check_owner(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Without a writer, there is nothing in it."""
    os.mkfifo(tmp_path / "pipe")
    with os.fdopen(private_files.open_to_read(tmp_path / "pipe"), "rb") as pipe:
        assert pipe.read() == b""
