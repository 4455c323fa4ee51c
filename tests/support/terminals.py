"""A terminal with somebody at it: programs that are started there are shown keys, and what they show is read."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.commands import environment
from tests.support.server import PATIENCE

#: What terminals obey and do not show: colours, and what shells and pagers tell them about keys and lines.
_CODES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|\x1b\].*?\x07")


class Terminal:
    """Runs a command on a terminal of a size."""

    def __init__(
        self, command: list[str], folder: Path, variables: dict[str, str], *, columns: int = 80, lines: int = 24
    ) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        settings = environment(**variables)
        settings.pop("COLUMNS")
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=settings | {"TERM": "xterm"} | variables,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)
        self._shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def press(self, keys: str) -> None:
        """Send keys."""
        os.write(self._ours, keys.encode())

    def wait_for(self, text: str) -> str:
        """Return what has been shown since the last time, up to a text that must come."""
        give_up = time.monotonic() + PATIENCE
        while text not in self._shown:
            assert time.monotonic() < give_up, self._shown
            if select.select([self._ours], [], [], 1)[0]:
                self._shown += self._read()
        before, _, self._shown = self._shown.partition(text)
        return before

    def rest(self) -> str:
        """Return what is shown until the command ends."""
        shown = self._shown
        with suppress(OSError):  # how a terminal says that nobody is there any more
            while piece := self._read():
                shown += piece
        assert self.process.wait(PATIENCE) is not None
        return shown

    def _read(self) -> str:
        return os.read(self._ours, 65_536).decode("utf-8", "replace")


def plain(shown: str) -> str:
    """Return what somebody sees of what a terminal was sent."""
    return _CODES.sub("", shown).replace("\r\n", "\n").replace("\r", "")
