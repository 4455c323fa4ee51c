"""The address file: in it, a service says at which address its data folder is served.

It says nothing of whether the folder is in use, which only the folder's lock does. It is written and removed while
that is held, and whoever gets the lock next removes what a service left that was killed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import msgspec

from harlake.errors import DataDirInUseError
from harlake.store import private_files

_NAME: Final = "serving.json"


def write(folder: Path, address: str) -> None:
    """Write the file of a service that answers at an address, a URL."""
    staged = folder / f"{_NAME}.part"
    staged.unlink(missing_ok=True)
    with os.fdopen(private_files.create(staged), "wb") as file:
        file.write(msgspec.json.encode({"address": address, "pid": os.getpid()}))
    staged.rename(folder / _NAME)


def remove(folder: Path) -> None:
    """Remove the file, if there is one."""
    (folder / _NAME).unlink(missing_ok=True)


def read(folder: Path) -> str | None:
    """Return the address in the file, None where there is none."""
    try:
        with os.fdopen(private_files.open_to_read(folder / _NAME), "rb") as file:
            address: Any = msgspec.json.decode(file.read())["address"]
    except (OSError, msgspec.MsgspecError, LookupError, TypeError):
        return None
    return address if isinstance(address, str) else None


def in_use_error(folder: Path) -> DataDirInUseError:
    """Return the error for a folder that somebody else has open, which says who."""
    address = read(folder)
    owner = f"the service at {address}" if address else "another harlake"
    return DataDirInUseError(f"{folder} is in use by {owner}", address)
