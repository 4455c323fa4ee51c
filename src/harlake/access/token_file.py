"""The token file: JSON with the digests of all tokens, which only its owner can read or write.

It is replaced as a whole, so that whoever reads it never sees a part. A service reads it again when it has changed: a
token that is removed is refused from the next request on.
"""

from __future__ import annotations

import fcntl
import logging
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from harlake.access.tokens import Token
from harlake.errors import TokenFileError

#: Name of the file in the data folder.
TOKEN_FILE: Final = "tokens.json"  # noqa: S105 - a file's name

_OTHERS_MAY_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH

_log = logging.getLogger(__name__)

_State = tuple[int, int, int, int]


class _Content(msgspec.Struct, forbid_unknown_fields=True):
    tokens: list[Token] = []
    version: int = 1


class TokenFile:
    """Tokens in a file. A symbolic link is followed only where an operator has named it (``follow``)."""

    def __init__(self, path: Path, *, follow: bool = False) -> None:
        self.path = path
        self._flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
        self._state: _State | None = None
        self._tokens: list[Token] = []

    def read(self) -> list[Token]:
        """Return all tokens, also expired ones; none where there is no file. Raises TokenFileError."""
        try:
            descriptor = os.open(self.path, self._flags)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise TokenFileError(f"{self.path}: {error.strerror}") from error
        with open(descriptor, "rb") as file:  # noqa: PTH123 - of a descriptor
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):  # a pipe would be waited for
                raise TokenFileError(f"{self.path} is no file")
            if found.st_mode & _OTHERS_MAY_WRITE or found.st_uid not in (0, os.geteuid()):
                raise TokenFileError(f"{self.path}: others can write it: chmod 600")
            text = file.read()
        try:
            return msgspec.json.decode(text, type=_Content).tokens
        except msgspec.MsgspecError as error:
            raise TokenFileError(f"{self.path} is no token file: {error}") from error

    def current(self) -> list[Token]:
        """Return all tokens, read again if the file has changed; none, and a line in the log, if it cannot be read."""
        state = self._look()
        if state != self._state:
            try:
                self._tokens = self.read()
            except TokenFileError as error:
                _log.error("no token is valid until this is mended: %s", error)
                self._tokens = []
            self._state = state
        return self._tokens

    def add(self, token: Token) -> None:
        """Keep a token. Raises TokenFileError."""
        self._change(lambda tokens: [*tokens, token])

    def remove(self, wanted: str) -> list[Token]:
        """Forget the tokens that have this id or name, and return them. Raises TokenFileError."""
        removed: list[Token] = []

        def without(tokens: list[Token]) -> list[Token]:
            removed.extend(token for token in tokens if wanted in (token.id, token.name))
            return [token for token in tokens if token not in removed]

        self._change(without)
        return removed

    def _look(self) -> _State | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

    def _change(self, change: Callable[[list[Token]], list[Token]]) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with _locked(self.path.parent):
                self._replace(_Content(change(self.read())))
        except OSError as error:
            raise TokenFileError(f"{error.filename or self.path}: {error.strerror}") from error

    def _replace(self, content: _Content) -> None:
        descriptor, staged = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")  # 0600
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 - of a descriptor
                file.write(msgspec.json.format(msgspec.json.encode(content)) + b"\n")
                file.flush()
                os.fsync(descriptor)
            Path(staged).replace(self.path)
        except BaseException:
            Path(staged).unlink(missing_ok=True)
            raise


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep others from changing the file until the context ends; the folder is locked, as the file is replaced."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
