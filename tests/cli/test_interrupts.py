"""Being told to stop, in a process that is only this test's."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

_PROGRAM = """
import signal, sys
from harlake.cli import interrupts

interrupts.raise_if_interrupted()
interrupts.handle_signals()
interrupts.raise_if_interrupted()
for _ in range(2):
    try:
        signal.raise_signal(int(sys.argv[1]))
    except KeyboardInterrupt:
        print("told")
try:
    interrupts.raise_if_interrupted()
except KeyboardInterrupt:
    print("still told")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_both_signals_end_a_command(number: signal.Signals) -> None:
    """Each raises where it comes, and whoever asks later is told, too."""
    arguments = [sys.executable, "-c", _PROGRAM, str(int(number))]
    done = subprocess.run(arguments, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.splitlines() == ["told", "told", "still told"]
