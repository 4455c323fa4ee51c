"""Files and folders that are their owner's only, and no links: captures hold passwords and cookies.

Modes are set on what is made, whatever the umask is. What was there with wider ones is narrowed. Symbolic links are
followed nowhere in a data folder: whoever could once write to it would have harlake write, or show, other files.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

from harlake.errors import DataDirError

_FOLDER: Final = 0o700
_FILE: Final = 0o600
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def create(path: Path) -> int:
    """Create a file that is not there yet, and return its descriptor, to read and write it."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _FILE)
    os.fchmod(file, _FILE)
    return file


def open_to_read(path: Path) -> int:
    """Open a file, and return its descriptor. Raises OSError, also where it is a symbolic link.

    A named pipe is not waited for: without a writer, it is empty.
    """
    return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)


def make_folder(path: Path) -> None:
    """Make a folder where there is none, and those around it. Raises DataDirError where something else is there."""
    try:
        path.mkdir(_FOLDER, parents=True)
    except FileExistsError:
        if not path.is_symlink() and not path.is_dir():
            raise DataDirError(f"{path} is no folder") from None
        narrow(path)
    else:
        path.chmod(_FOLDER)


def sync_folder(path: Path) -> None:
    """Return when the names in a folder will outlive a crash."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def check_owner(folder: Path) -> None:
    """Raise DataDirError where a folder belongs to somebody else, who could read whatever is put there."""
    owner = folder.stat().st_uid
    if owner != os.geteuid():
        raise DataDirError(
            f"{folder} belongs to another user (uid {owner}, not {os.geteuid()}): make a folder in it, and name that"
        )


def narrow(path: Path) -> bool:
    """Take a file or folder away from all but its owner, and return whether somebody else could use it.

    Does nothing where there is none. Raises DataDirError where it is a link or the like, or not one's own to narrow.
    """
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(mode):
        raise DataDirError(f"{path} is a symbolic link, which harlake does not follow inside of a data folder")
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise DataDirError(f"{path} is neither a file nor a folder")
    if not mode & _OTHERS:
        return False
    try:
        path.chmod(_FOLDER if stat.S_ISDIR(mode) else _FILE)
    except PermissionError as error:
        raise DataDirError(f"{path} belongs to another user, and others can use it") from error
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
        return False  # nothing can be changed there
    return True
