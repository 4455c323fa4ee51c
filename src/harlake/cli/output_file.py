"""A file that a command writes for its user: it appears when it is complete, and nobody else can read it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from harlake.cli.exit_statuses import NotFoundError

#: What stands for standard output in place of a file's name.
STANDARD_OUTPUT: Final = "-"

#: Captures hold passwords and cookies.
_MODE: Final = 0o600


@contextmanager
def output_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that has its name only when it is complete, and is gone when it is not."""
    if path.exists() and not path.is_file():  # a pipe, or /dev/null
        with path.open("wb") as file:
            yield file
        return
    if not path.parent.is_dir():
        raise NotFoundError(f"there is no folder {path.parent}")
    staged = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with open(staged, "xb", opener=_private) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path)
    finally:
        staged.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    """Open a new file that is its owner's only, whatever the umask."""
    file = os.open(path, flags | os.O_NOFOLLOW, _MODE)
    os.fchmod(file, _MODE)
    return file
