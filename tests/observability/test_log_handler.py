"""Whoever logs does not wait for whoever reads the log."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harlake.observability.log_handler import _MAX_WAITING, BackgroundHandler
from tests.support.server import PATIENCE

#: Logs more than a pipe takes, and ends.
_LOGS_AND_ENDS = """
import logging, sys
from harlake.observability.log_handler import BackgroundHandler
logging.basicConfig(handlers=[BackgroundHandler(sys.stderr.fileno())])
for number in range(100):
    logging.error("x" * 10_000)
print("end", file=sys.stdout)
"""


def _record(message: object) -> logging.LogRecord:
    return logging.LogRecord("harlake.x", logging.INFO, "", 3, message, None, None)


def test_lines_come_in_order(tmp_path: Path) -> None:
    """All of them have been written when the handler is flushed."""
    with (tmp_path / "log").open("wb") as file:
        handler = BackgroundHandler(file.fileno())
        for number in range(100):
            handler.handle(_record(number))
        handler.handle(_record("\ud800"))
        handler.flush()
    assert (tmp_path / "log").read_text().splitlines() == [*map(str, range(100)), "\\ud800"]


def test_nobody_waits_for_a_reader() -> None:
    """A pipe that nobody reads takes 64 KiB. Lines beyond what may wait are lost, and it is said how many."""
    reading, writing = os.pipe()
    handler = BackgroundHandler(writing)
    handler.handle(_record("x" * 100_000))
    given = 3 * _MAX_WAITING
    for number in range(given):
        handler.handle(_record(number))
    lines: list[str] = []
    with os.fdopen(reading) as reader:
        while not lines or "were lost" not in lines[-1]:
            lines.append(reader.readline())
        handler.flush()
    os.close(writing)
    assert lines[0] == "x" * 100_000 + "\n"
    lost = int(lines[-1].split()[0])
    assert len(lines) - 2 == given - lost
    assert lost > _MAX_WAITING // 2


@pytest.mark.slow
def test_the_end_does_not_wait_for_a_reader() -> None:
    """A process whose log is not read ends as it would otherwise."""
    command = [sys.executable, "-c", _LOGS_AND_ENDS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.wait(PATIENCE) == 0
        assert process.stdout is not None
        assert process.stdout.read() == b"end\n"


def test_a_line_that_cannot_be_made_is_told_without_its_values(tmp_path: Path) -> None:
    """Logging itself would print the message and its arguments."""
    with (tmp_path / "log").open("wb") as file:
        handler = BackgroundHandler(file.fileno())
        handler.handle(logging.LogRecord("harlake.x", logging.INFO, "", 3, "%d", ("secret",), None))
        handler.flush()
    assert (tmp_path / "log").read_text() == "a log line of harlake.x:3 could not be made\n"


def test_a_reader_that_has_gone_is_no_failure() -> None:
    """There is nowhere to say it; the next lines are tried again."""
    reading, writing = os.pipe()
    os.close(reading)
    handler = BackgroundHandler(writing)
    for number in range(2):
        handler.handle(_record(number))
        handler.flush()
    os.close(writing)
    assert handler._waiting.empty()
