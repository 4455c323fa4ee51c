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


def test_the_first_process_of_a_container_can_be_ended_from_the_beginning() -> None:
    """The kernel drops what process 1 has no handler for, and importing all of harlake takes some time."""
    program = "import harlake.cli, os, signal; os.kill(1, signal.SIGTERM); print('goes on', os.getpid())"
    command = ["unshare", "--pid", "--fork", "--kill-child", sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.stderr.startswith("unshare:"):
        pytest.skip(done.stderr)
    assert (done.returncode, done.stdout, done.stderr) == (128 + signal.SIGTERM, "", "")
