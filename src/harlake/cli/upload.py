"""Files as uploads: found by their names, read a piece at a time, sent as a form."""

from __future__ import annotations

import glob
import hashlib
import os
import secrets
import select
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final

from harlake.cli import interrupts
from harlake.cli.attached_files import with_bodies
from harlake.cli.client import Client, ServiceError
from harlake.cli.exit_statuses import NotFoundError, UnavailableError
from harlake.cli.progress import Progress
from harlake.limits import KIB

STANDARD_INPUT: Final = "-"

_PIECE: Final = 512 * KIB

#: Seconds after which a signal is seen at the latest.
_SIGNALS_SEEN: Final = 0.2


def find_files(names: Sequence[str]) -> list[str]:
    """Return the files of command-line arguments; a pattern that the shell left alone stands for what it matches."""
    paths: list[str] = []
    for name in names:
        if name == STANDARD_INPUT or Path(name).exists() or not glob.has_magic(name):
            paths.append(name)
        elif matches := sorted(glob.glob(name, recursive=True)):  # noqa: PTH207 - pathlib's takes no absolute ones
            paths += matches
        else:
            raise NotFoundError(f"{name}: no such file")
    return paths


def upload(
    client: Client,
    path: str,
    file: str,
    fields: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Any:
    """Send a file with some fields before it, and return the answer. Raises ClickException."""
    with opened(file) as data:
        boundary = secrets.token_hex(16)
        head = _head(boundary, file, fields or {})
        tail = f"\r\n--{boundary}--\r\n".encode()
        size = file_size(data)
        length = None if size is None else len(head) + size + len(tail)
        with Progress(_shown_name(file), size) as progress:
            body = chain([head], file_pieces(data, file, size, progress), [tail])
            sent = {"Content-Type": f"multipart/form-data; boundary={boundary}", **(headers or {})}
            return client.upload(path, sent, length, body)


def file_digest(file: str) -> str:
    """Return the SHA-256 of a file, as the service tells it of an upload. Raises ClickException."""
    with opened(file) as data, Progress(_shown_name(file), file_size(data)) as progress:
        digest = hashlib.sha256()
        while piece := data.read(_PIECE):
            digest.update(piece)
            progress.advance(piece)
        return digest.hexdigest()


def refusal(file: str, error: ServiceError) -> str:
    """Return the line that says what is wrong with a file: ``FILE:line:column: …``, as compilers have it."""
    answer = error.answer
    hint = f" ({answer['hint']})" if "hint" in answer else ""
    return f"{_shown_name(file)}{position(answer)}: {error.message}{hint}"


def position(answer: dict[str, Any]) -> str:
    """Return ``:line:column``, in bytes, of what an answer says about a file; nothing where it has no position."""
    return f":{answer['line']}:{answer['column']}" if "line" in answer else ""


@contextmanager
def opened(file: str) -> Iterator[IO[bytes]]:
    """Open a file, or standard input, to be read without a buffer. Raises ClickException."""
    if file == STANDARD_INPUT:
        if sys.stdin is None:
            raise UnavailableError("standard input is closed")
        with os.fdopen(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as data:
            yield data
        return
    try:
        data = Path(file).open("rb", buffering=0)  # noqa: SIM115 - closed below
    except OSError as error:
        wrong = NotFoundError if isinstance(error, FileNotFoundError) else UnavailableError
        raise wrong(f"{file}: {error.strerror}") from error
    with data:
        if file_size(data) is None:  # a pipe, of a shell's process substitution
            yield data
            return
        with with_bodies(data, Path(file)) as sent:
            yield sent


def file_size(data: IO[bytes]) -> int | None:
    """Return how many bytes there are to read, None of a pipe."""
    try:
        status = os.fstat(data.fileno())
        return status.st_size - os.lseek(data.fileno(), 0, os.SEEK_CUR) if stat.S_ISREG(status.st_mode) else None
    except (OSError, ValueError):
        return None


def _shown_name(file: str) -> str:
    return "standard input" if file == STANDARD_INPUT else file


def _head(boundary: str, file: str, fields: dict[str, str]) -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    name = ""
    if file != STANDARD_INPUT:
        # As browsers write it (WHATWG HTML, "multipart/form-data encoding algorithm").
        quoted = Path(file).name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        name = f'; filename="{quoted}"'
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"{name}\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return "".join(parts).encode("utf-8", "surrogateescape")


def file_pieces(data: IO[bytes], file: str, size: int | None, progress: Progress) -> Iterator[bytes]:
    """Yield so many bytes of a file, None for all there are, and show how far that is. Raises UnavailableError."""
    left = size
    while left is None or left > 0:
        try:
            piece = _read(data, _PIECE if left is None else min(_PIECE, left))
        except OSError as error:
            raise UnavailableError(f"{_shown_name(file)}: {error.strerror}") from error
        if not piece:
            break
        progress.advance(piece)
        if left is not None:
            left -= len(piece)
        yield piece
    if left:
        raise UnavailableError(f"{file}: became shorter while it was read")


def _read(data: IO[bytes], count: int) -> bytes:
    """Read as much as there is, up to that many bytes; wait for the first one in a way that Ctrl-C always ends.

    Python acts on a signal between its own instructions. One that arrives just before a read begins is seen only when
    that returns, which is never where nobody writes any more, so it has to return now and then.
    """
    while not select.select([data], [], [], _SIGNALS_SEEN)[0]:
        interrupts.raise_if_interrupted()
    return data.read(count)
