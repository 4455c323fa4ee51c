"""Being told to stop, by Ctrl-C or SIGTERM: what is under way is discarded first.

Python raises KeyboardInterrupt wherever it happens to be, and loses it where that is in a finalizer or in a callback of
the garbage collector's. So what waits without end asks now and then.
"""

from __future__ import annotations

import signal
from types import FrameType

_interrupted = False


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
