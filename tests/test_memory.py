"""Memory that is given back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


@pytest.mark.slow
def test_arrow_keeps_nothing_of_its_own(tmp_path: Path) -> None:
    """Its kernels, which Python's part of it does not speak for, use the allocator that gives back."""
    command = f"""
from harlake.cli import main
main(["sessions", "--data-dir", {str(tmp_path)!r}], standalone_mode=False)
import pyarrow
print(pyarrow.default_memory_pool().backend_name)
"""
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == "system"


def test_elsewhere_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without glibc, the garbage collector is all that is asked."""
    from harlake import memory

    monkeypatch.setattr(memory, "_libc", None)
    memory.release()
