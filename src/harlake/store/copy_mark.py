"""The mark of a folder that is a copy: in it stands of what, and which captures it has had as such.

It is there before the first byte of a copy is. So a folder that holds part of one is told from a data folder, and from
another one's copy; and a copy that has got captures of its own since, from one that may be made equal to its source.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

import msgspec

from harlake.errors import DataDirError
from harlake.store import private_files
from harlake.store.backends import CATALOG
from harlake.store.catalog_database import CatalogDatabase
from harlake.store.catalog_slices import slices

#: What its file is called.
MARK_NAME: Final = "copied-from.json"
_SLICE_ROWS: Final = 2_048


class CopyMark(msgspec.Struct, frozen=True):
    """What a folder is a copy of, as a path or a URL, and digests of which captures it may have."""

    source: str
    states: tuple[str, ...] = ()


def read_mark(folder: Path) -> CopyMark | None:
    """Return the mark of a folder, None where it is no copy. Raises DataDirError where it cannot be read."""
    try:
        with os.fdopen(private_files.open_to_read(folder / MARK_NAME), "rb") as file:
            return msgspec.json.decode(file.read(), type=CopyMark)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise DataDirError(f"cannot read {folder / MARK_NAME}: {error}") from error


def write_mark(folder: Path, mark: CopyMark) -> None:
    """Mark a folder, in one step."""
    staged = folder / f"{MARK_NAME}.part"
    staged.unlink(missing_ok=True)
    with os.fdopen(private_files.create(staged), "wb") as file:
        file.write(msgspec.json.encode(mark))
        file.flush()
        os.fsync(file.fileno())
    staged.rename(folder / MARK_NAME)


def remove_mark(folder: Path) -> None:
    """Let a folder be a data folder like any other."""
    (folder / MARK_NAME).unlink(missing_ok=True)


def check_is_whole(folder: Path) -> None:
    """Raise DataDirError where a folder holds a part of a copy, and is no data folder yet."""
    mark = read_mark(folder)
    if mark is not None and not (folder / CATALOG).exists():
        raise DataDirError(f"{folder} holds a part of {mark.source}: the command that copies it has to be run again")


def state_of(database: CatalogDatabase) -> str:
    """Return the digest of which captures there are, in their order."""
    digest = hashlib.sha256()
    for rows in slices(database, "SELECT number, id FROM captures", "number", 0, _SLICE_ROWS):
        digest.update(b"".join(capture.bytes for _, capture in rows))
    return digest.hexdigest()
