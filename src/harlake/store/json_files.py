"""Small files of JSON in a data folder: each is there as a whole or not at all, and outlives a crash."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from harlake.store import private_files
from harlake.store.disk import disk_errors

_Value = TypeVar("_Value")


def write_json(path: Path, value: Any) -> None:
    """Write a file, or write it anew, and return when it is on the disk. Raises InsufficientStorageError."""
    staged = path.with_name(f"{path.name}.new")
    staged.unlink(missing_ok=True)
    with disk_errors():
        with os.fdopen(private_files.create(staged), "wb") as file:
            file.write(msgspec.json.encode(value))
            file.flush()
            os.fsync(file.fileno())
        staged.rename(path)
        private_files.sync_folder(path.parent)


def read_json(path: Path, expected: type[_Value]) -> _Value | None:
    """Return what is in a file, None where there is none, or something else than is expected."""
    try:
        with os.fdopen(private_files.open_to_read(path), "rb") as file:
            return msgspec.json.decode(file.read(), type=expected)
    except (OSError, msgspec.MsgspecError):
        return None
