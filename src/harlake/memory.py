"""Gives freed memory back, so that what the process holds follows what it does."""

import ctypes
import gc
import sys

# glibc keeps up to 64 MiB for each thread that ever needed as much, and the threads of uploads come and go.
_trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


def settle() -> None:
    """Tell the garbage collector that what is there now is there to stay: it need not be looked at again."""
    gc.collect()
    gc.freeze()


def release() -> None:
    """Give back what is free or only waits to be found unused: a few milliseconds after :func:`settle`."""
    gc.collect()
    if _trim is not None:
        _trim(0)
