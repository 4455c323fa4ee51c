"""The note that a service leaves in its data folder: at which address the folder is served.

It says nothing of whether the folder is in use, which only the catalog's lock does. It is written and removed while
that is held, and whoever gets the lock next removes what a service left that was killed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import msgspec

from harlake.errors import DataDirInUseError

_NAME: Final = "serving.json"


def write(folder: Path, read: str) -> None:
    """Leave the note."""
    staged = folder / f"{_NAME}.part"
    staged.write_bytes(msgspec.json.encode({"address": read, "pid": os.getpid()}))
    staged.rename(folder / _NAME)


def remove(folder: Path) -> None:
    """Remove the note, if there is one."""
    (folder / _NAME).unlink(missing_ok=True)


def read(folder: Path) -> str | None:
    """Return the address in the note, None where there is none."""
    try:
        found: Any = msgspec.json.decode((folder / _NAME).read_bytes())["address"]
    except (OSError, msgspec.MsgspecError, LookupError, TypeError):
        return None
    return found if isinstance(found, str) else None


def in_use_error(folder: Path) -> DataDirInUseError:
    """Return the error for a folder that somebody else has open, which says who."""
    found = read(folder)
    owner = f"the service at {found}" if found else "another harlake"
    return DataDirInUseError(f"{folder} is in use by {owner}", found)
