"""The memory of the process: how its allocators keep and return it."""

import ctypes
import gc
import os
import sys
from typing import Any, Final

from harlake.limits import MIB

_libc: Any = ctypes.CDLL(None) if sys.platform == "linux" else None

# Parameters of glibc's mallopt(3). By default, blocks of a MiB are given back and asked for again all the time, zeroed
# each time, which made imports 4 % slower.
_M_TRIM_THRESHOLD: Final = -1
_M_TOP_PAD: Final = -2
_M_MMAP_THRESHOLD: Final = -3
_OPTIONS: Final = {_M_TRIM_THRESHOLD: 4 * MIB, _M_TOP_PAD: MIB // 4, _M_MMAP_THRESHOLD: 2 * MIB}


def use_system_allocator() -> None:
    """Let Arrow allocate as everything else does: its own allocator keeps what it has once used.

    Call this before Arrow is imported. To ask Python's part of it later is not enough: its kernels, and what writes
    Parquet, stay with their own, and an import takes 16 MiB more.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")


def prepare() -> None:
    """Call this once when everything is loaded: keep memory while it is used, and exempt what is loaded from the GC."""
    if hasattr(_libc, "mallopt"):
        for option, value in _OPTIONS.items():
            _libc.mallopt(option, value)
    gc.collect()
    gc.freeze()


def release() -> None:
    """Return free memory to the system: glibc keeps up to 64 MiB for each thread that ever needed as much.

    After :func:`prepare`, this takes a few milliseconds.
    """
    gc.collect()
    if hasattr(_libc, "malloc_trim"):
        _libc.malloc_trim(0)
