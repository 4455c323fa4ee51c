"""Memory that is given back."""

from __future__ import annotations

import subprocess
import sys

import pytest

_RELEASE = """
import gc, os, re
from pathlib import Path
from harlake import memory

def resident():
    return int(re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024

memory.prepare()
assert gc.get_freeze_count() > 0
before = resident()
held = [bytes(100_000) for _ in range(2_000)]
last = [bytes(100_000)]
full = resident()
del held
memory.release()
print(before, full, resident())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, the allocator is left alone")
def test_freed_memory_is_given_back() -> None:
    """Of 200 MB in small pieces, below one that is still in use, hardly anything stays with the process."""
    done = subprocess.run([sys.executable, "-c", _RELEASE], capture_output=True, text=True, check=True)
    before, full, after = map(int, done.stdout.split())
    assert full > before + 150
    assert after < before + 30


def test_elsewhere_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without glibc, the garbage collector is all that is asked."""
    from harlake import memory

    monkeypatch.setattr(memory, "_libc", None)
    memory.release()
