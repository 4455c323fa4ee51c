"""A HAR whose bodies are in files beside it, as Playwright records it: one zip archive for the service.

Only files are sent along that are called as Playwright calls them, by the SHA-1 of what they have, and that are beside
the HAR: whatever a HAR that somebody else has made names, nothing else of one's own leaves.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from harlake.cli.exit_statuses import UnavailableError
from harlake.limits import KIB

_BODY: Final = re.compile(r"[0-9a-f]{40}(?:\.[A-Za-z0-9]{1,16})?")
_NAMED: Final = re.compile(rb'"_file"[ \t\r\n]{0,16}:[ \t\r\n]{0,16}"([0-9a-f]{40}(?:\.[A-Za-z0-9]{1,16})?)"')
#: The longest that the pattern matches.
_LONGEST: Final = 128
_PIECE: Final = 512 * KIB
#: The same files make the same archive, so that it is known again.
_DATE: Final = (1980, 1, 1, 0, 0, 0)


@contextmanager
def with_bodies(har: IO[bytes], path: Path) -> Iterator[IO[bytes]]:
    """Have a HAR that is open, or, where it names files that are beside it, an archive of it and these.

    Args:
        har: The HAR; it is not buffered, and at its beginning.
        path: Where it is.

    Raises:
        UnavailableError: A file cannot be read, or there is no room for the archive.
    """
    names = _names_beside(path) and _named_in(har, path.parent)
    har.seek(0)
    if not names:
        yield har
        return
    with tempfile.TemporaryFile(buffering=0) as file:
        try:
            _write(file, har, path, names)
        except OSError as error:
            raise UnavailableError(f"{error.filename or path}: {error.strerror}") from error
        har.seek(0)
        file.seek(0)
        yield file


def _names_beside(path: Path) -> bool:
    """Return whether there is any file beside a HAR that may have a body."""
    try:
        with os.scandir(path.parent) as found:
            return any(_BODY.fullmatch(one.name) for one in found)
    except OSError:
        return False


def _named_in(har: IO[bytes], folder: Path) -> list[str]:
    """Return the names of files that a HAR has, each once, of those that are in a folder."""
    names: dict[str, None] = {}
    held = b""
    while piece := har.read(_PIECE):
        held += piece
        for match in _NAMED.finditer(held):
            name = match[1].decode()
            if name not in names and (folder / name).is_file() and not (folder / name).is_symlink():
                names[name] = None
        held = held[-_LONGEST:]
    return list(names)


def _write(file: IO[bytes], har: IO[bytes], path: Path, names: list[str]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, f"{path.stem}.har", har)
        for name in names:
            with (path.parent / name).open("rb", buffering=0) as body:
                _add(archive, name, body)


def _add(archive: zipfile.ZipFile, name: str, source: IO[bytes]) -> None:
    member = zipfile.ZipInfo(name, _DATE)
    size = os.fstat(source.fileno()).st_size
    with archive.open(member, "w", force_zip64=size >= zipfile.ZIP64_LIMIT // 2) as target:
        shutil.copyfileobj(source, target, _PIECE)
