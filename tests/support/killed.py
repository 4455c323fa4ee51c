"""Commands that are killed at a step of theirs, in processes that need not import anything first."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from typing import Any, Final

from harlake.cli import main

#: What changes a folder, or is between two changes, as Python's audit events name it.
_STEPS: Final = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.link", "os.rmdir", "duckdb.connect"})

_processes: Final = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(
    ["harlake.cli", *(f"harlake.store.{name}" for name in ("check", "copy_target", "rebuild", "repair", "store_copy"))]
)


def run_command(*arguments: str, kill_at: int | None = None) -> tuple[int, int]:
    """Run a command; return its exit status, -9 if it was killed at that step, and how many steps it took."""
    steps: Any = _processes.Value("i", 0, lock=False)
    process = _processes.Process(target=_run, args=(arguments, kill_at, steps))
    process.start()
    process.join()
    assert process.exitcode is not None
    return process.exitcode, steps.value


def _run(arguments: tuple[str, ...], kill_at: int | None, steps: Any) -> None:
    # What is printed is of no interest.
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)

    def count(event: str, _: tuple[object, ...]) -> None:
        if event in _STEPS:
            steps.value += 1
            if steps.value == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    main(list(arguments))
