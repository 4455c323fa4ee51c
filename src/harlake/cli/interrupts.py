"""Being told to stop, by Ctrl-C or SIGTERM: what is under way is discarded first.

Python raises KeyboardInterrupt wherever it happens to be, and loses it where that is in a finalizer or in a callback of
the garbage collector's. So what waits without end asks now and then.
"""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType
from typing import Final

#: The status of a process that SIGTERM has ended, as shells tell it.
_ENDED: Final = 128 + signal.SIGTERM

_interrupted = False


def end_on_sigterm() -> None:
    """Let SIGTERM end the process, as it does any other, when it is the first one of a container.

    The kernel drops signals to process 1 that it has no handler for. This is for the time before any other is set.
    """
    if os.getpid() == 1 and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: os._exit(_ENDED))


def handle_signals() -> None:
    """Let both signals end the command alike."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)


def raise_if_interrupted() -> None:
    """Raise KeyboardInterrupt if the command has been told to stop."""
    if _interrupted:
        raise KeyboardInterrupt


def _interrupt(_: int, __: FrameType | None) -> None:
    global _interrupted
    _interrupted = True
    raise KeyboardInterrupt
