"""The terminal that a command prints to, and the pager for what is longer than it is high.

The pager is that of HARLAKE_PAGER or PAGER, or else less, which ends by itself where everything fits. There is none
where that is empty or `cat`, nor where a terminal is a dumb one or has no size.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

#: Options of less: end where all fits, show colours, leave what was shown.
_LESS: Final = "FRX"

_is_paged = False


def is_terminal() -> bool:
    """Return whether what is printed goes to a terminal, by way of a pager or not."""
    return _is_paged or sys.stdout.isatty()


@contextmanager
def paged() -> Iterator[None]:
    """Let what is printed go to a pager, where there is one, and wait until its user has seen enough."""
    global _is_paged
    command = _pager()
    if command is None:
        yield
        return
    sys.stdout.flush()
    terminal = os.dup(1)
    environment = {"LESS": _LESS, "LESSCHARSET": "utf-8"} | os.environ
    pager = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)  # noqa: S603 - as its user says
    assert pager.stdin is not None
    os.dup2(pager.stdin.fileno(), 1)
    pager.stdin.close()
    _is_paged = True
    try:
        with suppress(BrokenPipeError):
            yield
            sys.stdout.flush()
    finally:
        _is_paged = False
        _drop_output()
        # The terminal is the pager's until it ends, and Ctrl-C something that it is asked for.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        pager.wait()
        signal.signal(signal.SIGINT, before)
        os.dup2(terminal, 1)
        os.close(terminal)


def _pager() -> list[str] | None:
    """Return the command of the pager, None where there is none."""
    if not (sys.stdout.isatty() and sys.stdin is not None and sys.stdin.isatty()):
        return None
    if os.environ.get("TERM", "dumb") == "dumb" or not os.get_terminal_size(sys.stdout.fileno()).lines:
        return None
    named = os.environ.get("HARLAKE_PAGER", os.environ.get("PAGER", "less"))
    try:
        command = shlex.split(named)
    except ValueError:
        return None
    return command if command and command != ["cat"] and shutil.which(command[0]) else None


def _drop_output() -> None:
    """Let standard output lead nowhere, which also tells a pager that nothing follows, and write there what is left."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    sys.stdout.flush()
